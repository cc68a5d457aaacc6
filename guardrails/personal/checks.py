"""What a number must fulfil to be what it looks like: check digits, regions and dates."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
# GB/T 2260: the first two digits of a region; 81–83 are residents from Hong Kong, Macau and Taiwan.
REGION = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_REGION = re.compile(REGION)
_SERIAL = re.compile(r"20[0-3]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_NEITHER = re.compile(r"[^\dXx]+")
_LATEST = "2050"


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data. start, end: characters of the text (end exclusive)."""

    kind: str
    start: int
    end: int
    replacement: str


def is_identity_number(digits: str) -> bool:
    """GB 11643: 18 characters, a birth date, ISO 7064 check; the old 15-digit form by its date alone."""
    if len(digits) == 18 and digits[:17].isdigit():
        total = sum(int(d) * w for d, w in zip(digits[:17], _ID_WEIGHTS, strict=True))
        return is_date(digits[6:14]) and _ID_CHECK[total % 11] == digits[17].upper()
    return len(digits) == 15 and digits.isdigit() and digits[0] in "12345678" and is_date("19" + digits[6:12])


def is_like_identity_number(digits: str) -> bool:
    """18 characters that hold a region and a birth date: somebody's number, perhaps mistyped. An organisation's code
    (GB 32100) or an order's number of that length has none."""
    return _REGION.match(digits) is not None and digits[6:14] < _LATEST and is_date(digits[6:14])


def is_date(digits: str) -> bool:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    return 1900 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31


def is_dated(digits: str) -> bool:
    """Begins with a day of this century, as numbers of orders and entries do."""
    return _SERIAL.match(digits) is not None


def is_bank_card(digits: str) -> bool:
    """13–19 digits with a Luhn check (ISO/IEC 7812)."""
    if not 13 <= len(digits) <= 19 or not digits.isdigit() or len(set(digits)) == 1:
        return False
    total = 0
    for position, char in enumerate(reversed(digits)):
        value = int(char) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_hong_kong_identity(letters: str, digits: str, check: str) -> bool:
    """The check character of a Hong Kong identity card: one or two letters, six digits, a check in brackets."""
    values = [36 if len(letters) == 1 else ord(letters[0].upper()) - 55, ord(letters[-1].upper()) - 55]
    values += [*map(int, digits), 10 if check in "Aa" else int(check)]
    return sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


def digits_of(text: str) -> str:
    """Its digits, and the X that may end an identity number."""
    kept = _NEITHER.sub("", text).upper()
    return kept if kept.isascii() else "".join(str(int(c)) if c.isdigit() else c for c in kept)


def mask_number(number: str) -> str:
    """A telephone number, however it is written, as its owner would still know it: 138****8000."""
    digits = digits_of(number)
    return digits[:3] + "****" + digits[-4:]
