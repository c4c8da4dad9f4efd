"""The usual recipe: one AsyncOpenAI client and a semaphore."""

import asyncio

import openai

from benchmarks.engines import common


def ask(url: str, texts: list[str], in_flight: int) -> list[str | None]:
    """Send all requests at once, as far as the semaphore allows."""
    return asyncio.run(_all(url, texts, in_flight))


async def _all(url: str, texts: list[str], in_flight: int) -> list[str | None]:
    client = openai.AsyncOpenAI(base_url=url)
    limit = asyncio.Semaphore(in_flight)

    async def one(text: str) -> str | None:
        async with limit:
            reply = await client.chat.completions.create(model="stub", messages=[{"role": "user", "content": text}])
        return reply.choices[0].message.content

    return await asyncio.gather(*map(one, texts))


if __name__ == "__main__":
    common.run(ask)
