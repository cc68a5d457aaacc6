"""What of a sentence stands for itself: an excuse ("不得承诺…", "请警惕诈骗") covers its own statement only.

"虽然不得承诺收益，但本产品保本" is two statements, and the second is a promise; "凡承诺保本的，都是骗局" is one.
Linear in the text.
"""

from __future__ import annotations

import re

# What takes back the words before it.
TURNS = re.compile(
    r"(?<![不非])但(?!凡|书|愿)|(?<![不超通经错难])不过(?!户|期|关|敏|分|年|滤|手|账|是|度|来|去)|然而"
    r"|(?<!不)可是(?!否|不)|(?<!不)只是(?!否)"
    r"|(?<=[,，])(?:可(?=[它这那我本他她您你实现警])|而(?=[我本这该您])|(?:其实|实际上|事实上))"
    r"|(?<=[,，])惟(?!一|有)|(?<![a-z])(?:but|however|yet)(?![a-z])"
)
_COMMA = re.compile(r"[,，;；]")
# A clause with a subject or a request of its own: what was said before it governs it no longer.
_OWN = re.compile(
    r"\s*(?:所以|因此|因而|于是|而且|并且|总之|放心|请放心|如今|现在|那么?|就|只要|反正)?"
    r"(?:[本这此该](?:[款只个支项期]|[类种](?!说|话|做|宣|行|情|承|理解|想法|看法|观点|讲)|产品|理财|基金|保险|信托)"
    r"|我(?!国)|咱|本行|您|你|它(?!不|并|没|也)|请(?!勿|不|警|注意|谨|莫|务|保持警|提高警|截图举|举报|报警)|麻烦|买(?:了|它|的)"
    r"|本金(?!和|及|、)|收益(?!和|及|、|率?[波浮不])|理财(?!和|及|、)|建议|推荐|肯定|保证|绝对|稳赚|保本(?:保息)?[,，。!]?$|没有任何风险"
    r"|(?:this|our|we|it|your|you|i|please)\s)"
)
# … unless it denies something itself, or goes on with a list.
_GOES_ON = re.compile(r"\s*(?:也|或|及|以及|并(?!且)|更|亦|均|都|不|无|未|没|勿|or\s|nor\s|and\s)")
# Words of others: what follows is what they say, suppose or must not say, whoever is its subject.
_GOVERNS = re.compile(
    r"(?:说|称|承诺|保证|宣传|声称|宣称|表示|许诺|相信|轻信|认为|以为|告诉[您你我]|告知[您你]|答应[您你]?|例如|比如|包括|如|:|：)[“\"]?$"
)
_REPORTS = re.compile(
    r"(?:如|若|凡|遇到|一旦|假如|要是|谁|有人|任何人|任何机构|对方|骗子|不法|犯罪|诈骗分子)[^。]{0,24}"
    r"(?:说|称|承诺|宣|保证|告诉|答应|许诺|诱)"
    r"|(?:if|anyone|someone|scammers?)[^.]{0,24}(?:says?|tells?|claims?|promises?)"
)
# "如果有人向您承诺保本，请报警": what they promise is theirs. Read up to the promise.
_THEIRS = re.compile(
    r"(?:如果?|若|凡是?|遇到|碰到|一旦|发现|要是|假如|有(?=人))(?:是|您|你)?(?:再|有|遇到|碰到)?"
    r"[^。,，本这我]{0,10}(?:人|机构|谁|对方|人员|业务员|员工|销售|经理|顾问|平台|公司|群|电话|短信|广告|骗子|分子|同事|柜员|坐席|专家)"
    r"[^。,，但我]{0,10}(?:承诺|保证|许诺|声称|宣称|宣传|说|讲|称|答应|推销|吹嘘|鼓吹|担保|威胁|劝|逼|拦|不让)"
    r"|(?:if|should) (?:any|some|an?|the|your)(?:one|body|where)? ?[^.,]{0,24}"
    r"(?:promises?|guarantees?|tells?|claims?|offers?)"
)
_QUOTED = re.compile(r"[“\"「『‘][^”\"」』’“「『‘]{1,200}[”\"」』’]")


def starts_of(sentence: str, *, subjects: bool = True) -> list[int]:
    """Where its statements begin, the first at 0. subjects: a clause with a subject of its own begins one, too."""
    starts = {0} | {found.start() for found in TURNS.finditer(sentence)}
    commas = [found.end() for found in _COMMA.finditer(sentence)] if subjects else []
    begun = 0
    for at in commas:
        begun = max(begun, max((one for one in starts if one < at), default=0))
        said = sentence[begun : at - 1]
        if _opens(sentence, at) and not (_GOVERNS.search(said) or _REPORTS.search(said)):
            starts.add(at)
    for found in _QUOTED.finditer(sentence) if len(starts) > 1 else ():
        starts -= set(range(found.start() + 1, found.end()))
    return sorted(starts)


def is_theirs(sentence: str, start: int, end: int) -> bool:
    """Whether the words at start..end are what somebody else is supposed to say."""
    clause = max(sentence.rfind(mark, 0, start) for mark in ",，;；") + 1
    found = _THEIRS.search(sentence, clause, end)
    return found is not None and found.start() < start and start - found.end() < 12


def _opens(sentence: str, at: int) -> bool:
    return _OWN.match(sentence, at) is not None and _GOES_ON.match(sentence, at) is None


def around(starts: list[int], length: int, start: int, end: int) -> tuple[int, int]:
    """The bounds of the statements that start..end touches."""
    first = max((one for one in starts if one <= start), default=0)
    return first, min((one for one in starts if one >= end and one > first), default=length)
