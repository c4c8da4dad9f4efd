"""One question after another, as the authors' code asks."""

import openai

from benchmarks.engines import common


def ask(url: str, words: list[str], in_flight: int) -> list[str | None]:
    """Ask in a loop; ``in_flight`` is of no use here."""
    client = openai.OpenAI(base_url=url)
    return [
        client.chat.completions.create(model="stub", messages=[{"role": "user", "content": text}])
        .choices[0]
        .message.content
        for text in words
    ]


if __name__ == "__main__":
    common.run(ask)
