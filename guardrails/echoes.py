"""Terms of the question that an answer repeats although no evidence ever mentions them.

"保管箱一年租金是0.95%" has a figure that stands in a passage and a subject that stands in none: a small model puts the
two together. Whoever asserts something about a term must have found the term; saying that it was not found is fine.
"""

from __future__ import annotations

import re
from collections.abc import Set
from operator import add

_DENIES = re.compile(
    r"没有?(?:查|找|提|说明|记载|写明|列出|相关|关于|包含|涉及|资料|信息)|未(?:查|找|提|说明|载明|列|涉及)|无法|不能确定|不确定|不详|"
    r"查不到|建议您|请您|转人工"
)
# Words that carry no subject: an answer may use them whether or not the passage does.
_EMPTY = re.compile(
    r"可以|能够|需要|是否|应该|应当|必须|如果|的话|时候|多久|多少|什么|怎么|怎样|如何|哪里|哪些|大概|大约|目前|现在|一般|"
    r"通常|我们|你们|您的|我的|请问|就是|还是|或者|以及|并且|因为|所以|但是|这个|那个|一个|一下|进行|办理|使用|情况|问题|"
    r"客户|银行|本行|要求|规定|包括|属于|根据|按照|具体|直接|已经|马上|立即|收取|收费|费用|价格|金额|要钱|花钱|钱数|免费"
)
_HAN = re.compile(r"[㐀-鿿]+")
_LATIN = re.compile(r"[a-z]{2,}")


def pairs_of(text: str) -> frozenset[str]:
    """Every two neighbouring characters."""
    return frozenset(map(add, text, text[1:]))


class Echoes:
    """What one question says and its evidence does not. All texts plain: Simplified, lower case, without spaces."""

    def __init__(self, question: str, evidence: str, pairs: Set[str] | None = None) -> None:
        """pairs: the evidence's, when they have been read."""
        self._question = question
        self._evidence = evidence
        self._pairs = pairs_of(evidence) if pairs is None else pairs
        # A strange term has a pair that the question has and the evidence has not; most questions have few.
        self._strange = pairs_of(question) - self._pairs
        self._has_words = _LATIN.search(question) is not None

    def first(self, sentence: str) -> str | None:
        """The first term of two characters or more that sentence and question share and the evidence lacks, or None.

        A character counts as known when it and a neighbour stand side by side in the evidence. Linear in the sentence.
        """
        may_echo = not self._strange.isdisjoint(map(add, sentence, sentence[1:]))
        if not (may_echo or self._has_words) or _DENIES.search(sentence) or not _HAN.search(sentence):
            return None
        term = self._term(sentence) if may_echo else None
        return self._word(sentence) if term is None and self._has_words else term

    def _term(self, sentence: str) -> str | None:
        for match in _HAN.finditer(sentence):
            run = match.group()
            known = [False] * len(run)
            for at, pair in enumerate(map(add, run, run[1:])):
                if pair in self._pairs:
                    known[at] = known[at + 1] = True
            for empty in _EMPTY.finditer(run):
                known[empty.start() : empty.end()] = [True] * len(empty.group())
            stretch = "".join(" " if seen else char for char, seen in zip(run, known, strict=True))
            for term in stretch.split():
                for length in range(len(term), 1, -1):
                    for start in range(len(term) - length + 1):
                        if term[start : start + length] in self._question:
                            return term[start : start + length]
        return None

    def _word(self, sentence: str) -> str | None:
        for word in _LATIN.findall(sentence):
            if word in self._question and word not in self._evidence:
                return str(word)
        return None
