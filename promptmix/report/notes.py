"""What a reader of the report must know before its numbers."""

from collections.abc import Iterator, Sequence

from promptmix.report.details import Details, lacking_texts, without_result
from promptmix.report.fonts import without_glyph
from promptmix.report.results import Results


def notes(results: Sequence[Results], details: Details) -> Iterator[str]:
    """Yield a line for each thing that is not as one would expect."""
    for each in results:
        if not each.test:
            measured = any(predictions for run in each.runs for predictions in run.validation.values())
            instead = "the accuracy in its table is that of validation texts" if measured else "no accuracy is measured"
            yield f"{each.dataset} has no test texts{'' if measured else ' and no validation texts'}; {instead}"
        if lacking := sorted(without_glyph("".join(each.labels))):
            codes = " ".join(f"[{ord(letter):X}]" for letter in lacking)
            yield f"{each.dataset}: no font has {' '.join(lacking)} of its class names; figures show {codes}"
    yield from lacking_texts(details)
    if missing := without_result(details):
        yield f"no result: {missing}"
