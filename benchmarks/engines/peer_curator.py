"""bespokelabs-curator 0.1.31 with its limits lifted; without that it asks 200 questions a minute."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ |= {"CURATOR_DISABLE_RICH_DISPLAY": "1", "TELEMETRY_ENABLED": "0", "CURATOR_CACHE_DIR": tempfile.mkdtemp()}
import common
import litellm

# curator loads a tokenizer from the net; litellm ships the same file.
os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(litellm.__file__).parent / "litellm_core_utils" / "tokenizers")
from bespokelabs import curator


def ask(url: str, words: list[str], in_flight: int) -> list[str | None]:
    """Ask with as many in flight."""
    limits = {"max_requests_per_minute": 10**7, "max_tokens_per_minute": 10**10, "max_concurrent_requests": in_flight}
    llm = curator.LLM(
        model_name="gpt-4o-mini", backend="openai", backend_params={"base_url": url, "api_key": "x", **limits}
    )
    answers = llm(words)
    rows = getattr(answers, "dataset", answers)
    return [row["response"] for row in rows]


if __name__ == "__main__":
    common.run(ask)
