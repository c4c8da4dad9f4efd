"""Score all predictions; write the metrics, the table of the README, the figures and the rows behind them."""

from pathlib import Path

from promptmix import params
from promptmix.core import command
from promptmix.models.encoder import encoding
from promptmix.models.pretrained import Pretrained
from promptmix.report.details import collect_details
from promptmix.report.read import read_made_with, read_results
from promptmix.report.summary import summarize
from promptmix.report.tables import results_table
from promptmix.report.write import draw_figures, update_readme, write_numbers, write_rows


def main(
    data: Path, writer: Path, relabeler: Path, backbone: Path, encoder: Path,
    metrics: Path, details: Path, plots: Path, readme: Path,
) -> None:  # fmt: skip
    """Read exactly the files that params.yaml names, and write the report."""
    datasets, seeds, arms, sample, distill, report, encoding_params = params.load(
        "datasets", "seeds", "arms", "sample", "distill", "report", "encoder"
    )
    results = read_results(data, datasets, seeds, arms)
    made_with = read_made_with(writer, relabeler, backbone, distill.student, sample.shots, seeds)
    numbers = collect_details(results, made_with)
    write_numbers(metrics, summarize(numbers))
    write_numbers(details, numbers)
    write_rows(plots, results)
    encode = encoding(Pretrained.load(encoder), encoding_params.max_tokens)
    draw_figures(plots, results, made_with, report.max_points, encode)
    update_readme(readme, results_table(numbers))


if __name__ == "__main__":
    command.run(main)
