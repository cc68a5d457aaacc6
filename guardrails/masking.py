"""Masks personal data before anything is stored, logged or sent to a model: identity numbers, bank cards, mobile and
landline numbers, home and e-mail addresses, passports and codes. Amounts, dates and product codes stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"

LANDLINE = "[固定电话]"

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SEPARATED = r"[ \u00a0\u3000\-‐‑–]?"
_LONG_DIGITS = re.compile(r"(?<![\dA-Za-z.])\d(?:" + _SEPARATED + r"\d){12,18}[Xx]?(?![\dA-Za-z])")
_ABROAD = re.compile(r"\+86[ \-]?1[3-9]\d(?:[ \-]?\d{4}){2}(?!\d)")
_MOBILE = re.compile(r"(?<![\dA-Za-z])(?:\+?86[ \-]?)?1[3-9]\d(?:[ \-]?\d{4}){2}(?![\dA-Za-z])")
_LANDLINE = re.compile(r"(?<![\dA-Za-z])\(?0\d{2,3}\)?[ \-]\d{7,8}(?![\dA-Za-z])")
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")
_PASSPORT = re.compile(r"(护照(?:号码?|号)?[是为:： ]{0,3})([A-Za-z]{1,2}\d{7,8})(?![\dA-Za-z])")
_SECRET = re.compile(
    r"((?:验证码|校验码|动态码|密码|口令|CVV2?|cvv2?|安全码|passcode|password|PIN)(?:[是为:：= ]|是|为){1,3})"
    r"([A-Za-z0-9!@#$%^&*_\-]{3,20})"
)
# A street and a number in it, or a building and a room: where somebody lives. A district alone is nobody's address.
_ADDRESS = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}(?:省|市|区|县|镇|乡|街道)){0,4}[\u4e00-\u9fff]{1,10}(?:路|街|道|巷|弄|胡同|村|小区|花园|苑|大厦)"
    r"\d{1,5}(?:号院|号楼|号|弄|幢|栋|座|楼)(?:院)?(?:\d{1,4}(?:号楼|栋|幢|座|单元|号))?(?:\d{1,2}单元)?\d{1,5}(?:室|房|户|号)"
)
# Every address has such a place; it is looked for first, since an address may begin at any Chinese character.
_HOUSE = re.compile(r"(?:路|街|道|巷|弄|胡同|村|小区|花园|苑|大厦)\d")
_ACCOUNT = re.compile(r"((?:账号|账户|卡号|户号|帐号)[是为:： ]{0,3})(\d{8,25})(?![\dA-Za-z])")
_DIGIT = re.compile(r"\d")
_AT = frozenset("@＠")
# Fewer digits in all are no number of a person: a passport has seven.
_FEWEST = 7


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data. start, end: characters of the text (end exclusive)."""

    kind: str
    start: int
    end: int
    replacement: str


def _digits(text: str) -> str:
    return "".join(str(int(c)) if c.isdigit() else c.upper() for c in text if c.isdigit() or c in "Xx")


def mask_number(number: str) -> str:
    """A telephone number, however it is written, as its owner would still know it: 138****8000."""
    digits = _digits(number)
    return digits[:3] + "****" + digits[-4:]


def is_identity_number(digits: str) -> bool:
    """GB 11643: 18 characters, a birth date, ISO 7064 check; the old 15-digit form by its date alone."""
    if len(digits) == 18 and digits[:17].isdigit():
        total = sum(int(d) * w for d, w in zip(digits[:17], _ID_WEIGHTS, strict=True))
        return _is_date(digits[6:14]) and _ID_CHECK[total % 11] == digits[17].upper()
    return len(digits) == 15 and digits.isdigit() and digits[0] in "12345678" and _is_date("19" + digits[6:12])


def _is_date(digits: str) -> bool:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    return 1900 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31


def is_bank_card(digits: str) -> bool:
    """13–19 digits with a Luhn check (ISO/IEC 7812)."""
    if not 13 <= len(digits) <= 19 or not digits.isdigit() or len(set(digits)) == 1:
        return False
    total = 0
    for position, char in enumerate(reversed(digits)):
        value = int(char) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def find_personal_data(text: str, allowed: Collection[str] = ()) -> list[Found]:
    """Personal data in the text, left to right, not overlapping. allowed: digits that are public (a hotline)."""
    digits = len(_DIGIT.findall(text))
    if not digits and _AT.isdisjoint(text):
        return []
    # Full-width digits and letters are the same to a customer; the length stays.
    text = text.translate(_WIDTH)
    found: list[Found] = []
    taken = bytearray(len(text))
    for one in _candidates(text, digits, allowed):
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
            found.append(one)
    found.sort(key=lambda f: f.start)
    return found


def _candidates(text: str, digits: int, allowed: Collection[str]) -> Iterator[Found]:
    """What each pattern finds, the surest pattern first. digits: how many the text has; most texts have too few."""
    if digits:
        for match in _SECRET.finditer(text):
            if any(c.isdigit() for c in match.group(2)):
                yield Found("secret", match.start(2), match.end(2), "******")
    if digits >= _FEWEST:
        yield from _numbers(text, allowed)
    if digits and _HOUSE.search(text):
        for match in _ADDRESS.finditer(text):
            yield Found("address", match.start(), match.end(), "[地址]")
    if "@" in text:
        for match in _EMAIL.finditer(text):
            masked = match.group()[0] + "***@" + match.group().rsplit("@", 1)[1]
            yield Found("email", match.start(), match.end(), masked)


def _numbers(text: str, allowed: Collection[str]) -> Iterator[Found]:
    for match in _PASSPORT.finditer(text):
        yield Found("passport", match.start(2), match.end(2), "[护照号]")
    for match in _ABROAD.finditer(text):
        yield Found("phone", match.start(), match.end(), mask_number(_digits(match.group())[-11:]))
    for match in _LONG_DIGITS.finditer(text):
        digits = _digits(match.group())
        if is_identity_number(digits):
            yield Found("identity", match.start(), match.end(), digits[:3] + "*************" + digits[-2:])
        elif is_bank_card(digits):
            yield Found("card", match.start(), match.end(), "**** " + digits[-4:])
        elif len(digits) == 18:
            # Nobody types 18 digits by chance: a mistyped identity number is still one.
            yield Found("identity", match.start(), match.end(), "[证件号]")
    for match in _ACCOUNT.finditer(text):
        yield Found("account", match.start(2), match.end(2), "**** " + _digits(match.group(2))[-4:])
    for match in _MOBILE.finditer(text):
        digits = _digits(match.group())[-11:]
        if digits not in allowed:
            yield Found("phone", match.start(), match.end(), mask_number(digits))
    for match in _LANDLINE.finditer(text):
        if _digits(match.group()) not in allowed:
            yield Found("phone", match.start(), match.end(), LANDLINE)


def mask(text: str, allowed: Collection[str] = (), *, keep: Callable[[Found], bool] | None = None) -> str:
    """The text with personal data masked. Stable: masking twice changes nothing. keep: exceptions, if any."""
    pieces: list[str] = []
    at = 0
    for found in find_personal_data(text, allowed):
        if keep is not None and keep(found):
            continue
        pieces += [text[at : found.start], found.replacement]
        at = found.end
    return "".join([*pieces, text[at:]]) if pieces else text
