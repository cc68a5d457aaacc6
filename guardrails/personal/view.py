"""One plain form of a text in which personal data is looked for, with a way back to the characters as written.

Width, Traditional characters of labels, dashes, invisible characters and digits written as words are undone; linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# Traditional characters of the labels and address parts that are looked for; other words need no folding.
_TRADITIONAL = dict(
    zip(
        "證証護號碼帳賬戶驗動態電話機郵箱單樓鄉縣鎮區園廈棟幢門號灣門來內陸臺台軍駕駛會為係卡齡舊這個現設實發給儲蓄產訂憑執貨備雙幣萬億圓塊將設寄達衚衕縂總莊廣場層東輸顯寫換變讀業險"
        "們則爾",
        "证证护号码账账户验动态电话机邮箱单楼乡县镇区园厦栋幢门号湾门来内陆台台军驾驶会为系卡龄旧这个现设实发给储蓄产订凭执货备双币万亿圆块将设寄达胡同总总庄广场层东输显写换变读业险"
        "们则尔",
        strict=True,
    )
) | {"帐": "账"}
_GONE = "\u200b"
# Categories of characters that nobody sees.
INVISIBLE = frozenset(["Cf", "Mn", "Me", "Cc", "Co", "Cn"])
_MOST_KEPT = 16_384  # characters: more than any language's texts use, less than a hostile one could send
_SPELT = {ord(char): str(digit) for digit, char in enumerate("零一二三四五六七八九")}
_SPELT |= {ord(char): str(digit) for digit, char in enumerate("〇①②③④⑤⑥⑦⑧⑨")} | {ord("幺"): "1", ord("⓪"): "0"}
_DIGIT_WORD = "[零〇幺一二三四五六七八九⓪①-⑨]"
# Four and more of them are a number read out; fewer, or beside 十 and 百, are words and amounts.
_READ_OUT = re.compile(rf"(?<![\d十百千万亿点第]){_DIGIT_WORD}(?:[ \-]?{_DIGIT_WORD}){{3,}}(?![\d十百千万亿点])")


class _Folding(dict[int, str]):
    """What each character becomes, worked out when it is first met. One character stays one."""

    def __missing__(self, code: int) -> str:
        folded = self._fold(chr(code))
        if len(self) < _MOST_KEPT:
            self[code] = folded
        return folded

    @staticmethod
    def _fold(char: str) -> str:
        if char in "\n\t" or " " <= char <= "~":
            return char
        if "\u3400" <= char <= "\u9fff":
            return _TRADITIONAL.get(char, char)
        category = unicodedata.category(char)
        if category in INVISIBLE:
            return _GONE
        if category in ("Zs", "Zl", "Zp"):
            return " "
        if category == "Pd" or char == "−":
            return "-"
        if category == "Nd":
            return str(int(char))
        plain = unicodedata.normalize("NFKC", char) if category != "No" else char
        return plain if len(plain) == 1 else char


_FOLDING = _Folding()


@dataclass(frozen=True, slots=True)
class View:
    """text: the plain form; origin[i]: where its character i stands in the text as written (None: in the same place).
    size: of the text as written."""

    text: str
    origin: Sequence[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        if self.origin is None:
            return (start, end)
        return (self.origin[start], self.origin[end - 1] + 1)


def view_of(text: str) -> View:
    if text.isascii() and "\x00" not in text:
        return View(text, None)
    plain = text.translate(_FOLDING)
    origin: Sequence[int] | None = None
    if _GONE in plain:
        origin = [index for index, char in enumerate(plain) if char != _GONE]
        plain = plain.replace(_GONE, "")
    if _READ_OUT.search(plain):
        plain = _READ_OUT.sub(lambda match: match.group().translate(_SPELT), plain)
    return View(plain, origin)
