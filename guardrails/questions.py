"""Whether a sentence asks what it says at a place, or asserts it: only what asks there is no promise.

"这款理财保本吗" asks; "本产品保本保息，不是吗？" asserts and asks for assent; "无论什么情况，都保本" asks nothing.
Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BOUND = re.compile(r"[,，;；:：|]")
_ASKS = re.compile(
    r"吗|呢$|么$|是不是|能不能|会不会|可不可以|可以不|有没有|是否|要不要|算不算|好不好|行不行|怎么|怎样|如何|多少|什么|哪"
    r"|几[个天年月点种次]|为何|为啥|咋|谁|^(?:can|could|does|do|did|is|are|was|what|how|when|which|who|why|will|would|should|may"
    r"|where)\b|(?<![a-z])whether(?![a-z])"
    r"|(?:can.?t|cannot|not able to|unable to|no ?(?:one|body) can|don.t|do not) (?:say|tell|know|judge|predict)"
    r"(?: you)? (?:which|when|what|if|who)"
)
# A choice put into words, "要不要投诉", denies nothing.
_CHOICE = re.compile(r"([\u4e00-\u9fff])不\1")
# Words of a question that ask nothing: whatever it be; all that; how could it.
_NO_QUESTION = re.compile(
    r"(?:无论|不论|不管|任凭|随便|哪怕|管(?:它|他)|no matter|whatever|whichever)[^,，]{0,30}"
    r"|(?:什么|啥|谁|哪|怎么|怎样|如何|多少|几)[^,，]{0,12}(?:都|也)"
    r"|还[^,，]{0,8}(?:什么|啥|哪)|哪(?:有|会|能|里会|里有|来的)|怎么(?:会|可能)|谁(?:会|不|买谁)|何(?:乐|必|愁|须|苦)"
    r"|有(?:什么|啥)(?:好|可)|难道|岂|what.?s there|who (?:would|doesn.t)|how could"
)
# An offer is a deed in the form of a question.
_OFFER = re.compile(
    r"(?:要不要|需不需要|需要|要|不如|要不|让)我(?:们)?(?:现在|直接|来|就|先)?(?:帮|替|代|给|为)[您你]"
    r"|(?:shall|may|can) i (?:buy|place|order|do) "
)
# What a sentence opens with that asks about all that follows in it.
_INQUIRES = re.compile(
    r"请问|(?:[您你](?:是)?(?:不是)?(?:想|要|希望|需要|在)?|是)(?:问|了解|知道|咨询|查询|担心|确认|指|说)"
    r"|想(?:问|了解|知道|确认)|do you (?:mean|want to know)|are you asking"
)
_OR = re.compile(r"[,，;；]\s*(?:还是|或者?是|抑或|or )")
_ENDS = re.compile(r"(?:[?？]|吗|呢|么)[\s\"”』」)）?？!！]*$")


def chooses_at(sentence: str, start: int, end: int) -> bool:
    """Whether the words at start..end touch a choice of one thing or its contrary."""
    return any(one.start() < end and start < one.end() for one in _CHOICE.finditer(sentence))


def asks_at(sentence: str, start: int, end: int, cells: Sequence[int] = ()) -> bool:
    """Whether what stands at start..end is asked, not said. cells: where cells of a table begin in the sentence."""
    bounds = [*(found.end() for found in _BOUND.finditer(sentence)), *cells]
    first = max((at for at in bounds if at <= start), default=0)
    last = min((at for at in bounds if at > end), default=len(sentence))
    clause = sentence[first:last].strip(" ,，;；:：|#>*-")
    if _OFFER.search(clause):
        return False
    if _ASKS.search(_NO_QUESTION.sub("", clause.rstrip("?？。!！~ "))):
        return True
    if clause.endswith(("?", "？")) and not _NO_QUESTION.search(clause):
        return True
    return _ENDS.search(sentence) is not None and (
        _INQUIRES.search(sentence, 0, start) is not None or _OR.match(sentence, last - 1) is not None
    )
