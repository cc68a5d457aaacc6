"""Values as a spreadsheet displays them: number format codes (ECMA-376 part 1, 18.8.31) applied to raw cell values.

Written for the codes that occur in Chinese business tables; the only maintained library for this is JavaScript.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

from openpyxl.utils.datetime import WINDOWS_EPOCH, from_excel

from ingestion.load.xlsx_codes import Section, Token, sections_of

# What Excel in China shows for the format ids whose meaning follows the language of the system.
CHINESE_BUILTIN = {
    14: "yyyy/m/d",
    22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    34: '上午/下午h"时"mm"分"',
    35: '上午/下午h"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"',
    **dict.fromkeys((50, 52, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((51, 53, 54, 58), 'm"月"d"日"'),
    55: '上午/下午h"时"mm"分"',
    56: '上午/下午h"时"mm"分"ss"秒"',
}
_BELOW = re.compile(r"[0-9#?]+")  # of a fraction: places, or the number itself
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_WEEKDAYS = "一二三四五六日"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_PLAIN_DIGITS = "〇一二三四五六七八九"
_SPOKEN = {"1": ("零一二三四五六七八九", "十百千"), "2": ("零壹贰叁肆伍陆柒捌玖", "拾佰仟")}


def shown(value: object, code: str, epoch: datetime = WINDOWS_EPOCH) -> str:
    """value: number, bool or text as stored. Empty when the format shows nothing (";;;")."""
    if isinstance(value, bool):
        return "是" if value else "否"
    sections = sections_of(code or "General")
    if isinstance(value, int | float):
        try:
            return _number(Decimal(repr(value)), sections, epoch)
        except (InvalidOperation, OverflowError, ValueError):
            return str(value)
    text = str(value)
    section = sections[3] if len(sections) > 3 else next((one for one in sections if one.has("@")), None)
    if section is None:
        return text
    return _as_text(text, section)


def colour_of(value: object, code: str) -> str:
    """The colour (RRGGBB) that the format's section for this value gives it, "" where it names none."""
    sections = sections_of(code or "General")
    if isinstance(value, int | float) and not isinstance(value, bool):
        section, _ = _chosen(Decimal(repr(value)), sections)
    else:
        section = sections[3] if len(sections) > 3 else next((one for one in sections if one.has("@")), None)
    return section.colour if section is not None else ""


