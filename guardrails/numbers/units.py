"""Unit words and what they measure. Factors turn a value into its canonical unit (percent, yuan, months, days …).

Two quantities are the same only when canonical unit and value are: 3个月 is not 3年, 300元 is not 300美元.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Unit:
    """kind: canonical unit ("percent", "CNY", "months", …). loose: 一 before it is an article, not the number one."""

    kind: str
    factor: Decimal = Decimal(1)
    loose: bool = False


_WORDS: dict[str, Unit] = {}


def _add(kind: str, words: str, factor: str = "1", *, loose: bool = False) -> None:
    for word in words.split("|"):
        _WORDS[word] = Unit(kind, Decimal(factor), loose)


_add("percent", "%|％|percent|per cent|percentage points|percentage point|pct|个百分点|百分点|个点")
_add("percent", "厘")
_add("percent", "‰", "0.1")
_add("percent", "bps|bp|BP|BPs|个基点|基点|basis points|basis point", "0.01")
_add("CNY", "元人民币|元整|元钱|元|块钱|块|圆|蚊|人民币|yuan|RMB|CNY|renminbi|Chinese yuan")
_add("CNY", "角|毛钱|毛", "0.1")
_add("USD", "美元|美金|元美元|元美金|US dollars|US dollar|dollars|dollar|USD")
_add("HKD", "港元|港币|元港币|Hong Kong dollars|HKD")
_add("EUR", "欧元|euros|euro|EUR")
_add("GBP", "英镑|pounds|GBP")
_add("JPY", "日元|日圆|yen|JPY")
_add("TWD", "元新台币|元台币|元新臺幣|新台币|新臺幣|台币|臺幣|TWD|NTD")
_add("SGD", "新加坡元|新加坡币|新币|SGD")
_add("AUD", "澳大利亚元|澳元|澳币|AUD")
_add("CAD", "加拿大元|加元|加币|CAD")
_add("CHF", "瑞士法郎|瑞郎|CHF")
_add("ZAR", "南非币|南非兰特|兰特|ZAR")
_add("MOP", "澳门元|葡币|patacas|pataca|MOP")
_add("months", "周年|年期|年|载|years|year|yrs|yr|-year", "12")
_add("months", "个季度|季度|quarters|quarter", "3")
_add("months", "个整月|个自然月|个月期|个月|月期|months|month|-month")
_add("days", "个星期|星期|个礼拜|礼拜|周|weeks|week|-week", "7")
_add("days", "个自然日|自然日|个日历日|日历日|个历日|历日|天期|天|日|calendar days|calendar day|days|day|-day")
_add(
    "workdays",
    "个银行工作日|银行工作日|个工作日|个工作天|工作日|工作天|个交易日|交易日|个营业日|营业日|个开放日"
    "|business days|business day|banking days|banking day|working days|working day|trading days|trading day",
)
_add("minutes", "个小时|小时|个钟头|钟头|个钟|hours|hour|hrs|hr|h|-hour", "60")
_add("minutes", "分钟|minutes|minute|mins|min|-minute")
_add("seconds", "秒钟|秒|seconds|second|secs|sec")
_add("倍", "倍|-fold")
_add("折", "折")
_add("岁", "周岁|岁|years old|years of age")
_add("位数", "位数字|位数|位密码|-digit|digits|digit")
_add("次", "次|回|遍|times", loose=True)
_add("笔", "笔|transactions|transaction|transfers|transfer|withdrawals", loose=True)
_add("张", "张|cards|card", loose=True)
_add("人", "人次|个人|人|口人|口|位|名|people|persons|person", loose=True)
_add("户", "户|accounts|account", loose=True)
_add("家", "家|banks|bank", loose=True)
_add("份", "份|copies|copy|份额|units|unit|shares|share", loose=True)
_add("个", "个|项|种|类|款|条|件|样|方面|items|item|types|type|kinds", loose=True)
_add("期", "期|instalments|installments", loose=True)
_add("级", "级|档|levels|level", loose=True)
_add("步", "步|steps|step", loose=True)
_add("只", "只|支|funds|fund", loose=True)
_add("股", "股", loose=True)
_add("台", "台|部|辆", loose=True)
_add("页", "页|pages|page", loose=True)
_add("号", "号|No", loose=True)
_add("楼", "楼|层", loose=True)
_add("字", "字|个字", loose=True)
_add("克", "克|grams|gram|g", loose=True)
_add("平方米", "平方米|平米|㎡|m2", loose=True)
_add("公里", "公里|千米|km", loose=True)
_add("分", "个积分|积分|分", loose=True)
_add("点", "点", loose=True)

UNITS = _WORDS
_latin = sorted((w for w in _WORDS if w[0].isascii() and w[-1].isalpha()), key=len, reverse=True)
_other = sorted((w for w in _WORDS if w not in _latin), key=len, reverse=True)
# A Latin unit ends at a word's end ("3 months", never the h of "3 have"). None is tried where no letter stands.
UNIT = re.compile(
    r"[ \t]?(?:("
    + "|".join(map(re.escape, _other))
    + r")|(?=[A-Za-z\-])("
    + "|".join(map(re.escape, _latin))
    + r")(?![A-Za-z]))",
    re.IGNORECASE,
)
_FOLDED = {word.lower(): unit for word, unit in _WORDS.items()}

CURRENCIES = {
    "人民币": "CNY", "rmb": "CNY", "cny": "CNY", "¥": "CNY", "￥": "CNY", "usd": "USD", "us$": "USD", "$": "USD",
    "美元": "USD", "hk$": "HKD", "hkd": "HKD", "港币": "HKD", "港元": "HKD", "€": "EUR", "eur": "EUR", "欧元": "EUR",
    "£": "GBP", "gbp": "GBP", "英镑": "GBP", "jpy": "JPY", "日元": "JPY", "mop$": "MOP", "mop": "MOP",
    "澳门元": "MOP", "葡币": "MOP", "nt$": "TWD", "twd": "TWD", "ntd": "TWD", "新台币": "TWD", "新臺幣": "TWD",
    "台币": "TWD", "臺幣": "TWD", "s$": "SGD", "sgd": "SGD", "新加坡元": "SGD", "a$": "AUD", "aud": "AUD",
    "澳元": "AUD", "c$": "CAD", "cad": "CAD", "加元": "CAD", "chf": "CHF", "瑞郎": "CHF", "zar": "ZAR", "南非币": "ZAR",
}  # fmt: skip
CURRENCY_WORDS = "|".join(map(re.escape, sorted(CURRENCIES, key=len, reverse=True)))
CURRENCY_BEFORE = re.compile(rf"({CURRENCY_WORDS})[ \t]?$", re.IGNORECASE)
MONEY = frozenset(CURRENCIES.values())


# "30万只占一小部分", "10万分24期": no units there.
_ADVERBS = {
    "只": re.compile("[能要需占佔有是收够得会可用算剩差]"),
    "分": re.compile(r"\d|[两三四五六七八九十几多]|成|期|了"),
    "周": re.compile("[转边围到全末期]"),
    "个人": re.compile("[民客账信所贷养名住理储存消经金]"),
}


def unit_after(text: str, at: int) -> tuple[Unit, str, int] | None:
    """The unit word that starts at `at` (one space allowed): the unit, the word, where it ends."""
    match = UNIT.match(text, at)
    if match is None:
        return None
    word = match.group(1) or match.group(2)
    if word in _ADVERBS and _ADVERBS[word].match(text, match.end()):
        return None
    return _FOLDED[word.lower()], word, match.end()
