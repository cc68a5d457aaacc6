"""Whether a sentence only names words and disowns them: a rule that forbids saying them is not broken by naming them.

Two things must stand together: the words are named (quoted, told of others, taken back into a noun: "保证收益的话"),
and what follows at once judges, refuses, or tells of their end ("多半是骗局", "我不会说", "已经停发"). A judgement of
anything else, before the words, of others' goods, or after a turn, disowns nothing. Linear in the text.
"""

from __future__ import annotations

import re

from guardrails.statements import TURNS

_BOUND = re.compile(r"[,，;；]")
_REACH = 26
# Quotations side by side are one: “跟存款一样”“保本保息”.
_QUOTED_RUN = re.compile(r"(?:[“\"「『‘][^”\"」』’“「『‘]{1,200}[”\"」』’][、和或与,，及]?){1,6}")
# What a swindler, a caller or a leaflet is quoted to say: "骗子常说“把验证码发给我”".
_QUOTES = re.compile(
    r"(?:骗子|骗徒|对方|有人|有的人|来电的?人|电话那头|陌生人|不法分子|诈骗分子|谁|冒充|自称|假客服|传单|诈骗短信)[^。,，;“我]{0,8}"
    r"(?:说|讲|称|话|写着?|问)(?:是)?[:：,，]?[“\"「『]$"
    r"|(?:callers?|scammers?|fraudsters?|strangers?|impostors?)[^.,;“]{0,24}"
    r"(?:says?|said|tells? you|claims?)[:,]? ?[“\"]$"
)
# Told of others, before the words and in their clause.
_TOLD = re.compile(
    r"(?:说|讲|(?<![电对的])话|喊|叫|称|写着?|写明|写[住嘅]|承诺|许诺|答应|保证|打包票|宣传|鼓吹|吹嘘|标榜|打着|出现|预测|所谓|(?:客服|谁|人|对方)问|以为|误认为"
    r"|当(?:成|作|做)|理解(?:为|成)|看(?:成|作)|涉及|(?:让|叫|由|找|请)(?!我|您|你)[^。,，]{1,5}"
    r"|(?:要|让|叫|求|请|望)我(?:们)?[^。,，]{0,6})[^。,，]{0,12}$"
    r"|(?:promises?|claims?|offers?|talk|so-called|myth|anyone|anybody|someone|people|staff|agents?)"
    r"(?: [a-z'-]{1,12}){0,6} $"
)
# A belief: whoever reports one with these words holds it for false, and says so in the next clause.
_BELIEVED = re.compile(r"(?:以为|误认为|误信|错觉|当成了?)[^。,，]{0,14}$")
_AGREED = r"(?![^。]{0,12}(?:没(?:有)?(?:说)?错|冇错|对的|真|不假|差不多|有道理|一样|确实|没毛病))"
_IN_TRUTH = re.compile(r"[^。,，]{0,10}[,，](?:其实|但|可|不过|然而|却|实际|事实)" + _AGREED)
_IN_FACT = re.compile(r"[,，]?(?:其实|实际|事实)" + _AGREED)
# The words themselves say what is promised or told: only whose they are must be known.
_TELLS = re.compile(r"承诺|许诺|担保|预测|写明|promise|claim|pressing you|urging you|telling you")
# A noun made of them, right behind: "…的话", "…的承诺", "…四个字".
_NOUN = re.compile(
    r"[^。,，的]{0,4}(?:的|嘅|之类|这(?:类|种|样|句|话)|那(?:类|种|句|话)|[一二两三四五六七八几]个字|改[为成叫称])"
)
# Whose words or goods they are when not others'.
_OURS = re.compile(
    r"(?<![要让叫求请望问跟给劝向])(?:我|咱|本行|本产品|[这该此][款只支]|这个产品)|(?<![a-z])(?:our|we|i|this)(?![a-z])"
)
_NOT_OURS = re.compile(r"别家|别的|别人|人家|外面|其他|其它|others?(?![a-z])")
# What disowns a quotation, in its clause or the next.
_DISOWNS = re.compile(
    r"(?:不要|(?<![特区分级类])别|请勿|切勿|莫|唔好|千祈咪|不能|不可|不必)[^。,，]{0,4}(?:轻?信|理会?|听|当真|答应|照做|上当|当依据)"
    r"|留(?:个|点|多点)?心眼|提防|警惕|(?<!胆)小心(?!错过)|当心|先(?:去)?(?:核实|求证|打听清楚|冷静)|绕道|打个?问号"
    r"|(?<!不是)(?<!并非)(?<![不没未非冇])(?<!没说)(?:不对|不准确|不准|不妥|不实|不允许|不合规|不属实|不存在|不成立|错(?!过|开|误率)|违规|违法|误导|误会|误解"
    r"|误区|假客服|骗|谣言|(?:的|催单|推销|营销|这类|这种)话术|套路|圈套|不可信|靠不住|没有(?:可靠|任何|法律|事实)?(?:的)?(?:依据|根据|效力)"
    r"|不是(?:我们|本行|我行|银行)的?(?:说法|意思|承诺|口径)|唔啱|唔准|呃人)"
    r"|(?:保留|留好|截图|拍照|录音|写清楚?|写明|注明)[^。]{0,16}(?:投诉|举报|证据|反映)|(?:投诉|举报|报警|反映)(?:时|的时候)?[^。,，]{0,6}(?:写|说|提供|附)"
    r"|(?<![不非])(?:是|系)(?:骗|假|错)|(?:可以|可|依法|请)[^。,，不]{0,4}(?:举报|检举|报警)|(?:请|直接|马上)[^。,，]{0,4}(?:删除|删掉|挂断)|更正|已经?不再?(?:用|写|叫|说)"
    r"|(?<![a-z])(?:warning sign|red flag|scams?"
    r"|is (?:false|wrong|guessing)|are (?:false|wrong)|not acting in)(?![a-z])"
)
# … and what disowns words that are named without quotation marks, too.
_CONDEMNS = re.compile(
    r"非法|(?<![不没])有(?:问题|蹊跷|猫腻|鬼)|要出事|出问题|接盘|无效|唔等(?:于|如)|不等于|不代表|未必|不一定|不见得|可能(?:会)?亏"
    r"|(?:自己|个人|作者|一家)[^。,，]{0,4}(?:看法|观点|意见|之言)|(?:边个|谁来?)赔|改[为成叫称]|诈|陷阱|(?:同|向)[^。,，]{2,8}(?:反映|投诉)"
)
# What the speaker will not do with them.
_REFUSES = re.compile(
    r"(?:我(?!行)|客服|谁|都|这[话个句样]?)[^。,，]{0,8}(?:(?<!不)不(?:会|能|可以?|便|应该?|宜)|唔(?:会|可以|能)|没法|无法)[^。,，]{0,4}(?:说|讲|写|答应|提供|给|出|用|做)"
    r"|(?:说|讲|写|给|做|答应)不(?:了|出|到|得)"
)
# Over and done with: "以前的保本理财…已经停发".
_PAST = re.compile(
    r"以前|之前|从前|过去(?!了)|旧版|早年|当年|曾经?|此前|当时|年前|in the past|years ago|used to|formerly"
)
_OVER = re.compile(
    r"(?<![不没未])(?:取消|停发|停售|停了|废止|退出|并入|转成|改成)|不(?:再|用了|复)|(?<![不非])没有了|已经?(?:没|不)"
    r"|(?:现在|如今|目前)(?!也|仍|还|照|同样|一样)[^。,，]{0,12}(?:不|没|非|另)|no longer"
)
_ENDED = re.compile(r"[^。,，]{0,6}(?:已经?|早就?|都|均)?(?:取消|停发|停售|退出|废止)(?:了|后|市场|$|[,，])")

