"""One question that finds out whether and where a language model shows the tokens that scores are read off."""

from typing import TYPE_CHECKING

from promptmix.core.errors import LLMError
from promptmix.core.records import ClassInfo
from promptmix.labeling.cases import Ask, Case
from promptmix.labeling.labeler import scoring_sampling
from promptmix.labeling.score import Scoring, by_score
from promptmix.labeling.unscored import NothingScored
from promptmix.llm.request import Asks, Sampling

if TYPE_CHECKING:
    from promptmix.params import Relabel

CLASSES = {
    "track_parcel": "asking where a parcel is or when it will come",
    "late_parcel": "a parcel that has not come by the promised time",
    "missing_parcel": "a parcel that is recorded as delivered but did not come",
    "change_time": "asking to have a parcel delivered on another day",
    "change_address": "asking to have a parcel delivered at another place",
    "damaged_parcel": "a parcel that came with its box or content broken",
}
TEXT = "My parcel was promised for yesterday and is still not here."


def scoring_of(client: Asks, relabel: "Relabel") -> Scoring | None:
    """Ask one easy question in each form, until tokens that go on with a candidate's name are shown; None: nowhere.

    Raises:
        LLMError: the last form cannot be asked for at all.
    """
    candidates = tuple(ClassInfo(label=label, description=what) for label, what in CLASSES.items())
    case = Case("probe", TEXT, candidates)
    forms: tuple[Scoring, ...] = ("completion", "chat")
    for scoring in forms:
        try:
            (found,) = by_score([case], [], _asking(client, scoring_sampling(scoring, relabel)), None, None, scoring)
        except NothingScored:
            continue
        except LLMError:  # a server without completions; one that cannot be reached at all fails the last form too
            if scoring == forms[-1]:
                raise
            continue
        if found.label is not None:
            return scoring
    return None


def _asking(client: Asks, sampling: Sampling) -> Ask:
    return lambda questions: list(client.ask(questions, sampling))
