"""Subjects of the question that an answer repeats although no evidence ever mentions them.

"保管箱一年租金是0.95%" has a figure that stands in a passage and a subject that stands in none: a small model puts the
two together. Whoever asserts something about a thing must have found the thing; saying that it was not found is fine.
How a question asks ("最低要多少才能买") is no subject: honest answers repeat it, and no passage has it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import jieba

_DENIES = re.compile(
    r"没有?(?:查|找|提|说明|记载|写明|列出|相关|关于|包含|涉及|资料|信息)|未(?:查|找|提|说明|载明|列|涉及)|无法|不能确定|不确定|不详|"
    r"查不到|建议您|请您|转人工"
)
_CLAUSE = re.compile(r"[,;，；。！？!?]")
_FIGURE = re.compile(r"\d")
_HAN = re.compile(r"[㐀-鿿]{2,}")
_LATIN = re.compile(r"[a-z]{2,}")
# A day that is not today: what holds then, a passage must say.
_ANOTHER_DAY = re.compile(r"[明后来]年|下半?年|下个?(?:月|季度|周|星期)|未来|(?:周|星期)[一二三四五六日天末]")
# Grammar: a new word that the segmenter makes up around one of these is none (能贷, 最多刷, 网银用).
_GRAMMAR = frozenset(
    "新旧是的了在有和与及或要能会可用从到把被给让对向于这那哪几多少最很更再又才就都也还没不未无请想得着过吗呢吧啊"
)
# What makes a kind of thing out of any word before it: 重疾险, 转让费, 经营贷.
_KINDS = frozenset("险费卡贷金率款券币额户单证")
# … and of those what a bank or an insurer sells: beside a figure, wherever it stands. Customers bring 学费 and 退休金.
_SOLD_KINDS = frozenset("险卡贷券币单证")
# Letters between which others may stand: 网银 is 网上银行, 补卡 is 补、换卡, 房贷 is 住房贷款.
_APART = 2
# Counted so often in general Chinese, a word is nobody's product (东西, 功能, 孩子) but for what a bank deals in.
_EVERYDAY = 2000
_DEALT_IN = frozenset(["贷款", "基金", "保险", "黄金", "股票", "证券", "美元", "人民币", "汽车"])
# What follows a word that the sentence tells of ("微信可以还款", "保管箱一年200元"), or leads to what is offered.
_TOLD_OF = re.compile(
    r"(?:的话|呢|嘛|这块|方面|业务|服务)?(?:[,，][^。]{0,30}\d|都|也|均|一律)?"
    r"(?:是|为|可以?(?!能)|能(?!不能)|支持|提供|享受?|开办|免|收|需要?|有(?!可能)|在|赔|\d|[一二两三四五六七八九十百]{1,3}[年元天个月日次笔])"
    r"|(?:的话|呢|嘛|这块|方面|业务|服务)?[,，][^。]{0,30}\d"
)
_LED_BY = 20
_OFFERED = re.compile(
    r"(?:支持|提供|享受?|赠送?|包括|包含|开办|推出|(?:可以|能)[^,，不]{0,6}(?:进|买|办理?|领|开|换|用|购买|申请|兑换|使用))"
    r"[^,，不]{0,4}$"
)
# A clause that warns, asks back, supposes or tells what others do offers nothing.
_OFFERS_NOTHING = re.compile(
    r"不|没|勿|莫|唔|冇|(?<!特|区|分|级|类)别(?!人|的)|请|如果|若|要是|万一|假如|的话|怕|骗|假冒|冒充|有人|对方|[您你](?:说|问|提到?|讲|是|想|要|会)"
    r"|[吗呢么嘛?]|抱歉|理解"
)


class Subjects:
    """Which words of Chinese can be what a sentence is about. Reads the tags of jieba's dictionary, once.

    A word that the dictionary does not know is a name of something.
    """

    def __init__(self) -> None:
        jieba.initialize()
        text = (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8")
        tagged = re.findall(r"^([㐀-鿿]{2,4}) \d+ (?!v?n|[jliq])[a-z]", text, re.MULTILINE)
        self._others = frozenset(tagged)

    def of(self, question: str) -> list[str]:
        """Words of two letters or more, longest first, then in the order said. question: plain, without spaces."""
        names = {name for run in _HAN.findall(question) for name in self._names(jieba.lcut(run))}
        names.update(_LATIN.findall(question), _ANOTHER_DAY.findall(question))
        return sorted(names, key=lambda name: (-len(name), question.find(name)))

    def _names(self, words: Sequence[str]) -> Iterator[str]:
        for before, word in pairwise(["", *words]):
            if word in _KINDS and len(before) > 1:
                yield before + word
            elif len(word) > 3:
                yield from (part for part in jieba.lcut_for_search(word) if part != word and self._is_name(part))
            elif self._is_name(word):
                yield word

    def _is_name(self, word: str) -> bool:
        known = jieba.dt.FREQ.get(word, 0) > 0
        # 转钱, 汇钱: whatever is done with money has another name in a passage.
        return len(word) > 1 and word not in self._others and (known or _GRAMMAR.isdisjoint(word)) and word[-1] != "钱"


class Echoes:
    """What one question is about and its evidence does not mention. All texts plain: Simplified, lower case, unspaced.

    subjects: the question's. synonyms: groups of words for the same. strange: the subjects that stand nowhere in the
    evidence, under no name, not even in the letters of a longer word.
    """

    def __init__(self, subjects: Collection[str], evidence: str, synonyms: Iterable[Collection[str]] = ()) -> None:
        self._evidence = evidence
        same = {word: group for group in synonyms for word in group}
        self.strange = [
            word for word in subjects if not any(_mentions(evidence, name) for name in (word, *same.get(word, ())))
        ]

    def first(self, sentence: str) -> str | None:
        """The first strange subject that the sentence asserts something about, or None.

        An English sentence about Chinese passages shares no words with them: it is left to the other checks.
        """
        return next((word for word in self.strange if word in sentence and self._asserts(sentence, word)), None)

    def _asserts(self, sentence: str, word: str) -> bool:
        """Whether the sentence tells something of the word: a figure, or that there is such a thing to be had.

        Where it denies, only a clause with a figure does. Where it does not, a figure beside the word or after it.
        """
        if not _HAN.search(sentence):
            return False
        clauses = _CLAUSE.split(sentence)
        if _DENIES.search(sentence):
            return any(
                word in clause and _FIGURE.search(clause) is not None and not _DENIES.search(clause)
                for clause in clauses
            )
        if word not in _DEALT_IN and jieba.dt.FREQ.get(word, 0) >= _EVERYDAY:
            return False
        told = [clause for clause in clauses if word in clause]
        if any(map(_FIGURE.search, told)):
            return self._is_sold(word) or self._is_told_of(word, sentence)
        if self._is_loose(word):
            return False
        # The next clause may still tell a figure of what this one only names: "保管箱的话,一年200元".
        figure = any(map(_FIGURE.search, clauses))
        excused = all(_OFFERS_NOTHING.search(clause) for clause in told)
        return (figure if excused else True) and self._is_told_of(word, sentence)

    def _is_sold(self, word: str) -> bool:
        if word.isascii() or word in _DEALT_IN:
            return True
        return word[-1] in _SOLD_KINDS or _ANOTHER_DAY.fullmatch(word) is not None

    def _is_told_of(self, word: str, sentence: str) -> bool:
        """Whether something is said of the word or it is offered; not where it only tells whose or which money, who
        or when ("压岁钱存定期50元起存")."""
        for found in re.finditer(re.escape(word), sentence):
            at = found.end()
            while other := next((one for one in self.strange if sentence.startswith(one, at)), None):
                at += len(other)
            of = at + sentence.startswith("的", at)
            noun = sentence[of : of + 2]
            if len(noun) == 2 and _HAN.fullmatch(noun) and noun in self._evidence:
                return True
            if any(_TOLD_OF.match(sentence, start) for start in (at, of)):
                return True
            if _OFFERED.search(sentence, max(0, found.start() - _LED_BY), found.start()):
                return True
        return False

    def _is_loose(self, word: str) -> bool:
        """Whether the word may be another for what the evidence calls by the same head (换汇 beside 购汇)."""
        head = word[-1]
        if word in _DEALT_IN or len(word) != 2 or head in _KINDS:
            return False
        at = self._evidence.find(head)
        while at > 0:
            if jieba.dt.FREQ.get(self._evidence[at - 1 : at + 1], 0) > 0:
                return True
            at = self._evidence.find(head, at + 1)
        return False


def _mentions(text: str, word: str) -> bool:
    if word in text:
        return True
    return not word.isascii() and re.search(f".{{0,{_APART}}}?".join(map(re.escape, word)), text) is not None
