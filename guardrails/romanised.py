"""Whether a name in Latin letters is a Chinese one spelt out: "Lin Xiaowen" is 林晓雯, surname first or last."""

from __future__ import annotations

import re

from pypinyin.constants import PINYIN_DICT

from guardrails.spelling import TONES

_WORD = re.compile(r"[a-z]+")


def sounds_like(name: str, latin: str) -> bool:
    """name: two to four Chinese characters; latin: words of letters in any case ("Lin Xiaowen", "Xiao-wen Lin")."""
    words = _WORD.findall(latin.lower())
    if len(words) < 2:
        return False
    return any(_spells(name, "".join(order)) for order in (words, [*words[1:], words[0]], [words[-1], *words[:-1]]))


def _spells(name: str, letters: str) -> bool:
    """A character may have several sounds; each goes on where the one before it ended."""
    ends = {0}
    for char in name:
        sounds = {sound.translate(TONES) for sound in PINYIN_DICT.get(ord(char), "").split(",") if sound}
        ends = {at + len(sound) for at in ends for sound in sounds if letters.startswith(sound, at)}
    return len(letters) in ends
