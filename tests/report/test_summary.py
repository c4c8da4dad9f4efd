"""The numbers of metrics/summary.json: accuracies and nothing else."""

from dataclasses import replace

from promptmix.report.details import collect_details
from promptmix.report.summary import summarize
from tests.support.made_up import MADE_WITH, results, without_teacher


def test_the_summary_has_the_mean_accuracy_of_every_arm_and_the_teacher_by_data_set() -> None:
    """Accuracies over two seeds: 0.5 and 0.75; 1 and 1; of the teacher 0.5 and 1."""
    colors = {"few_shot": 0.625, "relabeled": 1.0, "teacher": 0.75}
    every = [results(), without_teacher(replace(results(), dataset="shapes"))]
    found = summarize(collect_details(every, MADE_WITH))
    assert found == {"colors": colors, "shapes": {"few_shot": 0.625, "relabeled": 1.0}}
    assert list(found["colors"]) == ["few_shot", "relabeled", "teacher"]
