"""What a message asks, without the clauses that only tell personal data: "卡号X，手机Y，挂失费多少" asks "挂失费多少".

A number in the middle of a question stays where it is, masked; a clause that says anything else stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from guardrails.masking import find_personal_data, mask

# A comma inside a number parts nothing.
_CLAUSE = re.compile(r"[^，,。;；、!！?？\n]+(?:,(?=\d)[^，,。;；、!！?？\n]+)*[，,。;；、!！?？\n]*")
# What stands around a number that is only told: whose it is and of what sort.
_LABEL = re.compile(
    r"(?>我们?|本人|咱|俺|你们?|您|的|是|为|叫|在|住|家|里|这个?|号码?|尾号|身份[证證]|证件|護照|护照|(?:来往|往来)?(?:港澳|台湾|内地|大陆)?(?:居民|同胞)?(?:通行证|回乡证|台胞证|居住证|居留证|永居证)|香港|澳门|驾照|驾驶证|银行|信用|储蓄|借记|卡|账户?|帐户?|手机|电话|固话|座机"
    r"|联系|方式|邮箱|邮件|地址|家庭|收到|短信|验证|校验|动态|登录|支付|取款|码|密|口令|如下|就|给|发|看|先|和|跟|还有|以及|请|核对|核实|查收"
    r"|\b(?:my|the|is|are|it|id|card|account|bank|number|no|phone|mobile|email|mail|address|passport|code|pin|password|otp"
    r"|i|live|at|and|here|please|check)\b|[\s:：=（）()【】\[\]\"“”'#.，,。;；、!！?？])*+",
    re.IGNORECASE,
)


def clauses_that_ask(text: str, allowed: Collection[str] = ()) -> list[tuple[int, int]]:
    """The spans of the clauses that say more than personal data (end exclusive); the whole text when it tells none.

    allowed: as of masking.find_personal_data.
    """
    found = find_personal_data(text, allowed)
    if not found:
        return [(0, len(text))]
    covered = bytearray(len(text))
    for one in found:
        covered[one.start : one.end] = b"\1" * (one.end - one.start)
    kept: list[tuple[int, int]] = []
    for clause in _CLAUSE.finditer(text):
        start, end = clause.span()
        rest = "".join(char for char, hidden in zip(clause.group(), covered[start:end], strict=True) if not hidden)
        if len(rest) == end - start or not _LABEL.fullmatch(rest):
            kept.append((start, end))
    return kept


def asked_of(text: str, allowed: Collection[str] = ()) -> str:
    """What those clauses say, masked; "" when there are none."""
    kept = clauses_that_ask(text, allowed)
    if kept == [(0, len(text))]:
        return mask(text, allowed)
    return mask("".join(text[start:end] for start, end in kept), allowed).strip("，,、;； \n")
