"""The wording of passages: their verbatim units, and what two texts share."""

from __future__ import annotations

import re
from collections.abc import Set
from itertools import pairwise

_SENTENCE = re.compile(r"[^。！？!?；\n]+[。！？!?；]?")
_HAN_OR_WORD = re.compile(r"[㐀-鿿]|[a-z0-9.%]+")


def units(text: str) -> list[str]:
    """Sentences of prose and whole lines of tables and lists, verbatim, in order."""
    out: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped:
            continue
        if stripped.startswith(("|", "-", "*", "•")) or ("：" in stripped and "；" in stripped):
            out.append(stripped)
        else:
            out.extend(part.strip() for part in _SENTENCE.findall(stripped) if part.strip())
    return out


def grams(text: str) -> set[str]:
    """Character pairs of Chinese runs and whole Latin words: enough to see what a unit and a question share."""
    parts = _HAN_OR_WORD.findall(text.lower())
    return {a + b for a, b in pairwise(parts)} | {part for part in parts if len(part) > 1}


_NUMERALS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = "年|月|周|天|日|岁|级|号|期|次|张|笔|元|块|万|克|小时|分钟|折"
_ALIASES = {"块": "元", "日": "天"}
_SPECIFIC = re.compile(
    rf"(\d+(?:\.\d+)?|[一二两三四五六七八九十百]+)个?({_UNITS})|(?<![a-z0-9])([a-z]+\d+)(?![a-z0-9])", re.IGNORECASE
)


# The 30th of November is no term of thirty days.
_DATE = re.compile(r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?|度)?|\d{1,2}月\d{1,2}日")
# A year's yearly fee is the yearly fee: no term that a passage would have to name.
_YEARLY = re.compile(r"(?<![\d一二三四五六七八九十百第首满前近])[一1]年的?(?=年费)")


def specifics(text: str) -> set[str]:
    """The quantities and codes a text names, in one form: 三年期, 3年 and 三年 are "3年", "R2" is "r2". Dates are none.

    A question that names one ("三年期利率") is not answered by a passage that only has others.
    """
    found = {"6月"} if "半年" in text else set()
    for numeral, unit, code in _SPECIFIC.findall(_YEARLY.sub("", _DATE.sub(" ", text))):
        found.add(code.lower() if code else f"{_value(numeral)}{_ALIASES.get(unit, unit)}")
    return found


# Said before or after a quantity that describes a situation, which a rule covers without naming it.
_SITUATION = re.compile(r"(?:满|不到|不足|超过|未|晚|了|过|第|还|快|已|每|一天|持有|逾期)$")
_BETWEEN = re.compile(r"^(?:期|的|持有)*")


def keys(question: str) -> dict[str, str]:
    """Quantities and codes that say which one is meant ("四年期定期存款", "分36期的费率"): each with the two characters
    it stands before. Those of a situation ("还款晚了两天", "满一年") are none."""
    found = {}
    question = _YEARLY.sub("", question)
    for match in _SPECIFIC.finditer(question):
        numeral, unit, code = match.groups()
        before, after = question[: match.start()], question[match.end() :]
        if code or not _SITUATION.search(before):
            name = code.lower() if code else f"{_value(numeral)}{_ALIASES.get(unit, unit)}"
            found[name] = after[_BETWEEN.match(after).end() :][:2]  # type: ignore[union-attr]  # matches anything
    return found


def _value(numeral: str) -> str:
    if numeral[0].isdigit():
        return numeral
    total = current = 0
    for char in numeral:
        if char in "十百":
            total += (current or 1) * (10 if char == "十" else 100)
            current = 0
        else:
            current = _NUMERALS[char]
    return str(total + current)


def equal_forms(specific: str) -> set[str]:
    """1年 is 12月 as well, in whichever form a passage has it; a year of age is no year of time."""
    number, unit = specific[:-1], specific[-1]
    if unit == "年" and number.isdigit():
        return {specific, f"{int(number) * 12}月"}
    if unit == "月" and number.isdigit() and int(number) % 12 == 0:
        return {specific, f"{int(number) // 12}年"}
    return {specific}


_RANGE = re.compile(
    rf"(\d+(?:\.\d+)?)周?({_UNITS})?元?(?:（[含不]+）)?[—–~～至到-]{{1,2}}(\d+(?:\.\d+)?)(?:周|个)?({_UNITS})"
)
_ONE_SIDED = re.compile(rf"(\d+(?:\.\d+)?)(?:周|个)?({_UNITS})元?(?:（[含不]+）)?(及?以上|及?以下|以内|以外)")
_BELOW = re.compile(rf"(不足|不到|未满|低于|少于|不超过|满|超过|高于)(\d+(?:\.\d+)?)(?:周|个)?({_UNITS})")
_UP = frozenset(("及以上", "以上", "以外", "满", "超过", "高于"))


def spans(text: str) -> list[tuple[float, float, str]]:
    """The ranges a text speaks of, as (least, most, unit): 41—50周岁, 500万元以上, 不足7天."""
    found = [(float(low) * (of in ("", unit)), float(high), unit) for low, of, high, unit in _RANGE.findall(text)]
    sides = [(word, float(number), unit) for number, unit, word in _ONE_SIDED.findall(text)]
    sides += [(word, float(number), unit) for word, number, unit in _BELOW.findall(text)]
    return found + [(at, float("inf"), unit) if word in _UP else (0.0, at, unit) for word, at, unit in sides]


