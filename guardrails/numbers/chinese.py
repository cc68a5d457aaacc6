"""Chinese numerals as exact values: 一点五, 一万二, 三千零五十, 二〇二六, 十二亿."""

from __future__ import annotations

from decimal import Decimal

DIGITS = {
    c: v
    for v, cs in enumerate(("零〇", "一壹幺", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for c in cs
}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
SCALES = {**{c: Decimal(v) for c, v in _SMALL.items()}, **{c: Decimal(v) for c, v in _LARGE.items()}}
CHARACTERS = "".join(DIGITS) + "".join(_SMALL) + "".join(_LARGE)


def read_numeral(text: str) -> Decimal | None:
    """The value of a numeral, or None when the characters are not one ("十百"). A decimal point is 点."""
    whole, point, fraction = text.partition("点")
    value = _read_whole(whole)
    if value is None or (point and (not fraction or any(c not in DIGITS for c in fraction))):
        return None
    if point:
        value += Decimal("0." + "".join(str(DIGITS[c]) for c in fraction))
    return value


def _read_whole(text: str) -> Decimal | None:
    if not text:
        return None
    if len(text) > 1 and all(c in DIGITS for c in text):
        # Read out digit by digit: 二〇二六, 九五五八八.
        return Decimal("".join(str(DIGITS[c]) for c in text))
    total = section = 0
    digit: int | None = None
    last = 0  # the unit before, for 一万二 = 12,000
    for char in text:
        if char in DIGITS:
            if digit is not None and digit != 0:
                return None
            digit = DIGITS[char]
            if digit == 0:
                last = 0
        elif char in _SMALL:
            unit = _SMALL[char]
            if digit is None and unit != 10 and section == 0:
                return None
            section += (1 if digit is None else digit) * unit
            digit, last = None, unit
        elif char in _LARGE:
            unit = _LARGE[char]
            section += digit or 0
            if section == 0 and total == 0:
                return None
            if unit > 10_000 and total:
                total = (total + section) * unit
            else:
                total += section * unit
            section, digit, last = 0, None, unit
        else:
            return None
    if digit is not None:
        section += digit * (last // 10) if last >= 100 and digit else digit
    return Decimal(total + section)
