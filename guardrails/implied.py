"""What a short answer says with its question: "会亏吗？" – "不会。" is the statement that it does not lose.

Read so, a yes is checked like any other sentence; by itself it would say nothing that a rule could weigh.
"""

from __future__ import annotations

import re

_LONGEST_QUESTION = 60
_LONGEST = 10
_YES = (
    r"是|对|会|能|可以|可|有|受|享受|保|保本|没错|当然|肯定|必须|行|好|算|属于"
    r"|yes|sure|certainly|definitely|absolutely|of course|it is|it does|you can"
)
_NO = (
    r"不会|不能|不可以|不可能|不是|不|没有|没|不用|不必|没必要|没有必要|无需|不需要|不算"
    r"|no|never|not at all|it is not|it won.t"
)
_LEAD = r"(?:当然|绝对|肯定|一定|完全|其实|都|也|那|嗯|从来|永远|哦|百分之?百|[,，、~～\s])*"
_TAIL = r"(?:的|呢|哦|啊|呀|啦|了|保护|保障|[,，、~～!！.。\s])*"
_ANSWERS = (
    (re.compile(rf"{_LEAD}(?:{_NO}){_TAIL}"), False),
    (re.compile(rf"{_LEAD}(?:{_YES}){_TAIL}"), True),
)
# One that asks who, what or how much is not answered by a yes.
_OPEN = re.compile(
    r"怎么|如何|怎样|什么|多少|多久|几|哪|谁|为何|为啥|(?<![a-z])(?:how|what|when|which|who|why|where)(?![a-z])"
)
_EITHER = re.compile(r"([能会是可要该算受有用])(?:不|没)\1|可不可以|是否|有没有")
_SENTENCE = re.compile(r"[^?？。!！\n]+")
_ASKS = re.compile(r"(?:吗|嘛|么|呢|吧)?[?？。!！\s]*$")
_TAG = re.compile(r"[,，]?(?:是不是|是吗|对吗|对不对|对吧|是吧)$")
_VERB = re.compile(r"会|能|可以|可能|是|属于|受|保|有|要|需要|用")
# "是否保本：是", and the cells of a table row.
_LABEL = re.compile(
    r"\|?\s*(?:是否|能否|会否)(?P<what>[^:：|,，。]{1,16}?)\s*[:：|]\s*(?P<yes>是|能|会|可以|有)?(?P<no>否|不是|不能|不会|不可以|无|没有)?\s*[|。.!！]*"
)


def implied(answer: str, question: str) -> str | None:
    """The statement in full, or None where the answer says something of its own. Both in plain form."""
    said = answer.strip().strip("*#>-•　 ")
    if label := _LABEL.fullmatch(said):
        yes, no = label["yes"], label["no"]
        return None if bool(yes) == bool(no) else _stated(label["what"], sure=bool(yes))
    if len(said) > _LONGEST and not said.isascii():
        return None
    sure = next((sure for pattern, sure in _ANSWERS if pattern.fullmatch(said)), None)
    if sure is None:
        return None
    sentences = [one.strip() for one in _SENTENCE.findall(question) if one.strip()]
    asked = _ASKS.sub("", sentences[-1][-_LONGEST_QUESTION:]) if sentences else ""
    if not asked or _OPEN.search(asked) or (not sure and (_TAG.search(asked) or asked.isascii())):
        return None
    return _stated(asked, sure=sure)


def _stated(asked: str, *, sure: bool) -> str:
    asked = _TAG.sub("", asked)
    either = _EITHER.search(asked)
    if either is not None:
        verb = either.group(1) or {"可不可以": "可以", "有没有": "有"}.get(either.group(), "")
        asked = asked[: either.start()] + verb + asked[either.end() :]
    if sure:
        return asked
    verb_at = _VERB.search(asked, either.start() if either else 0) or _VERB.search(asked)
    if verb_at is None:
        return f"不{asked}"
    deny = "没" if verb_at.group() == "有" else "不"
    return asked[: verb_at.start()] + deny + asked[verb_at.start() :]
