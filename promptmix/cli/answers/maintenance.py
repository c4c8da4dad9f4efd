"""What is done to a response store as a whole: looking it over, checking it, taking answers out."""

from collections.abc import Iterator

from promptmix.llm.store.database import Store
from promptmix.llm.store.entries import digest


class Archive(Store):
    """A response store that can be looked after."""

    def keys(self, model: str | None = None) -> Iterator[str]:
        """Yield all keys, or those of a model's answers, in no order; the store may be written meanwhile."""
        query = "SELECT key FROM answers WHERE ?1 IS NULL OR json_extract(request, '$.model.name') = ?1"
        yield from (row[0] for row in self.rows(query, (model,)))

    def damaged(self) -> Iterator[str]:
        """Yield the keys of answers that are not what was written."""
        for key in list(self.keys()):  # one by one: all answers at once need not fit into memory
            for answer, written in self.rows("SELECT answer, digest FROM answers WHERE key = ?", (key,)):
                if digest(str(answer)) != written:
                    yield key

    def refused(self) -> Iterator[str]:
        """Yield the keys of requests that were refused for good."""
        query = "SELECT key FROM answers WHERE json_valid(answer) AND json_extract(answer, '$.finish') = 'refused'"
        yield from (row[0] for row in self.rows(query))

    def models(self) -> dict[str, int]:
        """Return how many answers of each model there are."""
        query = "SELECT json_extract(request, '$.model.name') AS model, count(*) FROM answers GROUP BY model"
        return {str(model): count for model, count in self.rows(query)}

    def paid(self) -> dict[str, str]:
        """Return in words what was paid for each model through this store."""
        return {
            model: f"{answers:,} answers, {prompt:,} tokens in ({cached:,} cached), {completion:,} out, ${dollars:.4f}"
            for model, answers, prompt, cached, completion, dollars, _ in self.rows("SELECT * FROM spent")
        }
