"""What only a label makes personal: codes and passwords, passports and permits, account numbers.

A label, a few words that link, a value; or the value first. The links are a closed set: a sentence about passwords that
holds some number is not one that tells a password.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from guardrails.personal.checks import Found, digits_of, is_bank_card, is_date, is_dated, is_hong_kong_identity
from guardrails.personal.runs import MISTYPED

_HIDDEN = "******"
_FLAGS = re.IGNORECASE

# -- codes and passwords ----------------------------------------------------------------------------------------
_LINKS = (
    r"(?:(?:就|应该|好像|可能)?(?:是|为|系|叫)|我的?|生日|[改设换变]了?[成为]?了?|设置[成为]?|用的?|输入?的?|填的?|收到了?|发来了?|发给|显示|上面?|写着?|如下|现在|目前"
    r"|原来|[新旧]的?|号码?|码|这个|那个|到|记得|短信|数字|的|了|(?<!\*)\*\*(?!\*)|【[^】\n]{1,12}】|[:=\"“'(\[\s\-])"
)
_ENGLISH_LINKS = r"(?:is|was|are|to|changed|set|number|code|received|just|now|the|my|it's|no\.?|[:=\"“'(\[\s\-])"
_VALUE = r"(\d{3}[ \-]\d{3}(?![\d\-])|\d{4} \d{4}(?!\d)|[A-Za-z0-9!@#$%^&*_\-]{3,64})"
_SECRET = re.compile(
    rf"(验证码|校验码|动态码|动态口令|密码|口令|安全码|pin码|令牌|(?<!\d)[三四六八3468]位(?:数字?|码))({_LINKS}{{0,6}}+),?\s?{_VALUE}",
    _FLAGS,
)
_ENGLISH_SECRET = re.compile(
    r"((?<![A-Za-z])(?:password|passcode|passwd|pwd|pin|otp|cv[vcn]2?"
    r"|(?:verification|security|sms|auth(?:entication)?|one[ \-]time|access) ?(?:code|passcode|password|pin)"
    r"|(?:(?<=my )|(?<=the )|(?<=your )|(?<![^,.;:!?])(?<![A-Za-z ]))code(?= (?:is|was))))"
    rf"((?:{_ENGLISH_LINKS}|[是为]){{0,6}}+){_VALUE}",
    _FLAGS,
)
_SECRET_AFTER = re.compile(
    r"(?<![\dA-Za-z.¥$*])(?<!\d,)([A-Za-z0-9!@#$%^&*_]{4,20}),?(?=(?:这|就|正|不|刚|才|收到|的|我|您|你|my|the|\s){0,6}(?:是|为|is|was))(?:这|就|正|不|是|为|is|was|\s|刚|才|收到|的|我|您|你|my|the){1,8}"
    r"(?:短信|登录|支付|取款|查询|手机)?(?:验证码|校验码|动态码|密码|口令|cvv|pin|otp|password|verification code)",
    _FLAGS,
)
_SECRET_WORD = re.compile(r"验证|校验|动态|密码|口令|安全码|令牌|位(?:数|码)|pass|pwd|pin|otp|cv[vcn]|code", _FLAGS)
_LETTERS_ONLY = re.compile(r"(?:密码|口令)(?:是|为|:|是:)([a-z]{6,20})(?=[,.。;!\s了]|$)")
# What a rule about passwords counts.
_COUNTED = re.compile(
    r"\s?(?:(?:-|~|至|到|或|to|or)\s?\d{1,3}\s?)?(?:多?位|次|个|分钟|分|秒|小时|天|日|月|年|元|块|%(?![A-Za-z0-9!@#$^&*_])|笔|days?\b|hours?\b|min(?:ute)?s?(?![A-Za-z0-9])|seconds?\b|times\b|digits?\b|char(?:acter)?s?(?![A-Za-z0-9])|letters?\b|attempts?\b)",
    _FLAGS,
)
_DAY = re.compile(r"(?:19|20)\d{2}-\d{1,2}(?:-\d{1,2})?")
_SERVICE = re.compile(r"955\d\d|96\d{3,4}|10\d{3}|12\d{3}|106\d{5,17}")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_SENT = re.compile(r"\s?(?:发|打|的|给|来|短信|客服)")
_SAID = re.compile(r"[是为系叫:=]|\b(?:is|was)\b", _FLAGS)
_END = re.compile(r"[,.。;!?'\"”)\]\s了登进错不是对吗吧啊,]|$")
_THREE = re.compile(r"cv|安全|三位|3位", _FLAGS)

# -- documents ----------------------------------------------------------------------------------------------------
_DOCUMENT_LINKS = (
    r"(?:号码?|编号|是|为|就是|信息|如下|我?的|(?<!\*)\*\*(?!\*)|[:=#\"“(\s\-]|no\b\.?|number|card|is|was){0,6}+"
)
_PASSPORT = re.compile(
    rf"(?:护照|passport){_DOCUMENT_LINKS}([A-Za-z]{{1,2}}[ \-]?\d{{3,4}}[ \-]?\d{{4}}|\d{{9}})(?![\dA-Za-z])", _FLAGS
)
_PASSPORT_AFTER = re.compile(
    r"(?<![\dA-Za-z])([A-Za-z]{1,2}\d{7,8}),?(?:这|就|是|为|is|我|您|的|my|the|\s){1,6}(?:护照|passport)", _FLAGS
)
_PERMIT = r"通行证|回乡证|台胞证|居住证|居留证|居留身份证|永居证?"
_DOCUMENT = re.compile(
    rf"(身份证|身分证|证件|{_PERMIT}|军官证|士兵证|警官证|驾驶证|驾照|社保卡|社会保障卡?|户口[簿本]|hkid"
    r"|(?<![A-Za-z])(?:identity card|id card|id number|id no|identity number|travel permit|residence permit))"
    rf"{_DOCUMENT_LINKS}(?:[\u4e00-\u9fff]{{1,2}}字第)?"
    r"([157]/\d{6}/\d|[A-Za-z]{0,3}[ \-]?\d(?:[ \-]{0,2}[\dOoIl]){5,16}[\dXxOoIl]?(?:\([\dA-Z]\))?)(?![\dA-Za-z])",
    _FLAGS,
)
_PERMIT_AFTER = re.compile(
    rf"(?<![\dA-Za-z])([A-Za-z]{{1,2}}\d{{6,10}}),?(?:这|就|是|为|我|您|的|\s){{1,6}}(?:往来)?(?:港澳|台湾)?(?:{_PERMIT})"
)
_HONG_KONG = re.compile(r"(?<![\dA-Za-z\-])([A-Za-z]{1,2})(\d{6})\(([\dA])\)")
_DOCUMENT_WORD = re.compile(r"[证照卡]|永居|社会保障|户口|身份|id|permit|passport", _FLAGS)
_EXPIRES = re.compile(r"\s?(?:到期|前|止|为止|起|之前|以前|以后|过期|失效)")

# -- accounts -----------------------------------------------------------------------------------------------------
_ACCOUNT = re.compile(
    r"((?<!定)账号|账户号?|卡号|户号|存折|(?<![A-Za-z])(?:account|card) ?(?=no|number|num|#|:|is\b)|(?<![A-Za-z])a/c)"
    r"(?:号码?|是|为|就是|[:=#\"“(\s]|no\b\.?|number|num|is){0,5}+(\d(?:[ \-]{0,2}\d){7,24})(?![\dA-Za-z])",
    _FLAGS,
)
# A card's number with a typing error: no check digit helps, but the word before it does.
_LABELLED_CARD = re.compile(
    r"(?:卡|(?<![A-Za-z])card)(?:号码?|片|是|为|就是|[:=#\"“(\s.]|no\b|number|is){0,5}+(?:[A-Za-z]{1,4}(?=\d))?"
    r"(\d(?:[ \-._/·]{0,2}\d){14,18})(?![\dA-Za-z])",
    _FLAGS,
)
_AS_PRINTED = re.compile(r"\d+|(?:\d{4}[^\d]{1,2}){3,4}\d{1,4}|\d{6}[^\d]{1,2}\d{9,13}")
_DAY_FIRST = re.compile(r"(?:19|20)\d{2}[^\d]\d{1,2}[^\d]\d{1,2}(?!\d)")
# Fewer digits that stand apart are a day and an hour.
_FEWEST_APART = 12
_ACCOUNT_WORD = re.compile(r"[账卡户]|存折|account|card|a/c", _FLAGS)
_MONEY = re.compile(r"(?:\.\d{1,2})?\s?(?:元|块|万|亿|%|份|美元|rmb|cny|usd|yuan)", _FLAGS)


def secrets(text: str, allowed: Collection[str]) -> Iterator[Found]:
    if _SECRET_WORD.search(text) is None:
        return
    for pattern in (_SECRET, _ENGLISH_SECRET):
        at = 0
        while (match := pattern.search(text, at)) is not None:
            at = max(match.end(1), match.start(3))
            if _tells_secret(text, match, allowed):
                yield Found("secret", *match.span(3), _HIDDEN)
                at = match.end(3)
    for match in _SECRET_AFTER.finditer(text):
        value = match.group(1)
        if any(c.isdigit() for c in value) and not _SERVICE.fullmatch(value) and value not in allowed:
            yield Found("secret", *match.span(1), _HIDDEN)
    for match in _LETTERS_ONLY.finditer(text):
        yield Found("secret", *match.span(1), _HIDDEN)


def _tells_secret(text: str, match: re.Match[str], allowed: Collection[str]) -> bool:
    value, end = match.group(3), match.end(3)
    said = _SAID.search(match.group(2)) is not None
    count = sum(c.isdigit() for c in value)
    if not count or _COUNTED.match(text, end) or _COUNTED.match(text, match.start(3) + _leading(value)):
        return False
    # What is masked already stays as it is.
    if "***" in value or _DAY.fullmatch(value) or (not said and _MOBILE.fullmatch(value)):
        return False
    digits = digits_of(value)
    if digits == value and (_SERVICE.fullmatch(value) or value in allowed):
        return said and _SENT.match(text, end) is None
    if said:
        return True
    if count < len(value.replace(" ", "").replace("-", "")):
        return len(value) >= 6 and _END.match(text, end) is not None
    return count >= 4 or _THREE.search(match.group(1)) is not None


def _leading(value: str) -> int:
    """How many digits it begins with: "6-20位" counts from the first."""
    return len(value) - len(value.lstrip("0123456789"))


def passports(text: str) -> Iterator[Found]:
    if _DOCUMENT_WORD.search(text) is not None:
        for pattern in (_PASSPORT, _PASSPORT_AFTER):
            for match in pattern.finditer(text):
                yield Found("passport", *match.span(1), "[护照号]")


def documents(text: str) -> Iterator[Found]:
    """Identity cards and permits of every sort that a label names."""
    if _DOCUMENT_WORD.search(text) is not None:
        for match in _DOCUMENT.finditer(text):
            if _is_document(text, match):
                yield Found("identity", *match.span(2), MISTYPED)
        for match in _PERMIT_AFTER.finditer(text):
            yield Found("identity", *match.span(1), MISTYPED)
    for match in _HONG_KONG.finditer(text):
        if is_hong_kong_identity(*match.groups()):
            yield Found("identity", *match.span(), MISTYPED)


def _is_document(text: str, match: re.Match[str]) -> bool:
    value, end = match.group(2), match.end(2)
    digits = "".join(c for c in value if c.isdigit())
    if len(digits) < 6 or (len(digits) < 7 and not value[0].isalpha()):
        return False
    if _COUNTED.match(text, end) or _MONEY.match(text, end) or _MOBILE.fullmatch(digits):
        return False
    # An expiry date of eight digits is no number of a permit.
    is_day = len(digits) == 8 and value[0].isdigit() and is_date(digits)
    return not (is_day and (_EXPIRES.match(text, end) or digits > "2026"))


def accounts(text: str, allowed: Collection[str]) -> Iterator[Found]:
    if _ACCOUNT_WORD.search(text) is None:
        return
    for match in _ACCOUNT.finditer(text):
        digits = digits_of(match.group(2))
        if digits in allowed or _MONEY.match(text, match.end(2)) or _COUNTED.match(text, match.end(2)):
            continue
        if not match.group(2).isdigit() and (len(digits) < _FEWEST_APART or _is_list(match.group(2))):
            continue
        if match.group(1) == "账户" and len(digits) == 8 and is_date(digits):
            continue
        yield Found("account", *match.span(2), "**** " + digits[-4:])
    for match in _LABELLED_CARD.finditer(text):
        number = match.group(1)
        if not _AS_PRINTED.fullmatch(number) and not is_bank_card(digits_of(number)):
            continue
        if is_dated(digits_of(number)) or _is_list(number):
            continue
        yield Found("card", *match.span(1), "**** " + digits_of(number)[-4:])


def _is_list(number: str) -> bool:
    """Days or round sums in a row."""
    groups = re.findall(r"\d+", number)
    return _DAY_FIRST.match(number) is not None or (len(groups) > 1 and all(group.endswith("00") for group in groups))
