"""Score all predictions; write the metrics, the table of the README, the figures and the rows behind them."""

from pathlib import Path

from promptmix import params
from promptmix.core import command
from promptmix.models.encoder import encoding
from promptmix.models.pretrained import Pretrained
from promptmix.report import details, read, summary, tables, write


def main(
    data: Path, writer: Path, relabeler: Path, backbone: Path, encoder: Path,
    metrics: Path, behind: Path, plots: Path, readme: Path,
) -> None:  # fmt: skip
    """Read exactly the files that params.yaml names, and write the report."""
    settings = params.read()
    outcomes = read.read(data, settings)
    made_with = read.made_with(settings, writer, relabeler, backbone)
    numbers = summary.summarize(outcomes, made_with)
    encode = encoding(Pretrained.load(encoder), settings.encoder.max_tokens)
    write.write_numbers(metrics, numbers)
    write.write_numbers(behind, details.details(outcomes))
    write.write_rows(plots, outcomes)
    write.draw(plots, outcomes, made_with, settings.report.max_points, encode)
    write.update_readme(readme, tables.table(numbers))


if __name__ == "__main__":
    command.run(main)
