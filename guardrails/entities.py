"""Names in a sentence that the evidence does not hold: people, branches, institutions, laws and products.

A name is released only when it stands in the evidence, the catalogue or the bank's own name; what the customer wrote is
no evidence. Strict on purpose: a wrongly withheld name costs a sentence, an invented one costs trust.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence

import jieba

from guardrails.branch_words import BEFORE_BRANCH, ENDS_NO_NAME
from guardrails.catalogue import Catalogue, fold_name
from guardrails.numbers import Facts
from guardrails.numbers.following import is_not_found
from guardrails.people import (
    COMMON_SURNAMES,
    COMPOUND,
    PREPOSITIONS,
    PersonSlots,
    read_persons,
    read_verbs,
    well_known,
)
from guardrails.romanised import sounds_like

_TITLES = (
    "副行长|行长|客户经理|总经理|副总经理|大堂经理|经理|主任|主管|董事长|总裁|副总裁|负责人|联系人|专员"
    "|顾问|柜员|代表|法人|法定代表人|院长|会长|主席|书记|科长|处长|部长"
    "|老师|律师|先生|女士|小姐|同志|师傅|总监|秘书|助理|创始人|发言人|坐席|理财师|专家"
)
_TITLE = re.compile(f"(?:{_TITLES})$")
_TITLE_FIRST = re.compile(f"(?:{_TITLES})")
_LINKS = frozenset(["是", "为", "叫", "由", "找", "联系", "名叫", ":", "：", "姓名", "即", "和", "与", "、", "（", "("])
_ACTS = frozenset(
    [
        "负责",
        "担任",
        "任",
        "出任",
        "先生",
        "女士",
        "小姐",
        "表示",
        "介绍",
        "电话",
        "您好",
        "同志",
        "老师",
        "接待",
        "分管",
        "主持",
        "签署",
        "（",
        "(",
    ]
)
_SURNAME = re.compile(f"[{''.join(sorted(COMMON_SURNAMES))}]")
_OPENING = re.compile(f"(?:{_SURNAME.pattern}|{'|'.join(COMPOUND)})")
_OPENINGS = re.compile(f"(?={_OPENING.pattern})")
# A surname beside a title: no name begins farther from it than four characters.
_AFTER_TITLE = re.compile(f"(?:{_TITLES}){_OPENING.pattern}")
_BEFORE_TITLE = re.compile(f"(?={_OPENING.pattern}).{{1,4}}?(?:{_TITLES})", re.DOTALL)
_ACT = "|".join(map(re.escape, sorted(_ACTS)))
# A surname after a link, or one to three characters before an act.
_LINKED = re.compile(f"(?:{'|'.join(map(re.escape, sorted(_LINKS)))}){_OPENING.pattern}")
_ACTING = re.compile(_ACT)
_BEFORE_ACT = re.compile(f"(?={_OPENING.pattern}).{{2,4}}?(?:{_ACT})", re.DOTALL)
_BRANCH_KIND = re.compile("支行|分行|营业部|分理处|储蓄所|营业所|分公司")
_NAMES_TOO = frozenset("和来家")
_RUN = re.compile("[\u4e00-\u9fff]+$")
_OFTEN = 500
_WHOLE_PARTS = frozenset("东南西北中")
# Where one goes or is: a verb behind one of these is the name of a place (去解放支行), behind others it is done there.
_LEADS_THERE = frozenset("去到在找向往至于喺赴") | frozenset(["前往", "位于", "来到", "联系", "亲临"])
_PLACE = re.compile("(?:位于|坐落于?|地址(?:为|是|在|[:：])|地处)\\s?([\u4e00-\u9fffA-Za-z0-9]{2,8})")
_NEARBY = re.compile("(?:附近|旁|一带|对面|周边|交叉口|路口|交汇处|以[东南西北]|[东南西北]侧|内|的).*$")
_STREET = re.compile("([\u4e00-\u9fff]{2}(?:路|街|大道|大街|胡同|巷))\\s?[\\d一二三四五六七八九十]{1,4}号")
# Who is said to run or issue a product.
_MANAGER = re.compile(
    "由((?!该|本|相关|合作|对应|货币|债券|股票|指数|混合|投保|承保|各家|其他|外部|同一|某|银行|持牌|正规|专业|指定|多家|客户|投资者|持有人)[\u4e00-\u9fff]{2,6}?"
    "(?:基金|证券|信托|保险|人寿|财险|资管|理财)(?:管理)?(?:股份)?(?:有限)?(?:公司)?)"
    "(?:负责|担任|代为|受托)?(?:投资)?(?:管理(?!人)|发行|托管|承保|运作|经营|负责)"
)
# How one speaks of somebody whose full name has been told: surname and title.
_CALLED = re.compile(f"({_OPENING.pattern})((?:{_TITLES}))")
_COURTESY = frozenset(["先生", "女士", "小姐", "老师", "师傅", "同志"])
_CLAUSES = re.compile("[。,，;；!?！？\\n]")
_NOT_THERE = re.compile(
    "(?:资料|文件|名单|记录|材料|信息|介绍)(?:里|中|内|上)?[^,，。]{0,6}(?:没有?|未|不(?:含|包括|存在))"
    "|不在[^,，。]{0,6}(?:名单|资料|文件|名录|记录)|没有(?:这|叫|名叫|一位|一个)[^,，。]{0,8}(?:人|经理|支行|网点|分行)"
)
# A name holds no pronoun ("祝您"); 是许诺 promises.
_NO_NAME = re.compile("[您你我他她它们这那哪嘅咗唔哋佢喺嚟啲冇]|^许诺$|^万分")
_TITLED = re.compile("《([^《》\\n]{1,60})》")
_ENGLISH = re.compile(
    r"\b(?:Mr|Ms|Mrs|Miss|Dr|President|Manager|Director|Governor|Chairman|Chairwoman|CEO)\.? (?:is "
    r"|named )?([A-Z][a-z]+(?: [A-Z][a-z]+)?)"
    r"|(?i:\b(?:named|called|contact|manager is|president is|director is|governor is|manager,"
    r"|president,))[: ]{1,2}([A-Z][a-z]+ [A-Z][a-z]+)"
    r"|\b((?:Li|Wang|Zhang|Liu|Chen|Yang|Zhao|Huang|Zhou|Wu|Xu|Sun|Hu|Zhu|Gao|Lin|Guo|Luo|Liang|Zheng|Xie"
    r"|Tang|Feng|Dong|Xiao|Cheng|Cao|Yuan|Deng"
    r"|Shen|Zeng|Peng|Lu|Su|Jiang|Cai|Jia|Ding|Wei|Xue|Ye|Yan|Pan|Dai|Zhong|Tian|Ren|Jiang|Qin|Shi|Hou"
    r"|Smith|Johnson|Brown) [A-Z][a-z]{1,10})\b"
    r"|\b([A-Z][a-z]{1,10} (?:Li|Wang|Zhang|Liu|Chen|Yang|Zhao|Huang|Zhou|Xu|Zhu|Guo|Luo|Liang|Zheng|Xie"
    r"|Smith|Johnson|Brown))\b"
)
_HAN = re.compile("[\u3400-\u9fff]")
_CAPITAL = re.compile("[A-Z]")
_LATIN_PAIR = re.compile(r"(?<![A-Za-z])([A-Z][a-z]{2,12} [A-Z][a-z]{2,12})(?![A-Za-z])")


class EntityCheck:
    """Built once; reads jieba's own dictionary for the names it knows (about a second)."""

    def __init__(self, catalogue: Catalogue, bank: str, institutions: Iterable[str]) -> None:
        self._catalogue = catalogue
        self._bank = bank
        names = sorted((name for name in institutions if name not in bank), key=len, reverse=True)
        self._institutions = re.compile("|".join(map(re.escape, names))) if names else None
        logging.getLogger("jieba").setLevel(logging.WARNING)
        jieba.initialize()
        self._persons = read_persons()
        self._known = well_known(self._persons)
        self._verbs = read_verbs()
        self._frequencies = jieba.dt.FREQ
        self._slots = PersonSlots()

    def with_catalogue(self, catalogue: Catalogue) -> EntityCheck:
        """The same names over other products, without reading the dictionary again."""
        other = object.__new__(EntityCheck)
        other.__dict__.update(self.__dict__)
        other._catalogue = catalogue
        return other

    def check(self, sentence: str, facts: Facts, question: str = "", names: Iterable[str] | None = None) -> str | None:
        """The first name of a sentence (plain form) that nothing supports, or None. names: its own, if read before."""
        for name in self.names(sentence) if names is None else names:
            if self._is_known(name, facts) or (name in question and _is_absent(sentence)):
                continue
            if not self.is_short_for(name, facts):
                return name
        for name in self._catalogue.unknown_siblings(sentence):
            if fold_name(name) not in facts.folded and not (name in question and _is_absent(sentence)):
                return name
        return None

    def is_short_for(self, name: str, facts: Facts) -> bool:
        """Whether somebody the evidence names is meant: 陈主任 where it has "主任陈思远", Lin Xiaowen where 林晓雯."""
        if name.isascii():
            people = (one for one in self.names(facts.text) if 2 <= len(one) <= 4)
            return any(sounds_like(one, name) for one in people)
        called = _CALLED.fullmatch(name)
        if called is None:
            return False
        surname, title = called.groups()
        clauses = _CLAUSES.split(facts.text) if surname in facts.text else []
        return any(one.startswith(surname) and one != name for one in self._holders(title, clauses))

    def _holders(self, title: str, clauses: Sequence[str]) -> Iterator[str]:
        """Who bears a title, as it stands beside their names; a courtesy may be said to anybody."""
        for at, clause in enumerate(clauses):
            if title in _COURTESY:
                yield from self._people(clause)
            elif title in clause:
                found = list(self._people(clause))
                around = (*clauses[max(0, at - 1) : at], *clauses[at + 1 : at + 2])
                yield from found or (one for beside in around for one in self._people(beside))

    def _is_known(self, name: str, facts: Facts) -> bool:
        folded = fold_name(name)
        return (
            folded in facts.folded
            or name in self._bank
            or folded in fold_name(facts.text)
            or self._catalogue.knows(name)
        )

    def names(self, sentence: str) -> Iterable[str]:
        """What a sentence in plain form names, whether or not anything supports it."""
        yield from self._slots.names(sentence)
        capital = _CAPITAL.search(sentence) is not None
        if _HAN.search(sentence):
            yield from self._people(sentence)
            if _BRANCH_KIND.search(sentence):
                yield from self._branches(sentence)
            yield from _places(sentence)
            if "由" in sentence:
                yield from (m.group(1) for m in _MANAGER.finditer(sentence))
            if capital:
                yield from (m.group(1) for m in _LATIN_PAIR.finditer(sentence))
            if self._institutions is not None:
                yield from (m.group() for m in self._institutions.finditer(sentence))
        if "《" in sentence:
            yield from (m.group(1) for m in _TITLED.finditer(sentence))
        if capital:
            yield from (next(g for g in m.groups() if g) for m in _ENGLISH.finditer(sentence))

    def _people(self, sentence: str) -> Iterable[str]:
        if not _SURNAME.search(sentence) or not self._may_name_someone(sentence):
            return
        # 是**苏军**: emphasis parts no name from its link.
        tokens = jieba.lcut(sentence.replace("*", ""))
        for index, token in enumerate(tokens):
            if not _opens_with_surname(token) or _NO_NAME.search(token):
                continue
            before = tokens[index - 1] if index else ""
            after = tokens[index + 1] if index + 1 < len(tokens) else ""
            if len(token) == 1:
                # 李 + 行长; 李 + 明 cut apart after a title; not 向 + 经理.
                if token not in PREPOSITIONS and (
                    _TITLE_FIRST.match(after)
                    or (len(after) == 1 and before in _LINKS and index >= 2 and _TITLE.search(tokens[index - 2]))
                ):
                    yield token + after
                continue
            if _TITLE.search(token) and len(token) <= 4 and not self._is_word(token):
                yield token
            elif 2 <= len(token) <= 4 and (token in self._persons or (not self._is_word(token) and len(token) <= 3)):
                titled = _TITLE.search(before) or (before in _LINKS and index >= 2 and _TITLE.search(tokens[index - 2]))
                # 刘海是本行行长, but not 孙女说.
                titled = titled or (after == "是" and token in self._persons and _TITLE_FIRST.search(sentence))
                if titled or _TITLE_FIRST.match(after) or after in _ACTS or token in self._known or before in _LINKS:
                    yield token

    def _may_name_someone(self, sentence: str) -> bool:
        """Whether any token, however the sentence is cut, can be a name: cutting costs more than all other checks."""
        if _LINKED.search(sentence):
            return True
        if _TITLE_FIRST.search(sentence) and (_AFTER_TITLE.search(sentence) or _BEFORE_TITLE.search(sentence)):
            return True
        if _ACTING.search(sentence) and _BEFORE_ACT.search(sentence):
            return True
        return any(
            sentence[at : at + length] in self._persons
            for at in (match.start() for match in _OPENINGS.finditer(sentence))
            for length in (2, 3, 4)
        )

    def _branches(self, sentence: str) -> Iterator[str]:
        """What a branch is called: the last two characters before the word, up to a word no name holds."""
        for kind in _BRANCH_KIND.finditer(sentence):
            run = _RUN.search(sentence[max(0, kind.start() - 10) : kind.start()])
            if run is None or run.group()[-2:] in BEFORE_BRANCH or self._is_cut_through(sentence, kind.start()):
                continue
            name = self._place_name(jieba.lcut(run.group(), HMM=False))
            if name:
                yield name[-2:] + kind.group()

    def _is_cut_through(self, sentence: str, at: int) -> bool:
        """ "一部分行不行": the word ends inside another; 南部分行 does not."""
        word = sentence[at - 1 : at + 1]
        whole = word[0] == "部" and sentence[at - 2 : at - 1] in _WHOLE_PARTS
        return self._frequencies.get(word, 0) >= _OFTEN and not whole

    def _place_name(self, words: list[str]) -> str:
        """The words at the end that can be a name, "" when there are none."""
        name = ""
        for index in range(len(words) - 1, -1, -1):
            word = words[index]
            before = words[index - 1] if index else ""
            if not name and word in _NAMES_TOO and len(before) == 1 and before not in ENDS_NO_NAME:
                return before + word
            if word in ENDS_NO_NAME or word in BEFORE_BRANCH or self._is_done(word, before):
                break
            name = word + name
        return name

    def _is_done(self, word: str, before: str) -> bool:
        """A verb said of someone who may, will or must ("可以拜访支行")."""
        done = before in BEFORE_BRANCH or before in ENDS_NO_NAME
        return word in self._verbs and before not in _LEADS_THERE and done

    def _is_word(self, token: str) -> bool:
        return self._frequencies.get(token, 0) > 0 and token not in self._persons


def _is_absent(sentence: str) -> bool:
    """Whether it says that something is not there: that may be named which the customer named."""
    return is_not_found(sentence) or _NOT_THERE.search(sentence) is not None


def _places(sentence: str) -> Iterator[str]:
    """Streets and what something is said to be near."""
    if "号" in sentence:
        yield from (street.group(1) for street in _STREET.finditer(sentence))
    yield from (place for m in _PLACE.finditer(sentence) if len(place := _NEARBY.sub("", m.group(1))) >= 2)


def _opens_with_surname(token: str) -> bool:
    return token[0] in COMMON_SURNAMES or token.startswith(COMPOUND)
