"""distilabel 1.5.3 in batches; the whole pipeline run is timed, because its user waits for all of it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import common
from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration


def ask(url: str, texts: list[str], in_flight: int) -> list[str | None]:
    """Send batches of ``in_flight`` requests, the best setting of those tried."""
    with Pipeline(name="bench") as pipeline:
        load = LoadDataFromDicts(data=[{"instruction": text} for text in texts], batch_size=in_flight)
        llm = OpenAILLM(model="stub", base_url=url, api_key="x", generation_kwargs={"max_new_tokens": 64})
        load >> TextGeneration(llm=llm, input_batch_size=in_flight)
    rows = pipeline.run(use_cache=False)["default"]["train"]
    return [row["generation"] for row in rows]


if __name__ == "__main__":
    common.run(ask)
