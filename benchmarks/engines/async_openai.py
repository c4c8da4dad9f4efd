"""The usual recipe: one AsyncOpenAI client and a semaphore."""

import asyncio

import openai

from benchmarks.engines import common


def ask(url: str, words: list[str], in_flight: int) -> list[str | None]:
    """Ask everything at once, as far as the semaphore lets it."""
    return asyncio.run(_all(url, words, in_flight))


async def _all(url: str, words: list[str], in_flight: int) -> list[str | None]:
    client = openai.AsyncOpenAI(base_url=url)
    gate = asyncio.Semaphore(in_flight)

    async def one(text: str) -> str | None:
        async with gate:
            reply = await client.chat.completions.create(model="stub", messages=[{"role": "user", "content": text}])
        return reply.choices[0].message.content

    return await asyncio.gather(*map(one, words))


if __name__ == "__main__":
    common.run(ask)
