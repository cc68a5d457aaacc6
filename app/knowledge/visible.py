"""Text as people see it: without characters that nobody sees, and in the order in which it is shown.

Tags and variation selectors can spell whole sentences that only a language model reads; an override of the direction
shows 200 where 002 is stored. What a document says and what a model is asked must be what people saw.
"""

from __future__ import annotations

import re

# Format and control characters, fillers, variation selectors, tags; not the tab and the end of a line.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\x00-\x08\x0b-\x1f\x7f"
)
BACKWARDS, ENDS = "\u202e", "\u202c"
_PICTURES = "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_ANY = re.compile(f"[{INVISIBLE}]")
# A picture's selector and the joiners of several are part of how it looks.
_UNSEEN = re.compile(
    f"(?P<kept>(?<=[{_PICTURES}0-9#*])\ufe0f|(?<=[{_PICTURES}\ufe0f])\u200d(?=[{_PICTURES}]))|[{INVISIBLE}]"
)
_BREAKS = re.compile("\r\n?|[\x0b\x0c]")
_OPENS = "\u202a\u202b\u202d\u202e"
_TAGS = re.compile("[\U000e0020-\U000e007e]{2,}")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")  # a letter has one at most


def visible(text: str) -> str:
    """What is shown of a text."""
    if _ANY.search(text) is None:
        return text
    text = _BREAKS.sub("\n", text)
    if BACKWARDS in text:
        text = "\n".join(map(_turned, text.split("\n")))
    return _UNSEEN.sub(lambda found: found["kept"] or "", text)


def unturned(piece: str) -> str:
    """A piece of a text that comes in pieces, without what has no shape: it is shown in the order in which it comes."""
    return _ANY.sub("", piece)


def smuggled(text: str) -> list[str]:
    """The sentences that characters nobody sees spell in a text."""
    said = ["".join(chr(ord(sign) - 0xE0000) for sign in run) for run in _TAGS.findall(text)]
    said += [bytes(map(_byte, run)).decode("utf-8", "replace") for run in _SELECTORS.findall(text)]
    return [one.strip() for one in said if one.strip()]


def _turned(line: str) -> str:
    """A line with what stands in an override from the right to the left in the order of the eye; others inside it are
    of the same direction."""
    shown: list[str] = []
    held: list[str] = []
    depth = 0
    for sign in line:
        if depth == 0 and sign != BACKWARDS:
            shown.append(sign)
            continue
        depth += (sign in _OPENS) - (sign == ENDS)
        held.append(sign)
        if depth == 0:
            shown += reversed(held)
            held.clear()
    return "".join((*shown, *reversed(held)))


def _byte(selector: str) -> int:
    """The 256 variation selectors number the bytes."""
    code = ord(selector)
    return code - 0xFE00 if code < 0xE0000 else code - 0xE0100 + 16
