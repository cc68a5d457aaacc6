"""Numbers of a sentence that state nothing: figures of speech, discourse ("两回事", "分两步来答"), names ("二类户",
"七日年化"), 一 as an article ("每一笔"), and counts of what the sentence lists or has just spoken of.

A kind that is always a fact (an amount, a rate, a term of months, workdays, an age) has no such reading here, but for
the few that are named below; and what is said as a limit, a frequency or a benefit ("每月", "免费", "最多") is a claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from guardrails.numbers.listed import enumerated, sizes_beside
from guardrails.numbers.quantities import Quantity

_BREAKS = re.compile(r"[,，;；:：。！？!?…\n]")
_REACH = 60
# What is named this far away may still be spoken of; no farther, so that a text is read in linear time.
_NAMED_WITHIN = 240
# A limit or a frequency is a claim whatever it counts; so is what is granted.
_LIMITED = re.compile(
    r"每(?:个?[年月日天周季]|逢|户|人|客|卡)|最[多少高低]|至[多少]|起码|顶多|不得?(?:超过|少于|多于|低于)|上限|下限"
    r"|限额|限(?=[\d一二两三四五六七八九十])|仅限|\b(?:per|each|every) (?:day|week|month|quarter|year|customer|card)"
    r"|\b(?:at most|at least|up to(?! you)|maximum|limit)\b",
    re.IGNORECASE,
)
_GRANTED = re.compile(
    r"免费|免(?:收|除|年|手|付|交|缴|掉|去)|减免|赠|返[现还]|奖|优惠|额度|机会|积分|名额|附属|到账"
    r"|\b(?:free|waive[ds]?|bonus|gift)\b",
    re.IGNORECASE,
)
_DEMANDED = re.compile(r"需|必须|提[供交]|带上|要带|出示|[收费扣享]|(?<!休)息|材料|证件|资料|证明|到场|签[字名]")


class _Around:
    """A quantity and the text it stands in."""

    def __init__(self, text: str, one: Quantity) -> None:
        self.text = text
        self.one = one

    @cached_property
    def before(self) -> str:
        """What its clause says before it."""
        return _BREAKS.split(self.text[max(0, self.one.start - _REACH) : self.one.start])[-1]

    @cached_property
    def after(self) -> str:
        return _BREAKS.split(self.text[self.one.end : self.one.end + _REACH], maxsplit=1)[0]

    @cached_property
    def wide(self) -> str:
        """The sentence, or what of a long one is near."""
        return self.text[max(0, self.one.start - _NAMED_WITHIN) : self.one.end + _NAMED_WITHIN]

    @cached_property
    def clause(self) -> str:
        return f"{self.before}{self.one.text}{self.after}"

    @cached_property
    def limited(self) -> bool:
        """Said as a limit or per period right where it stands ("最低还款和全额还款是两个概念" is not)."""
        return bool(self.one.bound) or _LIMITED.search(f"{self.before[-8:]} {self.after[:4]}") is not None

    @cached_property
    def claims(self) -> bool:
        """Said anywhere in its clause as a limit, a frequency or a benefit."""
        return bool(self.one.bound) or any(words.search(self.clause) for words in (_LIMITED, _GRANTED))

    def is_one(self) -> bool:
        return self.one.value == 1 and self.one.text.startswith("一")


_Reading = Callable[[_Around], bool]

_COMPARED = re.compile(r"(?<![最至顶不减缩更])[多少]$")


def _is_article(near: _Around) -> bool:
    """ "每一期", "每一天" is every one; "最后一个月" the last; "不只一个" more than one; "少一张", "再扣多一次" one
    short, once more."""
    if not near.is_one():
        return False
    if near.before.endswith(("每", "不只", "不止", "不仅")):
        return True
    if near.before.endswith("最后"):
        return _GRANTED.search(near.clause) is None
    return near.one.kind not in _TERMS and _COMPARED.search(near.before) is not None and not near.claims


_TERMS = frozenset({"months", "days"})
_ROUND = re.compile(r"期(?!限|间|内|满)")


def _is_round(near: _Around) -> bool:
    """ "下一周期": 周期 is a word, not a week."""
    return near.is_one() and near.one.text == "一周" and _ROUND.match(near.after) is not None


# The noun says that what is counted is talk. 回事 and 码事 are never more than that.
_NOUNS = (
    r"事(?![项务业故])|问题|维度|层次|层面|角度|概念|意思|道理|说法|看法|考虑|假设|情景|可能|栏目|东西|规矩|数字(?=[不都放各]|分别)"
    r"|路(?=[不都各也])|线(?![路上下索])|账(?![户单号])"
)
_TALK = re.compile(rf"(?:不同|常见|主要|简单|关键)?的?(?:{_NOUNS})|方面")
_TOLD = re.compile("走|来?(?:答|说|讲|看)|回答|说明|解释")


def _is_talk(near: _Around) -> bool:
    """ "两回事", "三件事要想清楚", "三个维度", "两笔账", "分两步来答"."""
    kind, after, text = near.one.kind, near.after, near.one.text
    if text.endswith(("回", "码")):
        return after.startswith("事")
    if near.limited or not _is_small(near.one):
        return False
    if kind == "步":
        listed = sizes_beside(near.text, near.one.start, near.one.end)
        return _TOLD.match(after) is not None and (not listed or near.one.value in listed)
    if text.endswith("方面"):
        return True
    if kind == "楼":
        return after.startswith(("意思", "含义"))
    return _TALK.match(after) is not None and not ("东西" in after[:4] and _DEMANDED.search(near.clause))


def _is_small(one: Quantity) -> bool:
    return one.value is not None and 2 <= one.value <= 9


def _is_listed(near: _Around) -> bool:
    """As many as the sentence lists; a list of another length makes the count a claim, and a wrong one."""
    one = near.one
    if not _is_small(one) or near.limited or one.value not in sizes_beside(near.text, one.start, one.end):
        return False
    # Two words with 和 between them before a number of free ones may be no list of those.
    return any(sign in near.clause for sign in "、:：") or _GRANTED.search(near.clause) is None


_POINTED = re.compile(
    r"(?:[这那该此𠮶嗰呢]|这里的?|(?:^|\s)(?:以上|上述|上面|前述|前面|后面|上列)的?"
    r"|(?:^|\b)(?:these|those|the above|(?:which|any|each|none|all) of the) ?)$",
    re.IGNORECASE,
)


def _is_pointed_at(near: _Around) -> bool:
    """ "这两项", "商贷和公积金那两笔", "以上三步": of what was just spoken of; not if that was another number."""
    one = near.one
    if one.bound or near.claims or not _is_small(one) or _POINTED.search(near.before) is None:
        return False
    sizes = sizes_beside(near.text, one.start, one.end)
    if not sizes and (steps := enumerated(near.text[max(0, one.start - _NAMED_WITHIN) : one.start])) > 1:
        sizes = {steps}
    return not sizes or one.value in sizes


_BOTH = re.compile(r"[\u4e00-\u9fff]{0,4}都")


def _is_both(near: _Around) -> bool:
    """ "两方面都请您考虑", "两个密码都由您自己输": both; "双重验证，两次短信" says twice what 双重 said."""
    if near.one.value != 2 or near.claims or _DEMANDED.search(near.clause):
        return False
    if near.one.kind == "次":
        return "双重" in near.wide and _BOTH.match(near.after) is not None
    return _BOTH.match(near.after) is not None


_ACCOUNTS = re.compile("户(?![数均])|(?:银行|结算|个人)?[账帐]户")
_WALLETS = re.compile("(?:数字人民币)?钱包")
_CLASSES = re.compile("[一二三四]类(?:户|[账帐]户|钱包)")
_TRIPLE_A = re.compile(r" ?A(?![A-Za-z])")


def _is_class(near: _Around) -> bool:
    """ "二类户", "二三类户", "四类钱包" (and "二类以上" beside it), "二级市场", "三条A": names of classes."""
    one, after = near.one, near.after
    if one.text.endswith("级"):
        return one.value in {1, 2} and after.startswith("市场")
    if one.text[-1] in "条个" and one.value in {2, 3}:
        return _TRIPLE_A.match(after) is not None
    if not one.text.endswith("类"):
        return False
    if _CLASSES.search(near.wide) and one.bound and one.value is not None and 1 <= one.value <= 4:
        return after.startswith(("以上", "及以上", "以下"))
    if one.bound or _LIMITED.search(near.before):
        return False
    if _WALLETS.match(after):
        return one.value is not None and 1 <= one.value <= 4
    small = 1 <= one.value <= 3 if one.value is not None else one.text in {"一二类", "二三类"}
    return small and _ACCOUNTS.match(after) is not None and not near.before.endswith(("分为", "共", "设"))


_VAGUE = re.compile("一两[个家种样句只条]")


def _is_vague(near: _Around) -> bool:
    """ "一两个行业": a few."""
    return _VAGUE.fullmatch(near.one.text) is not None and not near.claims


_PARTS_OF_CARD: Mapping[Decimal, re.Pattern[str]] = {
    Decimal(3): re.compile(
        r"安全码|CVV|CVC|[卡背][背面后]|签名|[后末尾]面?[三3](?:位|个)|on the (?:back|reverse)"
        r"|security code",
        re.IGNORECASE,
    ),
    Decimal(4): re.compile(r"尾号|卡号[后末]|[后末][四4]位|last (?:four|4)", re.IGNORECASE),
    Decimal(6): re.compile(r"密码|\bPINs?\b|password", re.IGNORECASE),
}
_PEOPLE = re.compile("客|顾|用户|[人名]|经理|持卡|员工|老师|[^,，。;；]{0,2}[可能将]获")


def _is_part_of_card(near: _Around) -> bool:
    """ "卡背面的三位安全码", "尾号四位", "六位密码", "the three digits on the back": what every card has."""
    part = _PARTS_OF_CARD.get(near.one.value) if near.one.value is not None else None
    if part is None or near.one.bound or _PEOPLE.match(near.after):
        return False
    if not (near.one.kind == "位数" or near.one.text.endswith("位") or near.after.startswith(("位", "数"))):
        return False
    # "原来那六位还记得的话，…选修改密码": said of what the next clause names.
    near_by = near.wide if near.before.endswith(("那", "𠮶", "嗰")) else near.clause
    return part.search(near_by) is not None


_MEASURE = re.compile("年化")
_SINCE = re.compile("(?:过去|最近|近|这)的?$")
_ANNUAL = re.compile("(?:折|算|换算|折算|折合|推算)[成到为]$")


def _is_measure(near: _Around) -> bool:
    """ "七日年化", "近一个月年化"; beside the name also "过去七天的折算" and "折成一年"."""
    one = near.one
    if near.after.startswith("年化"):
        return ("days", Decimal(7)) in one.keys or near.before.endswith(("近", "过去", "最近"))
    if _MEASURE.search(near.wide) is None or one.bound:
        return False
    if one.kind == "months":
        return one.text == "一年" and _ANNUAL.search(near.before) is not None
    named = re.search("[七7][日天]年化", near.wide) is not None
    return named and ("days", Decimal(7)) in one.keys and _SINCE.search(near.before) is not None


def _is_per_share(near: _Around) -> bool:
    """ "万份收益说的是每一万份当天得到多少收益"."""
    return near.one.value == 10_000 and near.before.endswith("每") and "收益" in near.wide


# One o'clock is said with a part of the day or a word for its end or beginning; 一时 before a verb is "for a while".
_AT_ONE = re.compile("[上下中午晨晚早日天号至到从自于点]$")
_O_CLOCK = re.compile(r"$|[\W至到前后起许开截结停关整半正分\d]|[零一二三四五六七八九十]+分")
_A_LITTLE = re.compile("(?<![最每今明昨当])[早晚]$")


_COMING = re.compile("[到来去过办出走还申联准](?!账)")


def _is_while(near: _Around) -> bool:
    """ "一时还不上" and "一点点", "晚一点"."""
    if near.one.text == "一时":
        return _AT_ONE.search(near.before) is None and _O_CLOCK.match(near.after) is None
    if near.one.text == "一点":
        later = not near.after or _COMING.match(near.after) is not None
        return near.after.startswith("点") or (_A_LITTLE.search(near.before) is not None and later)
    return False


_IN_NO_TIME = re.compile("就[好行够可能]|的(?:事|工夫|功夫)")


def _is_moment(near: _Around) -> bool:
    """ "一分钟就好"."""
    return near.is_one() and not near.claims and _IN_NO_TIME.match(near.after) is not None


_SUPPOSED = re.compile("如果|要是|假如|若|万一|倘")
_SOME = re.compile("[三四五六七][五六七八][年天个]|[两三四五六七八][三四五六七八九][年天个]")


def _is_some_time(near: _Around) -> bool:
    """ "如果三五年内要用": supposed of the customer, and no more exact than that."""
    return _SUPPOSED.search(near.before) is not None and _SOME.match(near.one.text) is not None and not near.one.bound


_FIRST = re.compile("[一1](?:次|笔)")
_OPENING = re.compile("第一天的")
_RECKONED = re.compile(r"免|费|[起计]算|[起计]息|[之以][前后]|[日天期]内|折|[扣还]款|利[率息]|元|\d|逾期|违约")
_NO_OTHER = re.compile("[讲说][法辞]|答案|意思|解释")


def _is_order(near: _Around) -> bool:
    """ "第一件事", "再跑第二回", "用第二个讲法"; "第一次登录" is the first. "第一次免费", "第二天到账" are claims."""
    one, after = near.one, near.after
    if near.claims or not (one.value and one.value < 10):
        return False
    if one.text.endswith("个"):
        return _NO_OTHER.match(after) is not None or (one.value == 1 and re.search("就[是系]", after) is not None)
    if _OPENING.match(near.text, one.start - 1):
        return _RECKONED.search(near.clause) is None
    if _FIRST.fullmatch(one.text):
        return _RECKONED.search(near.clause) is None and re.search("[不未]", near.clause) is None
    return one.text.endswith("回") or (one.text.endswith("件") and re.match(r"事|才|[是就要]|\W|$", after) is not None)


_HEART = re.compile("(?:二十)?个?(?:放)?心")
_IN_TEN = re.compile("(?:里面?|里头|中|当中)?(?:就?有)?[八九]个")


def _is_saying(near: _Around) -> bool:
    """ "放一百个心", "十个有九个", "三二一上链接", "零件", "“四笔钱”是一种说法"."""
    one, after = near.one, near.after
    if one.text in {"一百个", "一百二十个"}:
        return _HEART.match(after) is not None
    if one.text == "十个":
        return _IN_TEN.match(after) is not None
    if one.text in {"八个", "九个"}:
        return re.search("十个(?:里面?|里头|中|当中)?(?:就?有)?$", near.before) is not None
    return one.text in {"三二一", "零件"} or _is_quoted_name(near)


_NAMED = re.compile("说法|叫法|分类|概念|名称|称呼|这个词|法则|那一?列|这一?列|那一?栏|这一?栏")


def _is_quoted_name(near: _Around) -> bool:
    """In quotes, short, and spoken of as a name: "“四笔钱”是一种常见的分类方法", "“近三月”那一列"."""
    one = near.one
    opened = re.search(r"[“\"「『]\W?[\u4e00-\u9fff]{0,2}$", near.text[max(0, one.start - 4) : one.start])
    closed = re.match(r"[\u4e00-\u9fff]{0,3}[”\"」』]", near.text[one.end : one.end + 4])
    return opened is not None and closed is not None and not near.claims and _NAMED.search(near.after) is not None


_SAME = re.compile(r"[^,，。;；]{0,4}?(?:结果)?(?:一样|没(?:有)?(?:区别|差别|分别|两样))")


def _is_either(near: _Around) -> bool:
    """ "问一遍和问两遍结果一样": however often."""
    word = near.one.text[-1]
    return (
        near.one.value == 2
        and not near.claims
        and re.search(rf"一{word}[和与跟][\u4e00-\u9fff]?$", near.before) is not None
        and _SAME.match(near.after) is not None
    )


_PAR = re.compile(r"净值[^,，。;；\d]{0,8}?(?:低于|不足|跌破|跌到|小于|高于|大于|回到|回升到|涨回|守住)(?:了)?$")


def _is_par(near: _Around) -> bool:
    """ "净值可能低于一元": the value at which a fund's units begin, as "跌破面值" says it."""
    return near.one.value == 1 and near.one.text[-1] in "元块" and _PAR.search(near.before) is not None


