"""In which currency a passage's bare 元 are: in those of Hong Kong, Macao or Taiwan where it names one of them, in any
of them where it is only written as people write there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.alarms.claim import Claim
from app.knowledge.passage import Passage

_HOMES: Final = {
    "HKD": re.compile(r"港[币幣元圓]|HK\$|HKD", re.IGNORECASE),
    "TWD": re.compile(r"新?[台臺][币幣]|NT\$|TWD", re.IGNORECASE),
    "MOP": re.compile(r"澳[门門]?[币幣]|葡[币幣]|MOP", re.IGNORECASE),
}
_MAINLAND = re.compile(r"人民[币幣]|RMB|CNY|[¥￥]", re.IGNORECASE)
# Characters that only Traditional texts have, of the commonest ones of banking.
_TRADITIONAL = re.compile(
    "[為個費額萬過從應須繳開戶時銀匯單實貸險證號與於產業務資準則續當還錢帳嘅冇係唔俾無領們這裡沒請訊話轉儲賬帶輪險養問說條簡紅學將點讓寫聯鈔櫃據機構補發稅終計劃結歲約賠償複]"
)
_BARE = "CNY"


def at_home(claims: Sequence[Claim], passage: Passage) -> list[Claim]:
    """The claims, their bare amounts of money in the currencies that they may be in."""
    if not any(_is_bare(claim) for claim in claims):
        return list(claims)
    whole = "\n".join((passage.title, passage.section, passage.question, passage.text))
    if _MAINLAND.search(whole):
        return list(claims)
    named = [code for code, pattern in _HOMES.items() if pattern.search(whole)]
    if len(named) > 1 or not (named or _TRADITIONAL.search(whole)):
        return list(claims)
    codes = named or [_BARE, *_HOMES]
    return [_in(claim, codes) if _is_bare(claim) else claim for claim in claims]


def _is_bare(claim: Claim) -> bool:
    return claim.quantity.kind == "money" and claim.quantity.keys[0][0] == _BARE


def _in(claim: Claim, codes: Sequence[str]) -> Claim:
    keys = tuple((code, *key[1:]) for key in claim.quantity.keys for code in codes)
    return replace(claim, sort=codes[0], quantity=replace(claim.quantity, keys=keys))
