"""A text with its numbers written one way: 最多为(2)次 as 最多为2次, "four (4) business days" as "4 business days".

What the rails must not guess an approver may be asked about, so the alarm reads more than they do.
"""

from __future__ import annotations

import re
from typing import Final

_TEENS = "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_ONES = f"one two three four five six seven eight nine ten {_TEENS}".split()
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS: Final = {
    **{word: at for at, word in enumerate(_ONES, 1)},
    **{word: 10 * at for at, word in enumerate(_TENS, 2)},
    **{f"{tens}-{ones}": 10 * at + one for at, tens in enumerate(_TENS, 2) for one, ones in enumerate(_ONES[:9], 1)},
}
_NUMERAL: Final = "(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")"
# Latin words stand right before and after it: a Chinese sentence's "one" is a name.
_WORD = re.compile(rf"(?<![\u4e00-\u9fff\w-])({_NUMERAL})(?= (?!of\b|another\b|or more\b|by\b)[a-z])")
# "One" is told as a number only where something is limited by it ("one customer may …").
_LIMITED = re.compile(r"\b(?:only|just|name|names|than|to|of|least|most|register|allow|allows|hold|have|for|within) $")
_TOLD_TWICE = re.compile(rf"\b{_NUMERAL}(?: hundred)?(?: per ?cent)? \((\d[\d,.]*%?)\)(?: per ?cent\b)?")
_FILLED_IN = re.compile(
    r"(?<=[\u4e00-\u9fff])\((\d[\d,.]*)\)(?=[万亿千百元天年月张户名笔%‰个份期岁]|次(?!日)|日(?!前)|小时|工作日)"
)
_WHOLE = re.compile(r"(?<=\d )(?:full|whole|calendar|clear|consecutive) (?=(?:minute|hour|day|week|month|year)s?\b)")
_SPANS = (
    (re.compile(r"\bhalf an hour\b"), "30 minutes"),
    (re.compile(r"\bhalf a day\b"), "12 hours"),
    (re.compile(r"\bhalf a year\b"), "6 months"),
    (re.compile(r"\ba fortnight\b"), "14 days"),
    (re.compile(r"\ba year and a half\b"), "18 months"),
)
_SIGN = re.compile(r"[a-z]|\(\d")


def written(text: str) -> str:
    """Of a normalised text."""
    if not _SIGN.search(text):
        return text
    text = _FILLED_IN.sub(r"\1", _TOLD_TWICE.sub(r"\1", text))
    for pattern, span in _SPANS:
        text = pattern.sub(span, text)
    return _WHOLE.sub("", _WORD.sub(_counted, text))


def _counted(match: re.Match[str]) -> str:
    """In digits, unless it only stands for a thing."""
    told = match[1] != "one" or _LIMITED.search(match.string, 0, match.start()) is not None
    return str(_WORDS[match[1]]) if told else match[0]
