"""Number format codes (ECMA-376 part 1, 18.8.31) taken apart: their sections and what each of those is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from openpyxl.styles.colors import COLOR_INDEX

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)'
    r"|\[\$(?P<currency>[^\]-]*)(?:-(?P<locale>[^\]]*))?\]|\[(?P<bracket>[^\]]*)\]"
    r"|(?P<general>General|G/通用格式)|(?P<half>AM/PM|A/P|上午/下午)|(?P<exponent>[Ee][+-])"
    r"|(?P<date>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+(?:\.0+)?|[aA]{3,4}|[bB]{1,4}|[eE]+)"
    r"|(?P<digits>[0#?]+)|(?P<sign>[.,%/@])|(?P<other>.)",
    re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_BELOW = re.compile(r"[0#?1-9]")  # what makes a fraction of a slash; before anything else it is a sign: 0"元"/"笔"
_COLOUR = re.compile(r"(?:color|颜色)\s*([1-9]|[1-4]\d|5[0-6])", re.IGNORECASE)
_COLOURS = {
    **dict.fromkeys(("black", "黑色", "黑"), "000000"),
    **dict.fromkeys(("white", "白色", "白"), "FFFFFF"),
    **dict.fromkeys(("red", "红色", "红"), "FF0000"),
    **dict.fromkeys(("green", "绿色", "绿"), "00FF00"),
    **dict.fromkeys(("blue", "蓝色", "蓝"), "0000FF"),
    **dict.fromkeys(("yellow", "黄色", "黄"), "FFFF00"),
    **dict.fromkeys(("magenta", "洋红色", "洋红", "紫红色"), "FF00FF"),
    **dict.fromkeys(("cyan", "青色", "蓝绿色", "青"), "00FFFF"),
}
_LONG_DATE, _LONG_TIME = 'yyyy"年"m"月"d"日"', "h:mm:ss"


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """condition: (operator, bound). spoken: "1" or "2" for [DBNum1], [DBNum2]. colour: RRGGBB, "" for none."""

    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None = None
    spoken: str = ""
    colour: str = ""

    def has(self, *kinds: str) -> bool:
        return any(token.kind in kinds for token in self.tokens)


@lru_cache(maxsize=512)
def sections_of(code: str) -> tuple[Section, ...]:
    parts: list[list[Token]] = [[]]
    conditions: list[tuple[str, Decimal] | None] = [None]
    spoken, colours = [""], [""]
    for found in _TOKEN.finditer(code):
        kind = found.lastgroup or ""
        text = found.group()
        if kind == "other" and text == ";":
            parts.append([])
            conditions.append(None)
            spoken.append("")
            colours.append("")
        elif kind in ("quoted", "escaped"):
            parts[-1].append(Token("literal", found.group(kind)))
        elif kind in ("currency", "locale"):
            if (found.group("locale") or "").upper() in ("F800", "X-SYSDATE"):
                return sections_of(_LONG_DATE)
            if (found.group("locale") or "").upper() in ("F400", "X-SYSTIME"):
                return sections_of(_LONG_TIME)
            if found.group("currency"):
                parts[-1].append(Token("literal", found.group("currency")))
        elif kind == "bracket":
            inner = found.group("bracket")
            if (number := re.fullmatch(r"DBNum([12])", inner, re.IGNORECASE)) is not None:
                spoken[-1] = number.group(1)
            elif (condition := _CONDITION.fullmatch(inner)) is not None:
                conditions[-1] = (condition.group(1), Decimal(condition.group(2)))
            elif re.fullmatch(r"h+|m+|s+", inner, re.IGNORECASE):
                parts[-1].append(Token("elapsed", inner.lower()))
            else:
                colours[-1] = _colour(inner)
        elif kind == "date":
            parts[-1].append(Token("date", text.lower()))
        elif kind in ("general", "half", "digits", "exponent"):
            parts[-1].append(Token(kind, text))
        elif kind == "sign":
            placed = any(token.kind == "digits" for token in parts[-1]) and _BELOW.match(code, found.end())
            parts[-1].append(Token(text if text != "/" or placed else "literal", text))
        elif kind == "other":
            parts[-1].append(Token("literal", text))
        # "_x" leaves room and "*x" fills it: neither is a sign that people read.
    return tuple(
        Section(tuple(tokens), condition, number, colour)
        for tokens, condition, number, colour in zip(parts, conditions, spoken, colours, strict=True)
    )


def _colour(name: str) -> str:
    numbered = _COLOUR.fullmatch(name.strip())
    if numbered is not None:
        return str(COLOR_INDEX[int(numbered.group(1)) + 7])[-6:]  # the palette says its first eight colours twice
    return _COLOURS.get(name.strip().lower(), "")
