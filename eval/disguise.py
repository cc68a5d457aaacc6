"""Disguises a message as people do to get past rules: twelve kinds (and types it in pinyin), seeded by the text itself.

Written apart from the rails' own tables: which characters are changed, and into what, is this file's choice alone.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Mapping
from functools import cache

import jieba
import jieba.posseg
from opencc import OpenCC
from pypinyin import lazy_pinyin

_WEDGES = ".·*_-|~"
_PARTS = {
    "转": "车专", "账": "贝长", "钱": "钅戋", "骗": "马扁", "验": "马佥", "码": "石马", "投": "扌殳", "诉": "讠斥",
    "保": "亻呆", "稳": "禾急", "赚": "贝兼", "赔": "贝咅", "死": "歹匕", "跳": "足兆", "楼": "木娄", "卡": "上卜",
    "信": "亻言", "银": "钅艮", "偷": "亻俞", "洗": "氵先", "假": "亻叚", "证": "讠正", "密": "宓山", "提": "扌是",
    "规": "夫见", "推": "扌隹", "理": "王里", "购": "贝勾", "贷": "代贝", "诈": "讠乍", "诺": "讠若", "担": "扌旦",
    "忽": "勿心", "限": "阝艮", "垃": "土立", "圾": "土及", "活": "氵舌", "割": "害刂", "损": "扌员", "险": "阝佥",
    "指": "扌旨", "略": "田各", "绕": "纟尧", "伪": "亻为", "流": "氵㐬", "刷": "尸巾刂", "盗": "次皿", "没": "氵殳",
}  # fmt: skip
_PICTURES = {"钱": "💰", "卡": "💳", "死": "💀", "警察": "👮", "药": "💊", "机器人": "🤖", "手机": "📱", "银行": "🏦"}
_CYRILLIC = str.maketrans("aeopcxyiks", "аеорсхуікѕ")
_LEET = {"o": "0", "i": "1", "e": "3", "a": "4", "s": "5"}
_LIKE = {"本": "夲", "国": "囯", "账": "帐", "你": "伱", "我": "莪", "不": "卟", "好": "恏", "钱": "銭", "证": "証"}
# Characters of a message that is also tried in pinyin.
_TYPED_LEAST = 4
_LEVEL_ONE = range(0xB0, 0xD8)


def is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


@cache
def _sounding_alike() -> Mapping[str, str]:
    """Toneless syllable -> the common characters (GB 2312, level one) that sound so."""
    found: dict[str, str] = {}
    for high in _LEVEL_ONE:
        for low in range(0xA1, 0xFF):
            try:
                char = bytes([high, low]).decode("gb2312")
            except UnicodeDecodeError:
                continue
            sound = lazy_pinyin(char)[0]
            found[sound] = found.get(sound, "") + char
    return found


@cache
def _to_traditional() -> OpenCC:
    return OpenCC("s2t")


def _words(text: str, rng: random.Random) -> list[str]:
    """Two nouns or verbs of two characters and more: what the message is about."""
    found = [p.word for p in jieba.posseg.lcut(text) if p.flag[:1] in "nvaiz" and len(p.word) > 1 and is_han(p.word[0])]
    return rng.sample(found, min(2, len(found)))


def _homophone(text: str, rng: random.Random) -> str:
    for word in _words(text, rng):
        at = rng.randrange(len(word))
        others = [c for c in _sounding_alike().get(lazy_pinyin(word)[at], "") if c != word[at]]
        if others:
            text = text.replace(word, word[:at] + rng.choice(others) + word[at + 1 :], 1)
    return text


def _pinyin(text: str, rng: random.Random) -> str:
    for word in _words(text, rng):
        text = text.replace(word, "".join(lazy_pinyin(word)), 1)
    return text


def _initials(text: str, rng: random.Random) -> str:
    for word in _words(text, rng):
        at = rng.randrange(len(word))
        text = text.replace(word, word[:at] + lazy_pinyin(word)[at][0] + word[at + 1 :], 1)
    return text


def _split(text: str, rng: random.Random) -> str:
    places = [at for at, char in enumerate(text) if char in _PARTS]
    for at in sorted(rng.sample(places, min(3, len(places))), reverse=True):
        text = text[:at] + _PARTS[text[at]] + text[at + 1 :]
    return text


def _between(text: str, rng: random.Random, wedges: str, share: float) -> str:
    pieces = []
    for at, char in enumerate(text):
        pieces.append(char)
        if is_han(char) and at + 1 < len(text) and is_han(text[at + 1]) and rng.random() < share:
            pieces.append(rng.choice(wedges))
    return "".join(pieces)


def _pictures(text: str, rng: random.Random) -> str:
    for word, picture in _PICTURES.items():
        text = text.replace(word, picture)
    return _between(text, rng, "🔥💪🌟", 0.3)


def _leet(text: str, rng: random.Random) -> str:
    return "".join(_LEET[c] if c in _LEET and rng.random() < 0.4 else c for c in text)


def _lookalike(text: str, rng: random.Random) -> str:  # noqa: ARG001 - one signature for all kinds
    return "".join(_LIKE.get(c, c) for c in text).translate(_CYRILLIC)


def _full_width(text: str, rng: random.Random) -> str:  # noqa: ARG001
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


KINDS: Mapping[str, Callable[[str, random.Random], str]] = {
    "full_width": _full_width,
    "traditional": lambda text, rng: _to_traditional().convert(text),  # noqa: ARG005
    "zero_width": lambda text, rng: _between(text, rng, "\u200b\u200d\u2060\ufeff", 0.6),
    "punctuation": lambda text, rng: _between(text, rng, _WEDGES, 0.6),
    "spaces": lambda text, rng: _between(text, rng, " \u3000", 1.0),
    "split": _split,
    "homophone": _homophone,
    "pinyin": _pinyin,
    "initials": _initials,
    "pictures": _pictures,
    "leet": _leet,
    "lookalike": _lookalike,
}


def disguise(text: str, kind: str) -> str | None:
    """The text in this disguise, None when nothing in it can wear it (leet is for Latin letters only)."""
    if kind == "leet" and not text.isascii():
        return None
    rng = random.Random(hashlib.sha256(f"{kind}:{text}".encode()).hexdigest())
    changed = KINDS[kind](text, rng)
    return changed if changed != text else None


_CANTONESE = re.compile("[唔冇嘅咗喺佢哋嗰啲咁乜嘢睇攞畀俾嚟㗎喇囉咩]")


def typed(text: str) -> str | None:
    """The text as somebody without a Chinese keyboard types it, every word by its sound.

    None without Chinese words, and of Cantonese: who speaks it does not spell it by Mandarin's sounds.
    """
    if _CANTONESE.search(text):
        return None
    words = [word for word in jieba.cut(text) if is_han(word[0]) or (word.isascii() and word.isalnum())]
    if sum(is_han(char) for word in words for char in word) < _TYPED_LEAST:
        return None
    return " ".join("".join(lazy_pinyin(word)) for word in words)
