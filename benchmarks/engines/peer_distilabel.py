"""distilabel 1.5.3 with one batch of all questions; the whole pipeline run is timed, as its user waits for it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import common
from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration


def ask(url: str, words: list[str], in_flight: int) -> list[str | None]:
    """Ask in batches of as many as may be in flight, the best setting of those tried."""
    with Pipeline(name="bench") as pipeline:
        load = LoadDataFromDicts(data=[{"instruction": text} for text in words], batch_size=in_flight)
        llm = OpenAILLM(model="stub", base_url=url, api_key="x", generation_kwargs={"max_new_tokens": 64})
        load >> TextGeneration(llm=llm, input_batch_size=in_flight)
    rows = pipeline.run(use_cache=False)["default"]["train"]
    return [row["generation"] for row in rows]


if __name__ == "__main__":
    common.run(ask)
