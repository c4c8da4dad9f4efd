"""What a run of the pipeline requested, and how much of it was stored before."""

from promptmix.llm.store import usage_log


def reset_usage() -> None:
    """Forget what was counted before."""
    usage_log.path().unlink(missing_ok=True)


def usage_summary() -> str:
    """Say in one line what was counted since then."""
    sums = usage_log.totals()
    words = f"answers of the language model: {sums['asked']} requested now, {sums['recorded']} recorded before"
    if sums.get("prompt_tokens"):
        words += f"; {sums['prompt_tokens']} tokens in, {sums['completion_tokens']} out"
    if sums.get("microdollars"):
        words += f", ${sums['microdollars'] / 1e6:.4f}"
    return words
