"""Text as search compares it: one width, one script (Simplified), one case, nothing invisible.

Only for comparing: what customers read is always the verbatim source. Both sides of a search must pass through here.
"""

from __future__ import annotations

import re
import unicodedata

from opencc import OpenCC

from app.knowledge.visible import INVISIBLE

# They carry no meaning for search and are a way to hide words from it.
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_MARKS = "，。；：、！？（）《》“”,;:!?()"
# Line wraps of a PDF and blanks typed between characters split words that Chinese writes without blanks.
_GAP = re.compile(rf"(?<=[{_HAN}{_MARKS}])[ \t]+(?=[{_HAN}{_MARKS}])")
_BLANKS = re.compile(r"[ \t\u00a0]+")


class Normaliser:
    """Callable. Stateless after construction, so one instance serves every thread."""

    def __init__(self) -> None:
        self._simplify = OpenCC("t2s")

    def __call__(self, text: str) -> str:
        """NFKC, no invisible characters, Traditional to Simplified, lower case, no blanks inside Chinese."""
        plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        simplified: str = self._simplify.convert(plain)
        return _GAP.sub("", _BLANKS.sub(" ", simplified.lower())).strip()