def speaks_of(specific: str, text: str, held: Set[str]) -> bool:
    """Whether a text has a quantity or code in any form, or a range it falls into. held: the text's `specifics`."""
    if not held.isdisjoint(equal_forms(specific)):
        return True
    number, unit = specific[:-1], specific[-1]
    if not number.replace(".", "", 1).isdigit():
        return False
    return any(unit == of and low <= float(number) <= high for low, high, of in spans(text))


_ASKED = {
    "amount": re.compile(
        r"多少|几(?!乎)|多久|多长|多大|多高|多远|几成|how (?:much|many|long|old)"
        r"|(?:率|费|额|价|钱|息|限|首付|比例|起点)(?:是|为|呢|的)*[?？。\s]*$"
        r"|what (?:is|are) .*\b(?:rate|fee|limit|price|penalty|period|amount)",
        re.IGNORECASE,
    ),
    "time": re.compile(r"什么时候|何时|几点|哪[一几]?天|几号|几月|\bwhen\b", re.IGNORECASE),
    "place": re.compile(r"哪里|在哪|去哪|哪儿|哪家|地址|怎么走|\bwhere\b", re.IGNORECASE),
    "person": re.compile(r"谁|叫什么|姓什么|\bwho(?:se|m)?\b|\bname\b", re.IGNORECASE),
}
_NUMERAL = rf"(?:\d|[一二两三四五六七八九十百千万半几]+\s*个?(?:{_UNITS}|次|倍|成|工作日))"
_GIVEN = {
    "amount": re.compile(rf"{_NUMERAL}|免(?:收|费|除)?|不(?:再)?(?:收|需|设|限)|没有|全[额部]"),
    "time": re.compile(rf"{_NUMERAL}|[即实随及]时|当[日天场]|[次同]日|立即"),
    "place": re.compile(r"网点|银行|热线|柜[台面]|ATM|官[网方]|App|渠道|“|[路街区号楼层]"),
    "person": re.compile(r"本人|[您客]|人(?=[^民员])|公司|机构|银行|监管|先生|女士"),
}


def asked_kinds(question: str) -> frozenset[str]:
    """What sort of thing answers it, by its question words: amount, time, place, person; none for yes or no and how."""
    return frozenset(kind for kind, pattern in _ASKED.items() if pattern.search(question))


def gives(kind: str, text: str) -> bool:
    """Whether a text has something of that sort at all; without it, it answers another question."""
    return _GIVEN[kind].search(text) is not None


# What an amount is counted in, finer than a kind: "多少钱" is not answered by five days.
_MEASURE_ASKED = {
    "money": re.compile(
        r"多少钱|几块|几元|几毛|要钱|收钱|花钱|收费|(?:费|价钱?|限额|额度|金额)(?:是|有|要|为)?多少|多少(?:手续|工本)?费"
        r"|(?:起购|起存|起投|保费)\w{0,3}多少|最[多高少低]\w{0,4}[转取存买贷]|[转取][账款现]\w{0,4}(?:最多|上限)"
        r"|how much|\bfees?\b|\bcosts?\b|\blimit\b"
    ),
    "time": re.compile(
        r"多久|多长|几天|多少[天年月]|几[年月周]|几个(?:月|工作日|小时)|什么时候|how (?:long|many days)"
    ),
    "age": re.compile(r"几岁|多少岁|多大(?:年纪|岁数|年龄)|年龄|how old"),
    "rate": re.compile(r"利率|利息|费率|几个点|百分之几|几成|多少利|收益率|\brates?\b"),
}
_MEASURE_GIVEN = {
    "money": re.compile(r"\d\s*(?:万|亿)?(?:元|美元|港元)|cny|\d%|免(?!赔|责)|不再?收|不扣|不限", re.IGNORECASE),
    "time": re.compile(
        r"[\d一二两三四五六七八九十百半几]\s*个?(?:[天日年月周]|小时|工作日|期)|[即实随及]时|当[日天场]|[次同]日|立即|T\+\d",
        re.IGNORECASE,
    ),
    "age": re.compile(r"\d\s*周?岁"),
    "rate": re.compile(r"\d%|成|倍|利率|基点"),
}


def asked_measures(question: str) -> frozenset[str]:
    """What the amount asked for is counted in: money, time, age, rate; none where the question leaves it open."""
    return frozenset(name for name, pattern in _MEASURE_ASKED.items() if pattern.search(question.lower()))


def measures(text: str) -> frozenset[str]:
    """In what a text counts anything."""
    return frozenset(name for name, pattern in _MEASURE_GIVEN.items() if pattern.search(text))


_ASKING = re.compile(
    r"请问|多少|什么(?:时候)?|怎么[样办]?|怎样|如何|哪[里些个儿种]?|多[久长大高]|为什么|是不是|能不能|可不可以|有没有|[吗呢吧啊呀么嘛？?]"
)


def asks(clause: str) -> bool:
    """Whether a clause has a question word of its own."""
    return bool(asked_kinds(clause)) or _ASKING.search(clause) is not None


def without_asking(question: str) -> str:
    """A question without its question words, which a FAQ's own question shares with every other one."""
    return _ASKING.sub(" ", question)
