"""What a number is said to be: the fee, rate or term named before it (年费, 赎回费, 宽限期).

手续费 and 费用 are any fee; 年费 and 赎回费 are only themselves.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from guardrails.numbers.quantities import Quantity

# Whole words, none with a choice at its start: the search then looks at first characters alone.
_FEES = (
    "年|月|工本|管理|托管|服务|申购|认购|赎回|挂失|补卡|换卡|取现|提现|汇款|转账|开户|销户|短信|保管|保|评估|登记|公证|律师|中介"
    "|租|物业|滞纳|违约|超限|超额|账户|查询|打印|邮寄|快递"
)
_SUMS = "违约|滞纳|保证|保险|公积|抵押|罚|首付|备用"
_RATES = "年|日|月|贷款|存款|活期|定期|贴现|执行|罚息"
_TERMS = "宽限|免息|冷静|犹豫|等待|封闭|持有|有效|锁定|观察"
_NAMES = "|".join(
    [
        "费用|最低还款额?",
        *(f"{what}费" for what in _FEES.split("|")),
        *(f"{what}金" for what in _SUMS.split("|")),
        *(f"{what}利率" for what in _RATES.split("|")),
        "利率|收益率|汇率|税率|折扣率|中签率|比较基准|罚息",
        *(f"{what}期" for what in _TERMS.split("|")),
        "免赔额|保额|净值|注册资本|市值|股价|总资产|员工|成立",
    ]
)
_NAME = re.compile(_NAMES)
_NAME_OR_FEE = re.compile(f"(?:[\u4e00-\u9fff]{{2}})?手续费|{_NAMES}")
_FEE = re.compile("手续费|" + _NAMES)
_ANY_FEE = ("手续费", "收费", "费用", "工本费", "服务费", "收取", "每笔", "每次", "每卡", "每份", "每张", "每月")
_SAME = {
    "费用": (*_ANY_FEE, "费"),
    "利率": ("利率", "计息", "利息", "lpr", "LPR"),
    "年利率": ("利率", "计息", "利息", "年化"),
    "日利率": ("日利率", "日息", "每日", "按日", "利率"),
    "月利率": ("月利率", "月息", "每月"),
    "存款利率": ("利率",),
    "贷款利率": ("利率",),
    "执行利率": ("利率",),
    "定期利率": ("利率",),
    "活期利率": ("利率",),
    "罚息利率": ("罚息",),
    "服务费": ("服务费", "手续费", "收费", "费用", "收取"),
    "转账费": ("转账", "汇款"),
    "汇款费": ("转账", "汇款"),
    "取现费": ("取现", "取款"),
    "提现费": ("提现", "取现"),
    "挂失费": ("挂失",),
    "补卡费": ("补卡", "工本费", "换卡"),
    "换卡费": ("换卡", "工本费", "补卡"),
    "打印费": ("打印", "证明", "工本费"),
    "违约金": ("违约金", "违约"),
    "违约费": ("违约金", "违约费"),
    "首付金": ("首付",),
    "保险金": ("保险金", "保额", "赔付", "给付"),
    "成立": ("成立",),
    "保费": ("保费", "保险费"),
    "保险费": ("保费", "保险费"),
    "快递费": ("快递", "邮寄", "寄送"),
    "邮寄费": ("邮寄", "快递", "寄送"),
}

# What these name is no amount: they end with the number they stand before.
_NO_AMOUNTS = frozenset(["成立", "员工", *(f"{what}期" for what in _TERMS.split("|"))])
# "收0.4%销售服务费": named right after the number.
_NAMED_NEXT = re.compile("的?[\u4e00-\u9fff]{0,2}?(?:" + _NAMES + ")")
_CLAUSE_END = re.compile("[,，;；。、\n]")


def _names_in(text: str) -> Iterator[re.Match[str]]:
    return (_NAME_OR_FEE if "手续费" in text else _NAME).finditer(text)


def named_in(text: str) -> frozenset[str]:
    return frozenset(match.group() for match in _names_in(text))


def apart(text: str) -> str:
    """The text with its names set off by spaces; its length changes."""
    return _FEE.sub(r" \g<0> ", text) if "费" in text else text


def same_words(attribute: str) -> tuple[str, ...]:
    """The words by which a passage may speak of the attribute."""
    if attribute.endswith("手续费"):
        return (*_ANY_FEE, attribute[:2])
    return _SAME.get(attribute, (attribute,))


def attributes_of(text: str, quantities: Sequence[Quantity]) -> list[frozenset[str]]:
    """For each quantity the names since the number before it, or that number's own ("年费为金卡200元，白金卡500元")."""
    if not quantities:
        return []
    found: list[frozenset[str]] = []
    names = _Names(text)
    start, last = 0, frozenset[str]()
    for index, quantity in enumerate(quantities):
        since = names.between(start, quantity.start)
        if quantity.kind in {"percent", "money"}:
            since, last = since - _NO_AMOUNTS, last - _NO_AMOUNTS
        if _NAMED_NEXT.match(text, quantity.end) and not _is_named_in_clause(text, names, start, quantity.start):
            since, last = frozenset(), frozenset()
        if not since and not last:
            # "按1%收取手续费": named after the number, in the same clause.
            stop = _CLAUSE_END.search(text, quantity.end)
            until = min(
                stop.start() if stop else len(text), *(q.start for q in quantities[index + 1 : index + 2]), len(text)
            )
            since = names.between(quantity.end, until)
        last = since or last
        found.append(last)
        start = quantity.end
    return found


class _Names:
    """The names of a text by where they begin, found without reading them all again."""

    def __init__(self, text: str) -> None:
        found = [(match.start(), match.group()) for match in _names_in(text)]
        self._at, self._names = [at for at, _ in found], [name for _, name in found]

    def between(self, start: int, end: int) -> frozenset[str]:
        return frozenset(self._names[bisect_left(self._at, start) : bisect_left(self._at, end)])


def _is_named_in_clause(text: str, names: _Names, start: int, end: int) -> bool:
    clause = start
    for match in _CLAUSE_END.finditer(text, start, end):
        clause = match.end()
    return bool(names.between(clause, end))


def is_shortened(fee: str, text: str) -> bool:
    """ "短信费", where the evidence has 短信服务费."""
    at = text.find(fee[:-1])
    return at >= 0 and "费" in text[at + len(fee) - 1 : at + len(fee) + 2]
