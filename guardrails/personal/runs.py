"""Numbers known by their own shape, with up to three separators between their digits: identity numbers, bank cards and
telephones. Check digits decide where there are any; a unit, or the label of an order, wins over a mere shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from guardrails.personal.around import Around
from guardrails.personal.checks import (
    REGION,
    Found,
    digits_of,
    is_bank_card,
    is_dated,
    is_identity_number,
    is_like_identity_number,
    mask_number,
)

LANDLINE = "[固定电话]"
MISTYPED = "[证件号]"

_SEPARATOR = r"[ \-._/·\n\t,]{0,3}"
_RUN = re.compile(rf"(?<!\d)\d(?:{_SEPARATOR}\d){{6,}}")
_GROUP = re.compile(r"\d+")
# Not inside a longer number, and not the rest of one that is masked already.
_START = r"(?<!\d)(?<!\*{4})(?<!\*{4} )"
_STOP = r"(?!\d)(?!\*{4})"
# Region and century are asked for at once: of most digits no more is read.
_REGION = rf"{_START}{REGION}"
_IDENTITY = re.compile(
    rf"{_REGION}(?:{_SEPARATOR}\d){{4}}{_SEPARATOR}(?:19|20)(?:{_SEPARATOR}\d){{9}}{_SEPARATOR}[\dXx]{_STOP}"
)
_OLD_IDENTITY = re.compile(rf"{_REGION}\d{{4}}[ \-._/·]{{0,2}}\d{{6}}[ \-._/·]{{0,2}}\d{{3}}{_STOP}")
# As cards are printed; Luhn decides, and behind the word card no other grouping matters.
_BETWEEN = r"[ \-._/·]{1,2}"
_CARD = re.compile(
    rf"{_START}(?:\d{{13,19}}|\d{{4}}(?:{_BETWEEN}\d{{4}}){{2,3}}(?:{_BETWEEN}\d{{1,4}})?|\d{{6}}{_BETWEEN}\d{{7,13}}"
    rf"|\d{{4}}{_BETWEEN}\d{{6}}{_BETWEEN}\d{{4,5}}){_STOP}"
)
_MOBILE = re.compile(rf"{_START}(?:(?:00)?86[ \-]{{0,2}})?1 ?[3-9](?:[ \-._/·]{{0,2}}\d){{9}}{_STOP}")
_PREFIX = re.compile(r"(?:00)?86[ \-]{0,2}(?=1[3-9])")
_LANDLINE = re.compile(rf"{_START}(?:\(0\d{{2,3}}\)|0\d{{2,3}})([ \-]{{0,3}})\d{{3,4}}[ \-]?\d{{4}}{_STOP}")
_AREA = re.compile(r"0(?:10|2[0-57-9])[2-8]\d{7}|0[3-9]\d{2}[2-8]\d{6,7}")
_AT_HOME = re.compile(
    r"(?:座机|固话|固定电话|宅电|(?:家里?|家庭|住宅|单位|办公室?)的?电话)(?:号码?|是|为|:| ){0,3}"
    r"([2-8]\d{2,3}[ \-]?\d{4})(?!\d)(?!\*{4})"
)
_ABROAD = re.compile(
    rf"{_START}(?:\+|00)(?:85[23][ \-]{{0,2}}\d{{4}}[ \-]?\d{{4}}|886[ \-]{{0,2}}\d(?:[ \-]?\d){{7,8}}"
    r"|86[ \-]{0,2}(?:10|2[0-57-9]|[3-9]\d\d)[ \-]{1,2}\d{3,4}[ \-]?\d{4}"
    r"|(?!86)[1-9]\d{0,2}[ \-]\d(?:[ \-]?\d){6,11})(?!\d)(?!\*{4})"
)
_TAIWAN = re.compile(rf"{_START}09\d{{2}}[ \-]\d{{3}}[ \-]\d{{3}}{_STOP}")
# How people part a mobile number; other ways only where something says that it is one.
_MOBILE_PARTS = frozenset([(11,), (3, 4, 4), (3, 8), (7, 4), (5, 6), (6, 5), (3, 2, 2, 2, 2), (1,) * 11])
_EXACT_PARTS = frozenset([(11,), (3, 4, 4)])


def identities_and_cards(text: str) -> Iterator[Found]:
    """The surest shape first. text: in plain form."""
    runs = [match.span() for match in _RUN.finditer(text)]
    for kind in (_identity, _old_identity, _card):
        for start, end in runs:
            if end - start >= 13:
                yield from kind(text, start, end)


def telephones(text: str, allowed: Collection[str]) -> Iterator[Found]:
    """allowed: digits that are public."""
    for match in _RUN.finditer(text):
        if match.end() - match.start() >= 11:
            yield from _mobile(text, *match.span(), allowed)
    yield from _landlines(text, allowed)


def _each(
    pattern: re.Pattern[str], text: str, start: int, end: int, accept: Callable[[re.Match[str]], Found | None]
) -> Iterator[Found]:
    """Every accepted match; after a rejected one the search goes on at its next group of digits."""
    at = start
    while (match := pattern.search(text, at, end)) is not None:
        found = accept(match)
        if found is not None:
            yield found
            at = found.end
            continue
        group = _GROUP.search(text, match.start(), end)
        at = group.end() if group else match.end()


def _parts(written: str) -> tuple[tuple[int, ...], str]:
    """How many digits stand together, and what stands between."""
    groups = _GROUP.findall(written)
    return tuple(map(len, groups)), "".join(sorted({c for c in written if not c.isdigit() and c not in "Xx"}))


def _is_even(between: str) -> bool:
    """Spaces and dashes, or one other sign throughout."""
    return not between.strip(" -") or len(between) == 1


def _identity(text: str, start: int, end: int) -> Iterator[Found]:
    def accept(match: re.Match[str]) -> Found | None:
        digits = digits_of(match.group())
        if not is_like_identity_number(digits):
            return None
        parts, between = _parts(match.group())
        if not (_is_even(between.replace("\n", "").replace("\t", "")) and ("," not in between or parts[:2] == (6, 8))):
            return None
        around = Around(text, match.start(), match.end())
        if not around.is_identity and (around.follows_letters or (around.is_thing and not is_identity_number(digits))):
            return None
        if around.leads_letters:
            return None
        if is_identity_number(digits):
            return Found("identity", *match.span(), _shown(digits))
        if len(parts) == 1 or parts[:2] == (6, 8):
            # Nobody types a region and a birth date by chance: a mistyped identity number is still one.
            return Found("identity", *match.span(), MISTYPED)
        return None

    # The X at the end is no digit: a run ends before it.
    yield from _each(_IDENTITY, text, start, min(len(text), end + 5), accept)


def _old_identity(text: str, start: int, end: int) -> Iterator[Found]:
    def accept(match: re.Match[str]) -> Found | None:
        digits = digits_of(match.group())
        if not is_identity_number(digits):
            return None
        around = Around(text, match.start(), match.end())
        if not around.is_identity and (around.is_thing or around.is_sum or around.follows_letters):
            return None
        return None if around.leads_letters else Found("identity", *match.span(), _shown(digits))

    yield from _each(_OLD_IDENTITY, text, start, end, accept)


def _shown(digits: str) -> str:
    return digits[:3] + "*************" + digits[-2:]


def _card(text: str, start: int, end: int) -> Iterator[Found]:
    def accept(match: re.Match[str]) -> Found | None:
        for stop in _stops(match):
            written = text[match.start() : stop]
            digits = digits_of(written)
            if not is_bank_card(digits) or is_dated(digits) or digits[0] == "0":
                continue
            groups = _GROUP.findall(written)
            # Round sums in a row are no card.
            if len(groups) > 1 and all(group.endswith("00") for group in groups):
                continue
            around = Around(text, match.start(), stop)
            if around.leads_letters or (around.follows_letters and not around.is_card):
                continue
            if around.is_card or not (around.is_thing or (around.is_sum and len(digits) < 16)):
                return Found("card", match.start(), stop, "**** " + digits[-4:])
        return None

    yield from _each(_CARD, text, start, end, accept)


def _stops(match: re.Match[str]) -> Iterator[int]:
    """Where a card's number may end: the last group may be the next number in the text."""
    yield match.end()
    groups = [*_GROUP.finditer(match.group())]
    if len(groups) >= 4:
        yield match.start() + groups[-2].end()


