"""Score all predictions; write the metrics, the table of the README, the figures and the rows behind them."""

import sys
from pathlib import Path

from promptmix import params
from promptmix.core import command
from promptmix.models.encoder import SentenceEncoder
from promptmix.models.pretrained import Pretrained
from promptmix.report.details import collect_details
from promptmix.report.notes import notes
from promptmix.report.read import Folders, read_made_with, read_results
from promptmix.report.summary import summarize
from promptmix.report.tables import results_table
from promptmix.report.write import draw_figures, update_readme, write_numbers, write_rows


def main(
    compiled: Path, shots: Path, generated: Path, relabeled: Path, train: Path, predictions: Path,
    writer: Path, relabeler: Path, encoder: Path, backbone: Path,
    summary: Path, details: Path, plots: Path, readme: Path,
) -> None:  # fmt: skip
    """Read exactly the files that params.yaml names, and write the report."""
    datasets, seeds, arms, sample, distill, report, encoding = params.load(
        "datasets", "seeds", "arms", "sample", "distill", "report", "encoder"
    )
    folders = Folders(compiled, shots, generated, relabeled, train, predictions)
    results = read_results(folders, datasets, seeds, arms)
    made_with = read_made_with(writer, relabeler, backbone, distill.student, sample.shots, seeds)
    numbers = collect_details(results, made_with)
    write_numbers(summary, summarize(numbers))
    write_numbers(details, numbers)
    write_rows(plots, results)
    encode = SentenceEncoder(Pretrained.load(encoder), encoding.max_tokens).encode
    draw_figures(plots, results, made_with, report.max_points, encode)
    update_readme(readme, results_table(numbers))
    sys.stderr.writelines(f"report: {note}\n" for note in notes(results, numbers))


if __name__ == "__main__":
    command.run(main)
