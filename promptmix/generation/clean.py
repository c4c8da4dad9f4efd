r"""Removes from a line of a reply what is not the text, and measures texts, in any script.

Source: the clean-up rules of the authors' code at c6f27ba (src/generator/__init__.py), with their faults fixed: list
markers of any number and kind are removed, and quotation marks inside a text stay. Every pattern takes time linear in
the length of the line, so a model that repeats one character does no harm. ``\d`` is a digit of any script.
"""

import math
import re
from collections.abc import Iterable
from unicodedata import category, normalize, numeric

import regex
from rapidfuzz import fuzz

from promptmix.prompts.render import one_line

MARKS = "\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"  # of direction, and others of no width, at a line's start
NAMES = (
    "example|utterance|message|sentence|ejemplo|exemple|exemplo|esempio|beispiel|voorbeeld|przykład|пример|mensaje"
    "|mensagem|messaggio|nachricht|bericht|сообщение|frase|phrase|satz|texto|texte|テキスト|例文?|例子|示例|样例|范例"
    "|消息|信息|文本|句子|メッセージ|예시?|메시지|문장|उदाहरण|संदेश|مثال|رسالة|پیام|ตัวอย่าง(?:ที่)?|ข้อความ(?:ที่)?"
)
NUMBER = (
    rf"(?:#+\s*)?(?:{NAMES})\s*#?\d+\s*(?:[(\[（][^()\[\]（）]*[)\]）]\s*)?[:.)–：．）、-](?!\d)\s*"
    r"|sentence\s*:\s*(?=\S)"  # quick_baseline ends with it; alone it is no list
    r"|[(\[（【〔]?\d{1,3}\s*[.):\]．）：】〕、。।။۔](?!\d)\s*"  # "10:30" and "3.5" begin a text, not a list
    r"|[(（]?[一二三四五六七八九十]{1,3}[)）、．.：](?![一二三四五六七八九十])\s*"  # "三、四天" begins a text
    r"|第[一二三四五六七八九十\d]{1,3}[条條个個则則句]\s*[:：、.．]\s*"
    r"|#\d{1,3}\s*[:.)]\s*|\d{1,3}\s*[,;]\s*(?=[\"“'])|\d{1,3}\t+"
    r"|\(?[a-h]\)\s+|\(?(?:i{1,3}|i?v|vi{1,3}|i?x)[.)]\s+"
    r"|[\u2460-\u249b\u2776-\u277f]\s*|\d{1,2}\ufe0f?\u20e3\s*"
    r"|\d{1,3}\s*[-–](?!\s*\d)\s+(?=[\u0590-\u08ff])|(?![0-9])\d{1,3}\s*[-–](?!\s*\d)\s*"  # "۲-۳ روز" begins a text
)
BULLET = r"[-*–+]\s+|[•‣·・●○◦▪■□◆◇►▶➤➢✓✔→➡]\ufe0f?\s*|>\s+"
MARKER = re.compile(rf"^[\s{MARKS}]*(?:(?:{NUMBER}|{BULLET})[{MARKS}]*)+", re.IGNORECASE)
NUMBERED = re.compile(rf"^[\s{MARKS}]*(?:{BULLET})?(?:{NUMBER})", re.IGNORECASE)
FIELD = re.compile(r"^(?:text\s*:\s*|(?:message|utterance|sentence|query)\s*:\s*(?=[\"“']))", re.IGNORECASE)  # of YAML
TAGGED = re.compile(r"<([A-Za-z_]\w{0,30})(?:\s[^<>]*)?>([^<>]+)</\1>")
TITLE = re.compile(rf"[\s#*]*(?:{NAMES})\s*#?\d+\W*", re.IGNORECASE)  # of an item on the lines below
BOLD = re.compile(r"\*\*(?=\S)([^*]+)(?<=\S)\*\*")
PERCENT = re.compile(r"\d\s*[%％٪]")
QUOTES = {
    '"': '"', "“": "”", "'": "'", "`": "`", "«": "»", "»": "«", "‹": "›", "›": "‹", "„": "“”", "‚": "‘’", "‘": "’",
    "「": "」", "『": "』", "﹁": "﹂", "〝": "〞〟", "＂": "＂",
}  # fmt: skip
DENSE = regex.compile(r"(?V1)[\p{L}&&[\p{lb=ID}\p{lb=CJ}]]")
SPARSE = regex.compile(r"(?V1)[\p{L}&&[\p{lb=SA}\p{lb=AK}\p{lb=AS}\p{Tibetan}]]")


