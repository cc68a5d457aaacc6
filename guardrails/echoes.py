"""Terms of the question that an answer repeats although no evidence ever mentions them.

"保管箱一年租金是0.95%" has a figure that stands in a passage and a subject that stands in none: a small model puts the
two together. Whoever asserts something about a term must have found the term; saying that it was not found is fine.
"""

from __future__ import annotations

import re
from collections.abc import Set
from itertools import pairwise

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
    return frozenset(map("".join, pairwise(text)))


def strange_echo(sentence: str, question: str, evidence: str, pairs: Set[str] | None = None) -> str | None:
    """The first term of two characters or more that sentence and question share and the evidence lacks, or None.

    All three plain (Simplified, lower case, without spaces). A character counts as known when it and a neighbour
    stand side by side in the evidence. Linear in the sentence. pairs: the evidence's, when they have been read.
    """
    if _DENIES.search(sentence) or not _HAN.search(sentence):
        return None
    if pairs is None:
        pairs = pairs_of(evidence)
    for match in _HAN.finditer(sentence):
        run = match.group()
        known = [False] * len(run)
        for at, pair in enumerate(pairwise(run)):
            if "".join(pair) in pairs:
                known[at] = known[at + 1] = True
        for empty in _EMPTY.finditer(run):
            known[empty.start() : empty.end()] = [True] * len(empty.group())
        stretch = "".join(" " if seen else char for char, seen in zip(run, known, strict=True))
        for term in stretch.split():
            for length in range(len(term), 1, -1):
                for start in range(len(term) - length + 1):
                    if term[start : start + length] in question:
                        return term[start : start + length]
    for word in _LATIN.findall(sentence):
        if word in question and word not in evidence:
            return str(word)
    return None
