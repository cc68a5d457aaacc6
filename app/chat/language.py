"""Which language and script a customer writes, and text into that script. Content never changes, only its script."""

from __future__ import annotations

import re

from opencc import OpenCC

from app.generation.generator import Language
from app.knowledge.sounds import Sounds

_HAN = re.compile(r"[㐀-鿿]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


class Scripts:
    """Detects and converts scripts. Thread-safe: OpenCC's converters hold no state between calls."""

    def __init__(self) -> None:
        self._to_simplified = OpenCC("t2s")
        self._to_traditional = OpenCC("s2tw")
        self._sounds = Sounds()

    def detect(self, text: str, default: Language = "zh-Hans") -> Language:
        """English without Chinese characters, unless it reads as pinyin; Traditional when more characters are
        Traditional-only than Simplified-only; `default` when nothing tells."""
        han = _HAN.findall(text)
        if not han:
            english = _LATIN_WORD.search(text) and not self._sounds.reads_whole(text)
            return "en" if english else default
        plain = "".join(han)
        traditional = sum(a != b for a, b in zip(plain, self._to_simplified.convert(plain), strict=False))
        simplified = sum(a != b for a, b in zip(plain, self._to_traditional.convert(plain), strict=False))
        if traditional == simplified:
            return default if default != "en" else "zh-Hans"
        return "zh-Hant" if traditional > simplified else "zh-Hans"

    def simplify(self, text: str) -> str:
        return str(self._to_simplified.convert(text))

    def show(self, text: str, language: Language) -> str:
        """The same words in the customer's script."""
        return str(self._to_traditional.convert(text)) if language == "zh-Hant" else text
