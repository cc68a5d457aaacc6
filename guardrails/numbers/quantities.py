"""Reads every number of a text as quantities with a canonical unit and value, whatever way it is written.

Nothing that carries a digit is skipped: what no reading fits stays a bare number or a code, and must be supported too.
List numbering, citation marks and step labels are not numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from guardrails.numbers.bounds import bound_of
from guardrails.numbers.calendar import read_date, read_time
from guardrails.numbers.chinese import CHARACTERS, DIGITS, SCALES, read_numeral
from guardrails.numbers.marks import without_marks
from guardrails.numbers.units import CURRENCIES, CURRENCY_BEFORE, MONEY, Unit, unit_after

Key = tuple[object, ...]

_CN = "[" + CHARACTERS + "]"
# Where a number may begin: at a numeral, at letters before a digit ("R2"), at a word ("three", "Jan").
_WORDS_AND_MONTHS = (
    "one two three four five six seven eight nine ten eleven twelve twenty thirty sixty ninety hundred "
    "jan feb mar apr may jun jul aug sep oct nov dec"
)
_NUMERAL = r"\d" + CHARACTERS + "半"
_START = re.compile(
    f"[{_NUMERAL}A-Za-z](?:(?<=[{_NUMERAL}])|(?<![A-Za-z][A-Za-z])(?:[A-Za-z]*[-+]?(?=\\d)|(?i:"
    + "|".join(f"(?<={word[0]}){word[1:]}" for word in _WORDS_AND_MONTHS.split())
    + ")))"
)
_ARABIC = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?")
_CHINESE = re.compile(_CN + "{1,24}(?:点" + _CN + "{1,8})?")
_SCALE = re.compile(r" ?([百千]?[万亿]+|[百千](?=[元万亿美港欧英日,，、。;；)）的起每]|$)|[wW](?![A-Za-z])"
                    r"|[kK](?![A-Za-z])|(?:thousand|million|billion)(?![A-Za-z]))")  # fmt: skip
# "3万2", "16万6千": what follows is so many of the next scale. "2万8800", "1万零800": it is written out.
_REST = re.compile(r"(?:([1-9])千?|零?(\d{3,4})|零(\d{1,2}))(?!\d|[.,:]\d|[年月日期天个笔次号:%])")
_NEXT_SCALE = {"万": 1000, "千": 100}
_LATIN_SCALES = {"w": 10_000, "k": 1000, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_WORD_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90,
}  # fmt: skip
_WORD = re.compile("(" + "|".join(_WORD_NUMBERS) + r")(?![A-Za-z])", re.IGNORECASE)
_OF = re.compile(r"(百分之|千分之|十?万分之)(" + _CN + r"{1,12}(?:点" + _CN + r"{1,8})?|\d+(?:\.\d+)?)")
_SHARES = {"百分之": 1, "千分之": 10, "万分之": 100, "十万分之": 1000}
_TENTHS = re.compile(
    r"([一二两三四五六七八九\d])成(?:(半|[一二三四五六七八九])|(?=[,，。;；、)）以的左或首由计付起 ]|$))"
)
_LONGEST_FRACTION = 16
_PARTS = re.compile("(" + _CN + "{1,6}|\\d{1,6})分之(" + _CN + "{1,6}|\\d{1,6})")
_CODE = re.compile(r"[A-Za-z]{1,12}(?:-?[A-Za-z0-9]{1,16}){1,6}|\d{1,6}[xX×*]\d{1,6}(?!\d|\.\d|[%‰])|[A-Za-z]\d+")
# "LPR-30BP": so much less, no code.
_FORMULA = re.compile(r"\d{1,6}[xX×*]\d{1,6} ?[÷×*=+]")
_SPREAD = re.compile(r"[A-Za-z]{2,12}-\d+(?:\.\d+)?(?:bps?(?![A-Za-z])|%|个?基点|个?百分点)", re.IGNORECASE)
_AROUND_THE_CLOCK = re.compile(r"(?:7[xX×*]24|24[xX×*/]7(?!\d|\.\d|%))(?: ?小时| ?hours| ?h)?")
_T_PLUS = re.compile(r"([TtDd])\+(\d{1,3})(?:日|个工作日)?")
# "两块五": what follows has no unit of its own.
_TENTHS_OF_YUAN = re.compile(r"[一二三四五六七八九1-9](?=[,，。;；、)）!！?？ 一每的]|$)")
# "两年零四个月" is one term.
_AND_MONTHS = re.compile("零?(\\d{1,2}|[一二两三四五六七八九十]{1,2})个月")
_HALF = re.compile("半(?:个)?(年|月|小时|天|日)")
_BY = frozenset("以按每满")
_VAGUE = re.compile("[余多来几]")
# A long number may end a sentence ("call 400-000-0000."); of a short one the point may be an amount's.
_PHONE = re.compile(
    r"(?<![\d.])(?:(?:(?:400|800)[- ]?\d{3,4}[- ]?\d{3,4}|0\d{2,3}[- ]\d{7,8}|1[3-9]\d[- ]?\d{4}[- ]?\d{4})"
    r"(?!\.?\d|[%万元年天月个×÷*/=+])"
    r"|(?:95\d{3,6}|9\d{4}|12\d{3}|1[12]\d(?!,\d)(?=[报急求电。,，;；)\s]|$))(?![\d.%万元年天月个×÷*/=+]))"
)
SPAN = re.compile(r" ?(?:[(（]不?含(?:本数)?[)）])?(?:以上)?(?:[-~～—–]{1,2}|至|到|to) ?")
_JOIN = re.compile(r" ?(?:[-~～—–]{1,2}|至|到|to|and|or|和|或|、) ?")
_ARTICLE_BEFORE = re.compile(r"[每仅只限第多少满共计达]$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number. keys: its canonical readings (any of them may match). bound: "ge", "le" or "" (exact).

    start, end: characters of the text read (end exclusive). value: in the unit written, None for dates and codes.
    """

    text: str
    start: int
    end: int
    kind: str
    keys: tuple[Key, ...]
    bound: str = ""
    value: Decimal | None = None


