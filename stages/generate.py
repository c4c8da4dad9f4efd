"""Have the language model write texts that mix classes, and keep every usable line."""

from pathlib import Path

from promptmix import command, generating, jsonl, params, seeds
from promptmix.llm import asking
from promptmix.llm.progress import say
from promptmix.llm.sampling import Sampling
from promptmix.mixing import MixShape
from promptmix.pretrained import Pretrained
from promptmix.records import ClassInfo, Example


def main(shots: Path, classes: Path, writer: Path, dataset: str, seed: int, out: Path) -> None:
    """Read shots and classes, generate, write prompts, completions, generated and rejected lines."""
    settings = params.load()
    wish = settings.generate
    infos = jsonl.read(classes, ClassInfo)
    wanted = generating.Wanted(
        template=wish.prompt,
        shape=MixShape(wish.group_size, wish.prompts_per_cycle, wish.share_alpha, wish.share_beta),
        per_class=wish.per_class,
        max_prompts_per_class=wish.max_prompts_per_class,
        texts_per_prompt=wish.texts_per_prompt,
        keep_per_prompt=wish.keep_per_prompt,
        min_words=wish.min_words,
    )
    form, stop = ("chat", ()) if wish.prompt.endswith("_chat") else ("completion", ("\n\n",))
    texts = wish.texts_per_prompt if wish.structured else 0
    sampling = Sampling(form, wish.temperature, wish.top_p, wish.max_tokens, stop, texts=texts)
    name = f"generate {dataset}-{seed}"
    with asking.asker(name, Pretrained.load(writer), settings) as asker:
        harvest = generating.generate(
            infos,
            jsonl.read(shots, Example),
            wanted,
            seeds.rng("mix", dataset, seed),
            lambda prompts: list(asker.ask(prompts, sampling)),
        )
    say(f"{name}: {generating.summary(infos, wanted, harvest)}")
    jsonl.write(out / "prompts.jsonl", harvest.prompts)
    jsonl.write(out / "completions.jsonl", harvest.completions)
    jsonl.write(out / "generated.jsonl", harvest.generated)
    jsonl.write(out / "rejected.jsonl", harvest.rejected)


if __name__ == "__main__":
    command.run(main)
