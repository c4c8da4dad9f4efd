"""One request after another, as the authors' code does."""

import openai

from benchmarks.engines import common


def ask(url: str, texts: list[str], in_flight: int) -> list[str | None]:  # noqa: ARG001  # engines are called alike
    """Send requests in a loop; ``in_flight`` is ignored."""
    client = openai.OpenAI(base_url=url)
    return [
        client.chat.completions.create(model="stub", messages=[{"role": "user", "content": text}])
        .choices[0]
        .message.content
        for text in texts
    ]


if __name__ == "__main__":
    common.run(ask)
