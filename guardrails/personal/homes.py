"""Where somebody lives, and where mail reaches them: street and house, building and room, an address of e-mail.

A room tells a home by itself. A house number alone is also a branch's or a shop's: only words such as "I live in" or
"send it to" make it somebody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.personal.checks import Found

_ADDRESS = "[地址]"
_N = r"(?:\d{1,5}(?:-\d{1,4})?|[一二三四五六七八九十百零]{1,5})"
_STREET = r"(?:路|街|(?<![知渠频通报难味一跑轨])道|巷|弄|胡同|村)"
_PLACE = rf"(?:{_STREET}|小区|花园|苑|大厦|家园|公寓)"
_NOT_ROOM = r"(?![\d.%]| ?(?:元|年|万|户|套|平|月|块|米))"
# A house is looked for first: an address may begin at any Chinese character before it.
_ROOM = re.compile(
    rf"{_PLACE}{_N}(?:号院|号楼|号|弄|幢|栋|座|楼)院?(?:{_N}(?:号楼|栋|幢|座|单元|号))?(?:{_N}单元)?"
    rf"(?:{_N}(?:室|房|户|号)|(?<=[元栋幢座楼])(?:\d{{3,4}}{_NOT_ROOM}|[一二三四五六七八九零]{{3}}))"
)
_HEAD = re.compile(r"(?:[\u4e00-\u9fff]{2,8}(?:省|市|区|县|镇|乡|街道)){0,4}[\u4e00-\u9fff]{1,10}$")
_HOUSE = re.compile(rf"(?:{_PLACE}|[段组庄屯里区镇]) ?{_N}(?=[号弄幢栋座楼单])|(?<=[^\d]){_N}(?:号楼|栋|幢|单元)")
_LEADS = re.compile(r"住在?|地址|住址|寄[到往给]?|[送递][到往]|我家|家在|[在到是为]")
_BEFORE_HEAD = 48

_CUE = re.compile(
    r"(?:居?住在|家住|住址|[我现]住|我家(?:在|是)?|家在|家庭地址"
    r"|地址|(?:邮?寄|寄送|快递|送|递)[到往]|寄给我|住(?=[\u4e00-\u9fff]{2,7}[省市]))[:是为在 ,]{0,3}"
)
_HOME = re.compile(
    r"(?:[\u4e00-\u9fffA-Za-z ]|\d{1,3}(?=[组区期村段])){0,40}?"
    rf"(?:(?:{_STREET}|[段组庄屯里镇]) ?{_N}(?:号院|号楼|号|弄)|(?<=[\u4e00-\u9fffA-Za-z]){_N}(?:号楼|号院|栋|幢|单元))"
    rf"(?: ?{_N}(?:号楼|号院|院|号|弄|幢|栋|座|楼|层|单元|室|房|户)|\d{{3,4}}{_NOT_ROOM}"
    r"|(?<=单元)[一二三四五六七八九零]{3}"
    r"|[\u4e00-\u9fff]{2,10}?(?:大厦|中心|园|广场|公寓|大楼|花园|苑|小区)){0,6}"
)
_OFFICE = re.compile(
    r"(?:支行|分行|总行|网点|营业[厅部]|分理处|柜台|门店|银行|公司|单位|办公|注册|机构|邮[件箱]|网站|ip)", re.IGNORECASE
)
_OWN = re.compile(r"[我家]|本人")
_BRANCH = re.compile(r"(?:的|附近)?(?:网点|支行|分行|营业|分理处|银行|柜台|atm)", re.IGNORECASE)
_ENGLISH = re.compile(
    r"(?:\bliv(?:e|ing) (?:at|in)|\b(?:my|home|mailing|delivery|shipping) address(?: is)?"
    r"|\b(?:mail|send|deliver|ship)(?: it| them| the card| my card)? to)[: ]{1,3}"
    r"((?:No\.? ?|#|Flat [\w]{1,4},? |Room \d{1,5},? ){0,2}\d{1,5}[, ]{1,2}(?:[A-Z][A-Za-z]{1,20}[ ,]{1,2}){1,4}"
    r"(?:Road|Rd|Street|St|Avenue|Ave|Lane|Drive|Boulevard)\b"
    r"(?:,? [A-Z][A-Za-z]{1,20}){0,6})"
)

# Signs before it are no part of it, but those inside a longer word are.
_MAIL_START = r"(?<![A-Za-z0-9@])(?<![A-Za-z0-9][._%+\-])(?<!\*{4})(?<!\*{4} )"
_EMAIL = re.compile(
    _MAIL_START + r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@"
    r"[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){0,3}\.[A-Za-z][A-Za-z0-9\-]{0,62}"
)
_SPACED_EMAIL = re.compile(
    _MAIL_START + r"([A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}) ?(?:@| at |\(at\)|\[at\]|艾特) ?"
    r"([A-Za-z0-9\-]{1,63}(?: ?(?:\.| dot |\(dot\)|\[dot\]|点) ?(?:com|cn|net|org|edu|gov|hk|tw|io|me|uk|jp))"
    r"{1,3})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_AT_WORD = re.compile(r"@|\bat\b|\bat\]|艾特", re.IGNORECASE)


def homes(text: str) -> Iterator[Found]:
    house = _HOUSE.search(text)
    if house is not None:
        yield from _rooms(text)
        yield from _cued(text)
    if "ddress" in text or " to" in text or "liv" in text:
        for match in _ENGLISH.finditer(text):
            yield Found("address", *match.span(1), _ADDRESS)


def _rooms(text: str) -> Iterator[Found]:
    last = 0
    for match in _ROOM.finditer(text):
        lead = text[max(last, match.start() - _BEFORE_HEAD) : match.start()]
        for cue in _LEADS.finditer(lead):
            if cue.end() < len(lead):
                lead = lead[cue.end() :]
                break
        head = _HEAD.search(lead)
        last = match.end()
        if head is not None:
            yield Found("address", match.start() - len(head.group()), match.end(), _ADDRESS)


def _cued(text: str) -> Iterator[Found]:
    at = 0
    while (cue := _CUE.search(text, at)) is not None:
        at = cue.end()
        match = _HOME.match(text, at)
        if match is None or not match.group().strip():
            continue
        before = text[max(0, cue.start() - 30) : cue.start()]
        office = _OFFICE.search(before)
        if (office and not _OWN.search(before, office.end())) or _BRANCH.match(text, match.end()):
            continue
        inside = _OFFICE.search(match.group())
        if inside is None:
            yield Found("address", match.start(), match.end(), _ADDRESS)
            at = match.end()


def mailboxes(text: str) -> Iterator[Found]:
    if _AT_WORD.search(text) is None:
        return
    for match in _EMAIL.finditer(text):
        yield Found("email", *match.span(), match.group()[0] + "***@" + match.group().rsplit("@", 1)[1])
    for match in _SPACED_EMAIL.finditer(text):
        yield Found("email", *match.span(), match.group(1)[0] + "***@" + match.group(2))