def read_quantities(text: str) -> list[Quantity]:
    """Every quantity of a text in plain form (Normaliser.plain), left to right."""
    if not _START.search(text):
        return []
    text = without_marks(text)
    found: list[Quantity] = []
    at = 0
    while (start := _START.search(text, at)) is not None:
        quantity = _read_at(text, start.start())
        if quantity is None:
            at = _skip(text, start)
            continue
        found.append(quantity)
        at = quantity.end
    return _share_units(text, found)


def _skip(text: str, start: re.Match[str]) -> int:
    """Past what was no quantity: a whole numeral, so that 百 of 百货 is not read again."""
    numeral = _CHINESE.match(text, start.start())
    return max(start.end(), numeral.end() if numeral else 0)


def _read_at(text: str, at: int) -> Quantity | None:
    char = text[at]
    readers = _OF_NUMERALS if char in CHARACTERS else _OF_LETTERS if char.isascii() and char.isalpha() else _OF_DIGITS
    for read in readers:
        quantity = read(text, at)
        if quantity is not None:
            return quantity
    return None


def _quantity(text: str, at: int, end: int, kind: str, *keys: Key, value: Decimal | None = None) -> Quantity:
    bound = bound_of(text, at, end)
    return Quantity(text[at:end], at, end, kind, keys, bound, value)


def _t_plus(text: str, at: int) -> Quantity | None:
    match = _T_PLUS.match(text, at)
    if match is None:
        return None
    return _quantity(text, at, match.end(), "settlement", ("settlement", match.group(1).upper(), int(match.group(2))))


def _date(text: str, at: int) -> Quantity | None:
    read = read_date(text, at)
    if read is None:
        return None
    year, month, day, end = read
    return _quantity(text, at, end, "date", ("date", year, month, day))


