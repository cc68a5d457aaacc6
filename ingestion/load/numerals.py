"""Numbers in the forms that word processors, slides and pages count their lists in: 三, 叁, iii, ③, 丙."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_UNITS = "十百千"
# Forms with signs of their own: digits from zero, then 十, 百 and 千; 10 to 19 are told with their 一 (壹拾).
_FORMAL = {
    "chineseLegalSimplified": ("零壹贰叁肆伍陆柒捌玖", "拾佰仟"),
    "ideographLegalTraditional": ("零壹貳參肆伍陸柒捌玖", "拾佰仟"),
    "japaneseLegal": ("零壱弐参四五六七八九", "拾百阡"),
}
# Forms that go through a row of signs.
_ROWS = {
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
}


def spelled(value: int, form: str) -> str:
    """form: as Word names it (ST_NumberFormat); figures for one that is not known here."""
    if form in _ROWS and 1 <= value <= len(_ROWS[form]):
        return _ROWS[form][value - 1]
    if form in _FORMAL:
        return _chinese(value, *_FORMAL[form])
    match form:
        case "chineseCounting" | "chineseCountingThousand" | "taiwaneseCounting" | "taiwaneseCountingThousand":
            return _counted(value)
        case "japaneseCounting":  # what Word in Chinese writes for 一、二、三
            return _counted(value)
        case "ideographDigital" | "taiwaneseDigital" | "japaneseDigitalTenThousand":
            return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(abs(value)))
        case "lowerLetter" | "upperLetter":
            letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
            return letter if form == "lowerLetter" else letter.upper()
        case "lowerRoman" | "upperRoman":
            roman = _roman(value)
            return roman.lower() if form == "lowerRoman" else roman
        case "decimalZero":
            return f"{value:02d}"
        case _:
            return str(value)


def _counted(value: int) -> str:
    """The way clauses are numbered: 十, 十二, 二十, 一百零三."""
    text = _chinese(value, _DIGITS, _UNITS)
    return text.removeprefix("一") if 10 <= value < 20 else text


def _chinese(value: int, digits: str, units: str) -> str:
    """1 to 9999 in words: 一十二, 一百零三."""
    if not 0 < value < 10000:
        return str(value)
    text, gap = "", False
    for unit, name in ((1000, units[2]), (100, units[1]), (10, units[0]), (1, "")):
        digit = value // unit % 10
        if digit:
            text += (digits[0] if gap and text else "") + digits[digit] + name
            gap = False
        else:
            gap = True
    return text


def _roman(value: int) -> str:
    text = ""
    for amount, sign in (
        *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X")),
        *((9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
    ):
        count, value = divmod(value, amount)
        text += sign * min(count, 20)
    return text
