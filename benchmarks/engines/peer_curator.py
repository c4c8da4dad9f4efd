"""bespokelabs-curator 0.1.31 with its rate limits lifted; by default it sends 200 requests a minute."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ |= {"CURATOR_DISABLE_RICH_DISPLAY": "1", "TELEMETRY_ENABLED": "0", "CURATOR_CACHE_DIR": tempfile.mkdtemp()}
import common
import litellm

# curator downloads a tokenizer; litellm ships the same file.
os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(litellm.__file__).parent / "litellm_core_utils" / "tokenizers")
from bespokelabs import curator


def ask(url: str, texts: list[str], in_flight: int) -> list[str | None]:
    """Send requests with ``in_flight`` of them at once."""
    limits = {"max_requests_per_minute": 10**7, "max_tokens_per_minute": 10**10, "max_concurrent_requests": in_flight}
    llm = curator.LLM(
        model_name="gpt-4o-mini", backend="openai", backend_params={"base_url": url, "api_key": "x", **limits}
    )
    answers = llm(texts)
    rows = getattr(answers, "dataset", answers)
    return [row["response"] for row in rows]


if __name__ == "__main__":
    common.run(ask)