def unescaped(text: str) -> str:
    """Characters that a workbook writes as _xHHHH_; those of two halves are put together."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _as_text(text: str, section: Section) -> str:
    return "".join(text if t.kind == "@" else t.text for t in section.tokens if t.kind in ("@", "literal"))


def _number(value: Decimal, sections: tuple[Section, ...], epoch: datetime) -> str:
    section, signed = _chosen(value, sections)
    if section is None:
        return ""
    if section.has("@"):  # a number in a cell formatted as text is shown as it is
        return _as_text(_general(value), section)
    if section.has("date", "elapsed", "half"):
        return _moment(value, section, epoch)
    if section.has("general") or (not section.tokens and len(sections) == 1):
        body = _spoken(value, section.spoken) if section.spoken else _general(value if signed else abs(value))
        return "".join(body if t.kind == "general" else t.text for t in section.tokens) or body
    if not section.has("digits"):
        return "".join(t.text for t in section.tokens)
    minus = "-" if signed and value < 0 else ""
    magnitude = abs(value)
    if section.has("exponent"):
        return minus + _scientific(magnitude, section)
    if section.has("/") and not section.has("."):
        return minus + _fraction(magnitude, section)
    if section.spoken:
        return minus + _between_literals(_spoken(magnitude, section.spoken), section)
    text = _decimal(magnitude, section)
    return (minus if re.search(r"[1-9]", text) else "") + text


def _chosen(value: Decimal, sections: tuple[Section, ...]) -> tuple[Section | None, bool]:
    """The section for this value, and whether a minus still has to be written."""
    numeric = [section for section in sections[:3] if not section.has("@")] or list(sections[:1])
    if any(section.condition for section in numeric):
        for section in numeric:
            if section.condition is None or _holds(value, *section.condition):
                return section, True
        return None, True
    if len(numeric) == 1:
        return numeric[0], True
    if value > 0 or (value == 0 and len(numeric) < 3):
        return numeric[0], True
    if value < 0:
        return numeric[1], False
    return numeric[2], True


def _holds(value: Decimal, operator: str, bound: Decimal) -> bool:
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
        "=": value == bound,
        "<>": value != bound,
    }[operator]


def _general(value: Decimal) -> str:
    """Up to eleven places, as a cell of the usual width shows them."""
    if value and (abs(value) >= Decimal(10) ** 11 or abs(value) < Decimal(10) ** -9):
        digits, _, exponent = f"{value:.5E}".partition("E")
        return f"{digits.rstrip('0').rstrip('.')}E{int(exponent):+03d}"
    whole = len(str(int(abs(value))))
    rounded = value.quantize(Decimal(1).scaleb(-max(0, 10 - whole)), ROUND_HALF_UP)
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimal(value: Decimal, section: Section) -> str:
    tokens = list(section.tokens)
    point = next((at for at, token in enumerate(tokens) if token.kind == "."), None)
    ahead = tokens if point is None else tokens[:point]
    behind = [] if point is None else tokens[point + 1 :]
    value *= Decimal(100) ** sum(token.kind == "%" for token in tokens)
    whole_at = [at for at, token in enumerate(ahead) if token.kind == "digits"]
    commas = [at for at, token in enumerate(ahead) if token.kind == ","]
    last = max([*whole_at, -1])
    grouped = any(whole_at and whole_at[0] < at < last for at in commas)
    scale = sum(at > last for at in commas) if whole_at else 0
    scale += _trailing_commas(behind)  # "#,##0.00,": thousands of a value with a fraction
    value /= Decimal(1000) ** scale
    places = "".join(token.text for token in behind if token.kind == "digits")
    rounded = value.quantize(Decimal(1).scaleb(-len(places)), ROUND_HALF_UP)
    whole, _, rest = f"{rounded:f}".partition(".")
    least = sum(token.text.count("0") for token in ahead if token.kind == "digits")
    whole = whole.lstrip("0").rjust(least, "0")
    while rest and places[len(rest) - 1] in "#?" and rest.endswith("0"):
        rest = rest[:-1]
    return _placed(ahead, whole, grouped) + ("." + rest if rest else "") + _after(behind)


def _between_literals(text: str, section: Section) -> str:
    """The number as one word where the digits of its format stand: [DBNum2]0"元" is 壹佰元."""
    digits = [at for at, token in enumerate(section.tokens) if token.kind == "digits"]
    before = "".join(token.text for token in section.tokens[: digits[0]] if token.kind == "literal")
    return before + text + _after(list(section.tokens[digits[-1] + 1 :]))


def _trailing_commas(tokens: list[Token]) -> int:
    last = max((at for at, token in enumerate(tokens) if token.kind == "digits"), default=-1)
    return sum(token.kind == "," and at > last for at, token in enumerate(tokens))


def _placed(tokens: list[Token], whole: str, grouped: bool) -> str:
    """The whole part among the literals of its format ("000-0000"); all surplus digits stand at the first place."""
    slots = [len(token.text) if token.kind == "digits" else 0 for token in tokens]
    runs = [at for at, slot in enumerate(slots) if slot]
    literal_inside = any(t.kind == "literal" for t in tokens[runs[0] : runs[-1]]) if runs else False
    out: list[str] = []
    left = whole if literal_inside else (f"{int(whole):,}".rjust(len(whole), "0") if grouped and whole else whole)
    for at in range(len(tokens) - 1, -1, -1):
        token = tokens[at]
        if token.kind == "digits":
            first = at == runs[0]
            take = len(left) if first or not literal_inside else min(slots[at], len(left))
            cut = len(left) - take
            out.append(left[cut:])
            left = left[:cut]
        elif token.kind in ("literal", "%"):
            out.append(token.text)
    return "".join(reversed(out))


def _after(tokens: list[Token]) -> str:
    return "".join(token.text for token in tokens if token.kind in ("literal", "%"))


def _scientific(value: Decimal, section: Section) -> str:
    at = next(at for at, token in enumerate(section.tokens) if token.kind == "exponent")
    mantissa, power = section.tokens[:at], section.tokens[at + 1 :]
    point = next((n for n, token in enumerate(mantissa) if token.kind == "."), len(mantissa))
    places = sum(len(token.text) for token in mantissa[point:] if token.kind == "digits")
    step = sum(len(token.text) for token in mantissa[:point] if token.kind == "digits") or 1  # "##0.0E+0" goes by 3
    number = value.adjusted() // step * step if value else 0
    digits = _scaled(value, number, places)
    if digits >= Decimal(10) ** step:  # 999.96 is rounded up to the next step
        number += step
        digits = _scaled(value, number, places)
    width = sum(len(token.text) for token in power if token.kind == "digits")
    sign = "-" if number < 0 else ("+" if section.tokens[at].text.endswith("+") else "")
    before = "".join(token.text for token in mantissa if token.kind == "literal")
    return f"{before}{digits:f}E{sign}{abs(number):0{width}d}{_after(list(power))}"


def _scaled(value: Decimal, power: int, places: int) -> Decimal:
    return value.scaleb(-power).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _fraction(value: Decimal, section: Section) -> str:
    slash = next(at for at, token in enumerate(section.tokens) if token.kind == "/")
    ahead, behind = section.tokens[:slash], section.tokens[slash + 1 :]
    end = next((at for at, token in enumerate(behind) if not _BELOW.fullmatch(token.text)), len(behind))
    below = "".join(token.text for token in behind[:end])
    runs = [at for at, token in enumerate(ahead) if token.kind == "digits"]
    whole = int(value) if len(runs) > 1 else 0
    rest = Fraction(value) - whole
    if below.isdigit() and set(below) != {"0"}:
        bottom = int(below)
        top = int(rest * bottom + Fraction(1, 2))
    else:
        near = rest.limit_denominator(10 ** max(1, len(below)) - 1)
        top, bottom = near.numerator, near.denominator
    if len(runs) > 1 and top == bottom:  # rounded up to a whole
        whole, top = whole + 1, 0
    parts = [str(whole)] if whole or not top else []
    before, unit = (_after(list(part)) for part in (ahead[: runs[0]], ahead[runs[-1] + 1 :]))
    return before + " ".join([*parts, *([f"{top}{unit}/{bottom}"] if top else [])]) + _after(list(behind[end:]))


def _spoken(value: Decimal, form: str) -> str:
    """Whole numbers in Chinese numerals, small (1) or the large ones of cheques (2)."""
    if value != int(value) or abs(value) >= 10**12:
        return _general(value)
    digits, units = _SPOKEN[form]
    number, text = abs(int(value)), ""
    for group in ("", "万", "亿"):
        part, number = number % 10000, number // 10000
        if part:
            spoken = "".join(
                digits[int(sign)] + (units[place - 1] if place else "") if sign != "0" else digits[0]
                for place, sign in zip(range(3, -1, -1), f"{part:04d}", strict=True)
            )
            spoken = re.sub(f"{digits[0]}+", digits[0], spoken).rstrip(digits[0])
            text = spoken + group + text
        elif text and not text.startswith(digits[0]):
            text = digits[0] + text
    text = re.sub(f"{digits[0]}+", digits[0], text).lstrip(digits[0]) or digits[0]
    text = re.sub(r"^一十", "十", text)
    return ("-" if value < 0 else "") + text


def _moment(value: Decimal, section: Section, epoch: datetime) -> str:
    if value < 0:
        return ""
    seconds = int((value * 86400).quantize(Decimal(1), ROUND_HALF_UP))
    elapsed = section.has("elapsed")
    moment = from_excel(float(Decimal(seconds) / 86400), epoch) if not elapsed and value >= 1 else None
    clock = seconds % 86400
    hour, minute, second = clock // 3600, clock // 60 % 60, clock % 60
    date = moment if isinstance(moment, datetime) else datetime(1900, 1, 1)
    twelve = section.has("half")
    out: list[str] = []
    tokens = section.tokens
    for at, token in enumerate(tokens):
        match token.kind:
            case "elapsed":
                total = {"h": seconds // 3600, "m": seconds // 60, "s": seconds}[token.text[0]]
                out.append(f"{total:0{len(token.text)}d}")
            case "half":
                first, second_half = token.text.split("/")
                out.append(first if hour < 12 else second_half)
            case "date":
                if token.text[0] == "m" and _is_minute(tokens, at):
                    out.append(f"{minute:0{len(token.text)}d}")
                elif token.text[0] == "h":
                    out.append(f"{(hour % 12 or 12) if twelve else hour:0{len(token.text)}d}")
                elif token.text[0] == "s":
                    whole, _, rest = token.text.partition(".")
                    out.append(f"{second:0{len(whole)}d}" + (f".{'0' * len(rest)}" if rest else ""))
                else:
                    out.append(_day(date, token.text, section.spoken))
            case "digits":
                continue
            case _:
                out.append(token.text)
    return "".join(out).strip()


def _is_minute(tokens: tuple[Token, ...], at: int) -> bool:
    """m after an hour or before a second is a minute, else a month."""
    times = [(n, t) for n, t in enumerate(tokens) if t.kind in ("date", "elapsed")]
    place = next(n for n, (where, _) in enumerate(times) if where == at)
    before = times[place - 1][1].text[0] if place else ""
    after = times[place + 1][1].text[0] if place + 1 < len(times) else ""
    return before == "h" or after == "s"


def _day(date: datetime, code: str, spoken: str) -> str:
    sign, size = code[0], len(code)
    if sign in "ye":
        text = str(date.year) if size > 2 or sign == "e" else f"{date.year % 100:02d}"
        return "".join(_PLAIN_DIGITS[int(digit)] for digit in text) if spoken else text
    if sign == "m":
        if size > 2 and spoken != "1":
            return _MONTHS[date.month - 1] if size == 3 else date.strftime("%B")[: 1 if size == 5 else None]
        return _spoken(Decimal(date.month), spoken) if spoken else f"{date.month:0{size}d}"
    if sign == "d":
        if size > 2:
            return date.strftime("%a" if size == 3 else "%A")
        return _spoken(Decimal(date.day), spoken) if spoken else f"{date.day:0{size}d}"
    if sign == "a":
        return ("周" if size == 3 else "星期") + _WEEKDAYS[date.weekday()]
    return ""