def clean(line: str, labels: Iterable[str]) -> str:
    """Remove what is not the text: list marker, class name before a colon, shares at the end, outer quotes, bold."""
    text = "" if TITLE.fullmatch(line) else MARKER.sub("", _unwrapped(line)).strip()
    for label in labels:
        pattern = re.escape(one_line(label)).replace("_", "[_ ]")
        name = re.match(rf"【\s*{pattern}\s*】\s*[:：]?|{pattern}\s*[:：]", text, re.IGNORECASE)
        text = text[name.end() :].strip() if name else text
    return _without_shares(_without_quotes(_without_shares(FIELD.sub("", text))))


def marked(line: str, marker: re.Pattern[str] = MARKER) -> bool:
    """Whether a line is an item of a list: by a marker at its start, or by tags around it."""
    return TAGGED.fullmatch(line.strip()) is not None or marker.match(_unwrapped(line)) is not None


def number_of(line: str) -> int | None:
    """Return the number at the start of an item of a list, in any script; None where there is none."""
    match = NUMBERED.match(_unwrapped(line))
    digits = re.search(r"\d+|[一二三四五六七八九\u2460-\u249b\u2776-\u277f]", match[0]) if match else None
    if digits is None:
        return None
    return int(digits[0]) if digits[0].isdecimal() else int(numeric(digits[0]))


def count_words(text: str) -> int:
    """Count words: what stands between spaces, and the letters of scripts that put none between words.

    Two letters are a word where each is a syllable or a meaning (Chinese, Japanese), four where they are consonants
    and vowels (Thai, Lao, Khmer, Burmese, Tibetan …); what is left over counts as one more.
    """
    return sum(_words(token) for token in text.split())


def normalized(text: str) -> str:
    """Fold case, white space, punctuation and Unicode forms, so that texts that differ in nothing else are equal.

    Marks stay, which are vowels in many scripts; joiners go. Of a text of symbols alone, the symbols stay.
    """
    if text.isascii():
        letters = re.sub(r"[^\w\s]", "", text.casefold())
    else:
        letters = "".join(c for c in normalize("NFKC", normalize("NFKC", text).casefold()) if _counts(c))
    return " ".join(letters.split()) or " ".join(text.split())


def too_similar(text: str, others: Iterable[str], share: float) -> bool:
    """Tell whether a text is as similar as ``share`` to one of ``others``, all of them :func:`normalized`.

    Similarity is rapidfuzz's token_sort_ratio as a share, 0 to 1, which ignores the order of the words. At 0 no text is
    too similar.
    """
    if share == 0:
        return False
    return any(fuzz.token_sort_ratio(text, other, score_cutoff=100 * share) > 0 for other in others)


def _unwrapped(line: str) -> str:
    return BOLD.sub(r"\1", TAGGED.sub(r"\2", line) if "</" in line else line)


def _words(token: str) -> int:
    dense, sparse = len(DENSE.findall(token)), len(SPARSE.findall(token))
    if not dense and not sparse:
        return 1
    others = re.findall(r"[^\W_]+", SPARSE.sub(" ", DENSE.sub(" ", token)))
    return math.ceil(dense / 2) + math.ceil(sparse / 4) + len(others)


def _counts(char: str) -> bool:
    if char.isalnum() or char == "_" or char.isspace():
        return True
    return category(char) in ("Mn", "Mc") and not ("\ufe00" <= char <= "\ufe0f" or char >= "\U000e0100")


def _without_shares(text: str) -> str:
    """Remove "(75% late, 25% lost)" from the end of a text."""
    start = max(text.rfind(bracket) for bracket in "([（【")
    aside = text[start:]
    if start >= 0 and aside[-1] in ")]）】" and not re.search(r"[)\]）】]", aside[:-1]) and PERCENT.search(aside):
        return text[:start].rstrip()
    return text


def _without_quotes(text: str) -> str:
    """Remove quotes around a text, and the comma that follows them in a list of strings."""
    inner = text.removesuffix(",").removesuffix("，") if text[:1] in QUOTES else text
    if len(inner) > 1 and inner[-1] in QUOTES.get(inner[0], "") and inner[-1] not in inner[1:-1]:
        return inner[1:-1].strip()
    return text