def _time(text: str, at: int) -> Quantity | None:
    read = read_time(text, at)
    if read is None:
        return None
    minutes, end, sure = read
    keys: list[Key] = [("time", minutes)]
    if not sure and minutes % 60 == 0:
        keys.append(("点", Decimal(minutes // 60)))
    return _quantity(text, at, end, "time", *keys)


def _phone(text: str, at: int) -> Quantity | None:
    if text[at] not in "01489":
        return None
    match = _PHONE.match(text, at)
    if match is None or CURRENCY_BEFORE.search(text, max(0, at - 5), at) is not None:
        return None  # "HKD 125"
    digits = re.sub(r"\D", "", match.group())
    return _quantity(text, at, match.end(), "phone", ("digits", digits), value=Decimal(digits))


def _code(text: str, at: int) -> Quantity | None:
    if (clock := _AROUND_THE_CLOCK.match(text, at)) is not None:
        # Around the clock: the same as a 24小时 service.
        return _quantity(text, at, clock.end(), "minutes", ("minutes", Decimal(1440)))
    match = None if _SPREAD.match(text, at) or _is_in_formula(text, at) else _CODE.match(text, at)
    if match is None or not any(c.isdigit() for c in match.group()):
        return None
    token = match.group()
    letters = re.match(r"[A-Za-z]*", token)
    prefix = letters.group() if letters else ""
    if prefix.lower() in CURRENCIES and token[len(prefix) :].isdigit():
        return _number(text, at + len(prefix))
    return _quantity(text, at, match.end(), "code", ("code", re.sub(r"[xX×*]", "X", token).upper()))


def _is_in_formula(text: str, at: int) -> bool:
    """ "÷360×30", "20×50=1000": factors, no code."""
    return text[at].isdigit() and (
        text[at - 1 : at] in {"÷", "×", "*", "=", "+"} or _FORMULA.match(text, at) is not None
    )


def _fraction(text: str, at: int) -> Quantity | None:
    near = text[at : at + _LONGEST_FRACTION]
    if "分之" not in near and "成" not in near:
        return None
    match = _OF.match(text, at)
    if match is not None:
        value = _value_of(match.group(2))
        if value is None:
            return None
        percent = value / _SHARES[match.group(1)]
        return _quantity(text, at, match.end(), "percent", ("percent", percent.normalize()), value=value)
    match = _TENTHS.match(text, at)
    if match is not None:
        tenths = Decimal(str(DIGITS[match.group(1)] if match.group(1) in DIGITS else match.group(1)))
        part = match.group(2)
        percent = tenths * 10 + (5 if part == "半" else DIGITS.get(part or "", 0))
        return _quantity(text, at, match.end(), "percent", ("percent", percent.normalize()), value=tenths)
    match = _PARTS.match(text, at)
    if match is None:
        return None
    whole, part = _value_of(match.group(1)), _value_of(match.group(2))
    if not whole or part is None:
        return None
    return _quantity(text, at, match.end(), "ratio", ("ratio", str(part), str(whole)))


def _half(text: str, at: int) -> Quantity | None:
    match = _HALF.match(text, at)
    if match is None:
        return None
    kind, value = {"年": ("months", "6"), "月": ("half-month", "1"), "小时": ("minutes", "30")}.get(
        match.group(1), ("half-day", "1")
    )
    return _quantity(text, at, match.end(), kind, (kind, Decimal(value)))


def _value_of(text: str) -> Decimal | None:
    if text == "百":
        return Decimal(100)
    return Decimal(text.replace(",", "")) if text[0].isdigit() and text[0].isascii() else read_numeral(text)


def _number(text: str, at: int) -> Quantity | None:
    arabic = _ARABIC.match(text, at)
    if arabic is not None:
        return _with_unit(text, at, arabic.end(), Decimal(arabic.group().replace(",", "")), written="arabic")
    word = _WORD.match(text, at)
    if word is not None:
        return _with_unit(text, at, word.end(), Decimal(_WORD_NUMBERS[word.group().lower()]), written="word")
    chinese = _CHINESE.match(text, at)
    if chinese is None:
        return None
    token = chinese.group()
    end = chinese.end()
    if "点" in token and unit_after(text, end) is None:
        token, end = token[: token.index("点")], at + token.index("点")
    # "按百元的整数倍".
    value = SCALES[token] if token in SCALES and text[at - 1 : at] in _BY else read_numeral(token)
    if value is None or _is_approximate(token):
        unit = unit_after(text, end)
        if unit is None or not any(c in "一二两三四五六七八九" for c in token):
            return None
        # 两三天: no value, but a claim all the same; it must stand in the evidence as it is written.
        return _quantity(text, at, unit[2], "words", ("words", text[at : unit[2]].replace(" ", "")))
    return _with_unit(text, at, end, value, written="chinese")


# What can begin at a Chinese numeral, at a letter, at a digit or 半; in the order in which it is tried.
_OF_NUMERALS = (_date, _time, _fraction, _number)
_OF_LETTERS = (_t_plus, _date, _code, _number)
_OF_DIGITS = (_date, _time, _phone, _code, _fraction, _half, _number)


def _is_approximate(token: str) -> bool:
    order = "一二三四五六七八九"
    pair = token.replace("两", "二")
    return len(pair) == 2 and pair[0] in order and pair[1] in order and order.index(pair[1]) - order.index(pair[0]) == 1


def _with_unit(text: str, at: int, end: int, value: Decimal, *, written: str) -> Quantity | None:
    if written != "chinese" or end - at > 0:
        scale = _SCALE.match(text, end)
        if scale is not None and (written == "arabic" or scale.group(1)[0] not in "百千万亿"):
            value *= _scale_of(scale.group(1))
            end = scale.end()
            if (rest := _REST.match(text, end)) is not None and scale.group(1) in _NEXT_SCALE:
                more = Decimal(rest[1] or 0) * _NEXT_SCALE[scale[1]] + Decimal(rest[2] or rest[3] or 0)
                value, end = (value + more, rest.end()) if more < _NEXT_SCALE[scale[1]] * 10 else (value, end)
    currency = CURRENCY_BEFORE.search(text, max(0, at - 5), at)
    # 3000余元, 10多天: about as much; the number itself still has to be right.
    vague = _VAGUE.match(text, end)
    unit = unit_after(text, vague.end() if vague else end)
    if unit is None:
        if currency is not None:
            kind = CURRENCIES[currency.group(1).lower()]
            return _quantity(text, at, end, "money", (kind, value.normalize()), value=value)
        if written == "word" or (written == "chinese" and end - at < 2):
            return None
        return _quantity(text, at, end, "plain", ("plain", value.normalize()), value=value)
    return _measured(text, at, value, unit, currency, written)


def _measured(
    text: str, at: int, value: Decimal, unit: tuple[Unit, str, int], currency: re.Match[str] | None, written: str
) -> Quantity | None:
    measure, word, end = unit
    if written != "arabic" and measure.loose and value == 1 and not _ARTICLE_BEFORE.search(text, max(0, at - 1), at):
        return None
    if written == "chinese" and measure.kind in {"分", "点", "字", "号"} and not word.endswith("积分"):
        return None
    kind = measure.kind
    keys: list[Key]
    if currency is not None and kind == "CNY":
        kind = CURRENCIES[currency.group(1).lower()]
    if at and text[at - 1] == "第":
        keys = [("ordinal", word, value.normalize())]
        if word in {"条", "款", "章", "节", "项"}:
            # A clause may stand in the evidence by its bare number: "3.3 保险金给付".
            keys.append(("plain", value.normalize()))
        return _quantity(text, at, end, "ordinal", *keys, value=value)
    if kind == "CNY" and (tenths := _TENTHS_OF_YUAN.match(text, end)) is not None and word in {"块", "元"}:
        value += (_value_of(tenths.group()) or Decimal(0)) / 10
        end = tenths.end()
    elif kind == "CNY" and word in {"毛", "角"} and (hundredths := _TENTHS_OF_YUAN.match(text, end)) is not None:
        value += (_value_of(hundredths.group()) or Decimal(0)) / 10
        end = hundredths.end()
    if kind == "折" and value > 10:
        value /= 10  # 八五折
    canonical = (value * measure.factor).normalize()
    if kind in {"months", "minutes", "days"} and text.startswith("半", end) and "个" not in word:
        canonical += (measure.factor / 2).normalize()
        end += 1
    if kind == "months" and measure.factor > 1 and (rest := _AND_MONTHS.match(text, end)) is not None:
        more = _value_of(rest.group(1))
        if more is not None and more < measure.factor:
            canonical += more
            end = rest.end()
    keys = [(kind, canonical)]
    if kind == "minutes" and canonical % 1440 == 0:
        keys.append(("days", (canonical / 1440).normalize()))
    if kind == "seconds" and canonical % 60 == 0:
        keys.append(("minutes", (canonical / 60).normalize()))
    if kind == "days" and word == "日" and value == value.to_integral_value() and 1 <= value <= 31:
        keys.append(("date", None, None, int(value)))
    if kind == "号" and value == value.to_integral_value() and 1 <= value <= 31:
        keys.append(("date", None, None, int(value)))
    return _quantity(text, at, end, "money" if kind in MONEY else kind, *keys, value=value)


def _scale_of(word: str) -> Decimal:
    latin = _LATIN_SCALES.get(word.lower())
    if latin is not None:
        return Decimal(latin)
    scale = Decimal(1)
    for char in word:
        scale *= SCALES[char]
    return scale


def _share_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """In "1至5万元", "1.5-2%" and "3、6、12个月" a number takes the unit, and the scale, of the one after it."""
    shared_by: dict[int, str] = {}
    for index in range(len(found) - 2, -1, -1):
        first, second = found[index], found[index + 1]
        if (day := _day_before(text, first, second)) is not None:
            found[index] = day
            continue
        if _is_change(text, first, second):
            continue
        if first.kind not in {"date", "time"} and SPAN.fullmatch(text, first.end, second.start) is not None:
            first = found[index] = replace(first, bound=first.bound or "ge")
            found[index + 1] = second = replace(second, bound=second.bound or "le")
        if first.value is None or second.value is None or second.kind in {"plain", "phone", "code"}:
            continue
        if first.kind != "plain" or _JOIN.fullmatch(text, first.end, second.start) is None:
            continue
        written = re.compile(r"[\d.,]+").match(second.text)
        tail = shared_by.get(index + 1) or (second.text[written.end() :] if written else second.text[-1:])
        bare_scale = _SCALE.match(tail)
        first_scaled = bool(re.search("[万亿千百wWkK]", first.text))
        if first_scaled and bare_scale is not None:
            tail = tail[bare_scale.end() :]
        shared = _number(first.text + tail, 0)
        if shared is not None:
            shared_by[index] = tail
            found[index] = replace(first, kind=shared.kind, keys=shared.keys, value=shared.value)
    return found


def _day_before(text: str, first: Quantity, second: Quantity) -> Quantity | None:
    """The 1 of "1 to 3 October" as a day of that month."""
    if first.kind != "plain" or second.kind != "date" or SPAN.fullmatch(text, first.end, second.start) is None:
        return None
    day = first.value
    month = next((key for key in second.keys if key[0] == "date" and key[2] and key[3]), None)
    if month is None or day is None or day != day.to_integral_value() or not 1 <= day <= 31:
        return None
    return replace(first, kind="date", keys=(("date", month[1], month[2], int(day)),), value=None)


_FROM = re.compile("[从由]$|from $", re.IGNORECASE)


def _is_change(text: str, first: Quantity, second: Quantity) -> bool:
    """ "从0.25%到0.15%" is no span: what was so much is now less."""
    return (
        first.value is not None
        and second.value is not None
        and first.value > second.value
        and first.kind == second.kind
        and _FROM.search(text, max(0, first.start - 5), first.start) is not None
    )
