"""Saves a tokenizer so that it cuts texts as its student was evaluated, whoever loads it.

With ``truncation=True`` every tokenizer cuts at its ``model_max_length``. transformers cuts nothing without it, and a
longer text than the model has places for is an error, so the tokenizers of BERT's kind also drop what lies behind the
first words, as many as tokens are allowed. That changes no truncated text: a word has at least one token.
"""

import json
from pathlib import Path
from typing import Any

SPACES = r"\t\n\r\p{Z}"
HAN = (  # the characters that BERT takes for words of their own
    r"\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{F900}-\x{FAFF}\x{20000}-\x{2A6DF}\x{2A700}-\x{2B73F}\x{2B740}-\x{2B81F}"
    r"\x{2B920}-\x{2CEAF}\x{2F800}-\x{2FA1F}"
)
SIGNS = r"\p{P}$+<=>^`|~"
INVISIBLE = r"\p{C}\p{M}"  # a word of nothing else has no token
WORD = rf"[{SPACES}{INVISIBLE}]*(?:[{HAN}{SIGNS}]|[^{SPACES}{HAN}{SIGNS}]+)"


def save_tokenizer(tokenizer: Any, max_tokens: int, out: Path) -> None:
    """Write a transformers tokenizer to a folder, and have it cut texts after ``max_tokens`` tokens."""
    tokenizer.model_max_length = max_tokens
    words = max_tokens - tokenizer.num_special_tokens_to_add()
    guarded = _drop_words_after(words, tokenizer.backend_tokenizer)
    tokenizer.save_pretrained(out)
    if guarded:  # the class of BERT would make its normalizer anew when it is loaded
        path = out / "tokenizer_config.json"
        config = json.loads(path.read_text(encoding="utf-8")) | {"tokenizer_class": "PreTrainedTokenizerFast"}
        path.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def _drop_words_after(words: int, backend: Any) -> bool:
    """Return whether the tokenizer is of BERT's kind, and so was changed."""
    from tokenizers import Regex
    from tokenizers.normalizers import BertNormalizer, Replace, Sequence

    if not isinstance(backend.normalizer, BertNormalizer):
        return False
    rest = Regex(rf"\A(?>{WORD}){{{words}}}\K[\s\S]+")
    backend.normalizer = Sequence([Replace(rest, ""), backend.normalizer])
    return True
