"""A text with its numbers written one way: 最多为(2)次 as 最多为2次, "four (4) business days" as "4 business days".

What the rails must not guess an approver may be asked about, so the alarm reads more than they do.
"""

from __future__ import annotations

import re
from typing import Final

from app.alarms.days import count

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
_HOUR = re.compile(rf"\b(\d{{1,2}}|{_NUMERAL})(?: o'clock)? in the (morning|afternoon|evening)\b")
_UP_TO_99 = "(?:[二三四五六七八九]?十[一二三四五六七八九]?|[二两三四五六七八九])"
# What the rails do not count in words: 限购两枚, 十本, 二十四趟.
_MEASURED = re.compile(
    rf"(?!四处)(?<![\d第每同百千万零几一二两三四五六七八九十])({_UP_TO_99})(?=[枚本处通斤把副卷批盒瓶袋桶箱套趟])"
)
# Said of journeys and calls as 次 is.
_TIMES = re.compile(r"(?<=\d)(?:趟|通(?![过知道用常]))")
_CLOCK = re.compile(
    r"(?<![\d.一二三四五六七八九十第])(\d{1,2}|十[一二]?|[一二两三四五六七八九])点"
    r"([二三四五]?十[一二三四五六七八九]?|[一三]刻)分?(?![个万千百元年%钟])"
)
# "One" is told as a number only where something is limited by it.
_ONE = re.compile(
    r"((?:只[能可许准]|仅[限能可]|限|最多|至多|不得?超过)[^,，。;；\d]{0,4}?)一(?=[张个本枚份台户部](?![\u4e00-\u9fff]?[样些月]))"
)
_ONCE = re.compile(r"((?:[可只仅限能]|最多|至多|免费)[^,，。;；\d]{0,10}?(?<![每第同]))一(?=[次回](?:$|[,，。;；、)]))")
_POINTS = re.compile(r"(?<=[扣减加])([一二三四五六七八九十])(?=分(?![之钟期成别摊批]))")
_AND_A_HALF = re.compile(r"([一两二三四五六七八九]|\d{1,2})个半(?=月|小时|钟头)")


def written(text: str) -> str:
    """Of a normalised text."""
    text = _in_digits(text)
    if not _SIGN.search(text):
        return text
    text = _FILLED_IN.sub(r"\1", _TOLD_TWICE.sub(r"\1", text))
    for pattern, span in _SPANS:
        text = pattern.sub(span, text)
    text = _HOUR.sub(_on_the_clock, text)
    return _WHOLE.sub("", _WORD.sub(_counted, text))


def _counted(match: re.Match[str]) -> str:
    """In digits, unless it only stands for a thing."""
    told = match[1] != "one" or _LIMITED.search(match.string, 0, match.start()) is not None
    return str(_WORDS[match[1]]) if told else match[0]


def _in_digits(text: str) -> str:
    """Chinese counts that say how many there may be."""
    text = _AND_A_HALF.sub(lambda match: f"{count(match[1])}.5个", text)
    text = _MEASURED.sub(lambda match: str(count(match[1])), text)
    text = _CLOCK.sub(_at, _TIMES.sub("次", text))
    text = _POINTS.sub(lambda match: str(count(match[1])), text)
    return _ONCE.sub(r"\g<1>1", _ONE.sub(r"\g<1>1", text))


def _on_the_clock(match: re.Match[str]) -> str:
    hour = match[1] if match[1].isdigit() else str(_WORDS[match[1]])
    return f"{hour} {'am' if match[2] == 'morning' else 'pm'}"


def _at(match: re.Match[str]) -> str:
    minute = {"一刻": 15, "三刻": 45}.get(match[2]) or count(match[2])
    return f"{count(match[1])}:{minute:02d}"
