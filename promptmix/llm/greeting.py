"""The first questions to a hosted model: is it there, what fields does it take, does it show its next tokens.

They cost a few tokens, are asked before anything else is paid for, and are stored like all others.
"""

from typing import TYPE_CHECKING

from promptmix.core.errors import LLMError, PromptsRefusedError
from promptmix.core.records import Question
from promptmix.llm.engine.progress import log
from promptmix.llm.request import FIRST_QUESTION, Kept, Sampling, Scoring

if TYPE_CHECKING:
    from promptmix.params import Generate

GREETINGS = (  # a filter may refuse one
    "Write one short message to a friend who is late.",
    "Write one short message to a neighbor about the weather.",
)
UNFINISHED = "Text: it is raining and I have no umbrella\nIntent:"


def writing(settings: "Generate") -> Sampling:
    """Return how the writer's replies will be sampled: in its form, with every field that its requests have."""
    form = settings.prompt.rpartition("_")[2]
    stop = ("\n\n",) if form == "completion" else ()
    texts = settings.texts_per_prompt if settings.json_schema else 0
    return Sampling(form, settings.temperature, settings.top_p, settings.max_tokens, stop, texts=texts)


class Greeter(Kept):
    """Asks a hosted model the first questions."""

    def greet(self, sampling: Sampling) -> None:
        """Send one request with the fields that all requests for texts have.

        Raises:
            LLMError: the server is not there, does not take the key or the model, or refuses every greeting.
        """
        for number, text in enumerate(GREETINGS, 1):
            try:
                (found,) = self.ask([Question(id=FIRST_QUESTION, text=text, shared=0, draw=0)], sampling)
                if found.finish != "refused":
                    return
                raise PromptsRefusedError(f"the model does not answer a first short question: {found.reason}")
            except PromptsRefusedError as error:
                if number == len(GREETINGS):
                    raise
                log(f"a first short question was refused, another is sent: {error}")

    def scoring(self, top_logprobs: int, max_tokens: int) -> Scoring | None:
        """Find out where the model shows its next tokens; None: nowhere. Greet first: refusals are then believed."""
        question = Question(id=f"{FIRST_QUESTION}/tokens", text=UNFINISHED, shared=0, draw=0)
        forms: dict[Scoring, Sampling] = {
            "completion": Sampling("completion", 0.0, 1.0, 1, top_logprobs=top_logprobs),
            "chat": Sampling("chat", 0.0, 1.0, max_tokens, top_logprobs=top_logprobs),
        }
        return next((form for form, sampling in forms.items() if self._shows_tokens(question, sampling)), None)

    def _shows_tokens(self, question: Question, sampling: Sampling) -> bool:
        try:
            (found,) = self.ask([question], sampling)
        except LLMError:  # some servers break down where they are asked for what they do not have
            return False
        return bool(found.alternatives) or any(step.alternatives for step in found.steps)