def _mobile(text: str, start: int, end: int, allowed: Collection[str]) -> Iterator[Found]:
    def accept(match: re.Match[str]) -> Found | None:
        prefix = _PREFIX.match(match.group())
        own = match.group()[prefix.end() :] if prefix else match.group()
        parts, between = _parts(own)
        digits = digits_of(own)
        if digits in allowed or not _is_even(between):
            return None
        plus = prefix is not None and text[match.start() - 1 : match.start()] == "+"
        around = Around(text, match.start() - plus, match.end())
        if not around.is_telephone:
            loose = parts not in _MOBILE_PARTS or (parts not in _EXACT_PARTS and digits.endswith("00"))
            if loose or (between.strip(" -") and parts not in _EXACT_PARTS):
                return None
            if around.is_sum or (around.is_thing and not prefix) or around.follows_letters or around.leads_letters:
                return None
        return Found("phone", match.start() - plus, match.end(), mask_number(digits))

    yield from _each(_MOBILE, text, start, end, accept)


def _landlines(text: str, allowed: Collection[str]) -> Iterator[Found]:
    for match in _ABROAD.finditer(text):
        digits = digits_of(match.group())
        around = Around(text, *match.span())
        if not around.is_sum and not any(digits.endswith(one) for one in allowed if len(one) > 6):
            home = digits.removeprefix("00").startswith("86")
            yield Found("phone", *match.span(), LANDLINE if home else mask_number(digits.removeprefix("00")))
    for match in _LANDLINE.finditer(text):
        digits = digits_of(match.group())
        around = Around(text, *match.span())
        if digits in allowed or around.follows_letters or around.leads_letters or around.is_sum:
            continue
        parted = match.group(1) or match.group().startswith("(")
        if parted or (_AREA.fullmatch(digits) and not around.is_thing):
            yield Found("phone", *match.span(), LANDLINE)
    for match in _TAIWAN.finditer(text):
        yield Found("phone", *match.span(), mask_number(digits_of(match.group())))
    for match in _AT_HOME.finditer(text):
        around = Around(text, *match.span(1))
        if not around.is_sum and digits_of(match.group(1)) not in allowed:
            yield Found("phone", *match.span(1), LANDLINE)