_OF_THINGS: tuple[_Reading, ...] = (
    _is_article, _is_talk, _is_listed, _is_pointed_at, _is_both, _is_class, _is_part_of_card, _is_saying,
)  # fmt: skip
_READINGS: Mapping[str, tuple[_Reading, ...]] = {
    **dict.fromkeys(("个", "笔", "张", "步", "级", "家", "户", "只", "人"), _OF_THINGS),
    "份": (*_OF_THINGS, _is_per_share),
    # How often, for how long, where: never counted by what the sentence lists.
    "次": (_is_article, _is_talk, _is_both, _is_either),
    "期": (_is_article,),
    "页": (_is_article,),
    "楼": (_is_article, _is_talk),
    "位数": (_is_part_of_card,),
    "ordinal": (_is_order,),
    "words": (_is_class, _is_vague, _is_some_time),
    "minutes": (_is_moment,),
    "seconds": (_is_moment,),
    "plain": (_is_saying,),
    "date": (_is_quoted_name,),
    "days": (_is_article, _is_round, _is_measure),
    "months": (_is_article, _is_measure, _is_some_time),
    "time": (_is_while,),
    "money": (_is_par,),
}


def stated(text: str, quantities: Sequence[Quantity]) -> list[Quantity]:
    """Those of a sentence's quantities that state something, and so must stand in the evidence."""
    return [one for one in quantities if not _is_figure(_Around(text, one))]


def _is_figure(near: _Around) -> bool:
    return any(reading(near) for reading in _READINGS.get(near.one.kind, ()))
