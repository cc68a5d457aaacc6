"""What a message tells has happened, apart from what is asked beside it: "卡被偷了，补卡要多少钱" is a theft.

A question or a supposition in a later clause is no reason to take what happened for harmless; news, and what befell
somebody else long ago, told before a wish of one's own, is none of an emergency. Linear in the text.
"""

from __future__ import annotations

import re
from itertools import pairwise

from guardrails.statements import around

_BOUND = re.compile(r"[,，;；]")
# Somebody's doing that is over or goes on.
_HAPPENS = re.compile(
    r"了(?!解)|已经?|刚|正(?!常|式|规|好|确)|被(?!动)|遭|非要|执意|拦不住|丢|不见|找不到|找不着"
    r"|(?:^|[^a-z])(?:was|were|been|has|have|just|lost|stole|stolen|sent|gave)(?![a-z])"
)
# To whom, by whom or when: "卡丢了换新，会不会扣款失败" tells of nobody.
_SOMEBODY = re.compile(
    r"我|俺|咱|[爸妈爹娘奶爷姥媳婆]|外[公婆]|老[伴公婆]|儿子|女儿|孩子|孙|家里|刚|今[天早晚]|昨[天晚]|对方|他们|骗子|平台"
    r"|被(?:人|小偷|贼)?(?:偷|抢|骗|盗|刷|转|扒)|(?:^|[^a-z])(?:i|my|we|our)(?![a-z])"
)
# Once, some time.
_ONCE = re.compile(r"过(?:[一二两三几]次|[,，;；]?$)")
_SUPPOSES = re.compile(
    r"如果|假如|假设|假使|万一|要是|倘若|若(?!干)|的话|怕|担心|以防|防止|避免|预防|防范|免得|省得|会不会|是不是|有没有|能不能|什么是|以后再"
    r"|的时候|之后|以后|情况下|听(?:说|人|同|朋|邻|讲)|据说|[骗盗偷丢刷]后"
    r"|(?:^|[^a-z])(?:if|when|suppose|what if|in case)(?![a-z])"
)
_ASKS = re.compile(
    r"[?？]|吗|呢$|么$|怎么|怎样|如何|多少|什么|哪|几[个天年月点种次号]|多久|多长|是否|要不要|能不能|可不可以|会不会|该不该|行不行|咋|谁"
    r"|([\u4e00-\u9fff])不\1"
    r"|(?:^|[^a-z])(?:how|what|when|where|which|who|can|could|do|does|is)(?![a-z])"
)
# Where a story comes from that is not one's own.
_NEWS = re.compile(
    r"电视|新闻|报道|报纸|社区|小区|居委|街道|讲座|培训|短视频|视频里|公众号|海报|宣传|告示|群里(?:转|发|说|看)|网上(?:说|看|传)|听说|听人说|广播"
)
_OTHERS = re.compile(r"邻居|隔壁|同事|同学|朋友|老乡|熟人|亲戚|表[哥姐弟妹]|堂[哥姐弟妹]|老王|老李|别人|有人")
_LONG_AGO = re.compile(
    r"去年|前年|以前|之前|从前|早先|早年|当年|曾|那年|上个?月|上回|上次|前阵子|[一二两三几半\d]{1,2}(?:个月|年)前|过(?:[一二两三几]次)?[,，。]?$"
)
_OWN = re.compile(
    r"(?:我|俺|咱)(?:们)?(?:也|就|都|又|刚|今|昨|这|那|的?(?:卡|账|钱|手机|爸|妈|爹|娘|奶|爷|外|姥|老|儿|女|孙|家|哥|姐|弟|妹|媳|公|婆|岳|丈))"
    r"|[她他](?:们)?(?:刚|现在|已经|正|又|还在|今天)|我(?:被|给|把|转|汇|交|点|填|告诉|付)"
)
_AT_ONCE = re.compile(
    r"刚|正在|马上|立刻|赶紧|赶快|快(?!递|捷)|今[天早晚]|昨[天晚](?!看|听|在?电视|在?新闻|社区|培训)|[!]|怎么办(?!理|卡)|救|急|报警(?!了)|拦"
)
_WISH = re.compile(r"想|打算|请问|怎么(?!办(?!理))|如何|怎样|能(?:不能|否)?|可以|帮我|有(?:什么|没有)|吗|[?？]")


def bounds_at(statement: str, start: int, end: int) -> tuple[int, int]:
    """The clauses that start..end touches, with the comma that ends them."""
    return around([0, *(found.end() for found in _BOUND.finditer(statement))], len(statement), start, end)


def without_questions(statement: str, start: int, end: int) -> str:
    """What may excuse the event at start..end: all of the statement or, where the event's own clause tells that it
    happened, all but the later clauses that ask or suppose something."""
    first, last = bounds_at(statement, start, end)
    clause = statement[first:last]
    happens = _HAPPENS.search(clause) and _SOMEBODY.search(clause) and not _ONCE.search(clause)
    if last == len(statement) or not happens or _SUPPOSES.search(clause) or _ASKS.search(clause):
        return statement
    kept = [statement[:last]]
    bounds = [last, *(found.end() for found in _BOUND.finditer(statement, last)), len(statement)]
    for begun, ended in pairwise(bounds):
        later = statement[begun:ended]
        if not (_ASKS.search(later) or _SUPPOSES.search(later)):
            kept.append(later)
    return "".join(kept)


def is_hearsay(sentence: str, start: int, end: int) -> bool:
    """Whether what is told at start..end is news, or befell somebody else long ago, before a wish of one's own."""
    first, last = bounds_at(sentence, start, end)
    told, wished = sentence[:last], sentence[last:]
    if not _WISH.search(wished) or _AT_ONCE.search(sentence):
        return False
    if _OWN.search(told) and not _OTHERS.search(sentence[first:last]):
        return False
    return _NEWS.search(told) is not None or (
        _OTHERS.search(told) is not None and _LONG_AGO.search(told.rstrip(",，;； ")) is not None
    )