_FORBIDS = re.compile(r"[不别勿莫]|千万别|请(?:不|勿|别)|劝|何必")
_NOBODY = re.compile(
    r"(?:不会|不能|不得|不该|不应|没有(?:任何)?人|没人|冇人|无权|从不|绝不|决不|谁(?:也|都)不)[^。,，]{0,6}(?:叫|让|劝|要|逼|催|拦|说)[^。,，]{0,4}$"
)
_NOT = re.compile(r"(?:没有|并非|不是)(?:要|在)?$")
_MEANT = re.compile(r"[^。,，]{0,4}的(?:意思|道理|规定)")


def is_disowned(sentence: str, start: int, end: int) -> bool:
    """Whether the words at start..end are named only to be judged, refused, or told as past."""
    end -= sentence[end - 1] in ",，。!"
    quoted = next((one for one in _QUOTED_RUN.finditer(sentence) if one.start() < start and end <= one.end()), None)
    if quoted is not None and _QUOTES.search(sentence, 0, quoted.start() + 1) is not None:
        return True
    begun = max((one.end() for one in _BOUND.finditer(sentence, 0, start)), default=0)
    said = _following(sentence, end if quoted is None else quoted.end())
    if _is_over(sentence, begun, start, end):
        return True
    before = sentence[begun:start]
    ours = _OURS.search(sentence, begun, end) is not None
    if quoted is not None:
        if _DISOWNS.search(said) is not None or _REFUSES.search(said) is not None:
            return True
        return not ours and _TOLD.search(before) is not None and _IN_FACT.match(sentence, quoted.end()) is not None
    if ours:
        return False
    if _BELIEVED.search(before) and _IN_TRUTH.match(sentence, end):
        return True
    if not (_TOLD.search(before) or _TELLS.match(sentence, start) or _NOUN.match(sentence, end)):
        return False
    return any(judged.search(said) for judged in (_DISOWNS, _CONDEMNS, _REFUSES))


def is_no_ban(sentence: str, start: int, end: int) -> bool:
    """Whether what begins at `start` forbids something and is itself denied: "没有人可以叫您别投诉"."""
    if not _FORBIDS.match(sentence, start):
        return False
    begun = max((one.end() for one in _BOUND.finditer(sentence, 0, start)), default=0)
    before = sentence[begun:start]
    return _NOBODY.search(before) is not None or (
        _NOT.search(before) is not None and _MEANT.match(sentence, end) is not None
    )


def _following(sentence: str, end: int) -> str:
    """What judges the words that end there: the rest of their clause and the next, up to a turn or others' goods."""
    bounds = [one.start() for one in _BOUND.finditer(sentence, end, min(len(sentence), end + 2 * _REACH))]
    reach = _REACH if not sentence[end : end + 8].isascii() else 2 * _REACH
    last = min(bounds[1] if len(bounds) > 1 else len(sentence), end + reach)
    for stop in (TURNS, _NOT_OURS):
        found = stop.search(sentence, end, last)
        last = last if found is None else found.start()
    return sentence[end:last]


def _is_over(sentence: str, begun: int, start: int, end: int) -> bool:
    ended = next((one.start() for one in _BOUND.finditer(sentence, end)), len(sentence))
    if _OURS.search(sentence, begun, start):
        return False
    if _ENDED.match(sentence, end):
        return True
    return _PAST.search(sentence, begun, ended) is not None and _OVER.search(sentence, end) is not None
