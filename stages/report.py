"""Score all predictions; write the metrics, the table of the README, the figures and the rows behind them."""

from pathlib import Path

from promptmix import command, details, params, reporting, results, summary, tables
from promptmix.encoder import encoding
from promptmix.pretrained import Pretrained


def main(
    data: Path, writer: Path, relabeler: Path, backbone: Path, encoder: Path,
    metrics: Path, behind: Path, plots: Path, readme: Path,
) -> None:  # fmt: skip
    """Read exactly the files that params.yaml names, and write the report."""
    settings = params.load()
    outcomes = results.read(data, settings)
    made_with = results.made_with(settings, writer, relabeler, backbone)
    numbers = summary.summarize(outcomes, made_with)
    encode = encoding(Pretrained.load(encoder), settings.encoder.max_tokens)
    reporting.write_numbers(metrics, numbers)
    reporting.write_numbers(behind, details.details(outcomes))
    reporting.write_rows(plots, outcomes)
    reporting.draw(plots, outcomes, made_with, settings.report.map_texts, encode)
    reporting.update_readme(readme, tables.table(numbers))


if __name__ == "__main__":
    command.run(main)
