"""That something costs nothing, read as a figure: 跨行转账免费 contradicts 跨行转账每笔2元 as 1元 does.

Only what says it of a price counts: 不收费 and 免收年费, not 不收现金; what is counted or limited by being free
(免费额度, 免费次数) says nothing of a price, nor does what is not free, or free no more.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from guardrails import Quantity

FREE: Final = "free"
# What is paid, and how it goes on up to its name within the clause.
_PAID = r"(?:费|租|钱|价款|差价|佣金?|押金|违约金|租金|滞纳金|补偿金|罚金|罚款|罚息)"
_PRICE = rf"(?=[^,，。;；:：\d]{{0,8}}{_PAID})"
_DENIED = r"(?<![不非没未难])(?<!取消)(?<!不再)(?<!不能)(?<!不予)(?<!是否)(?<!并不)(?<!不可)"
_COUNTED = r"(?!的?(?:额度|次数|期|部分|范围|名额|笔数|张数|时长|时段|机会|权益|政策|标准|条件|与否|电话|热线))"
_PAY = r"(?:支付|付|交|缴纳?|花|掏|出|承担|俾|畀)"
_ALL = r"(?:一律|一概|均|也|都|全部?|统统|予以)*"
_FORMS = (
    rf"{_DENIED}(?:完全|全部|一律|一概|均|永久|终身|全程)*免费{_COUNTED}",
    rf"{_DENIED}{_ALL}(?:(?<!豁)免|豁免(?!保险?费))(?:收|除|交|缴|付|去)?(?:取|纳)?(?=(?:[首次当][年月])?[^,，。;；:：\d费]{{1,6}}费|[押租佣]金|租|违约金|佣|罚)",
    rf"{_DENIED}{_ALL}(?:(?<!豁)免(?:收|除|交|缴|付|去)|豁免(?!保险?费))(?:取|纳)?{_PRICE}",
    rf"(?<!会)(?:不|无须|无需|不用|不必|毋须|唔使|唔)(?:再|另|额?外|予|会|需要?|向您|单独)*(?:收取?|计收|扣收?|加收?|设|要|{_PAY}){_PRICE}",
    r"(?:已经?|现已|现在|一律|全部|全面)*(?:取消|停止|不再)收(?:取|费)(?![^,，。;；]{0,8}(?:以外|之外|优惠|减免|[\d的]))",
    rf"(?<=费){_ALL}(?:已经?|现已)?(?:全部|全面|一律)?取消(?!优惠|减免|[了的]?折扣)",
    r"(?<=钱)(?:银行|我[行们]|本行)?(?:都|也)?不[要收](?![\u4e00-\u9fff]*[费钱])|一分钱?[^,，。;；]{0,5}[也都](?:没有|不[要收])",
    r"(?:银行|我[行们]|本[行店]|公司|不)(?:另外?|额外|再)+(?:不?(?:收钱|加收|收费|扣钱|扣款?|加钱))|(?<=不)(?:另外?|额外)(?:收|扣|加)(?=$|[,，。;；!！])",
    r"(?:白|免费)(?:送|给|做|办)(?:的|您|你)?(?![\u4e00-\u9fff]*(?:礼|券|积分))|从?不(?:向|跟|找|问)(?:您|你|客户|大家)(?:要钱|收钱|收(?=$|[,，。;；!！]))",
    r"(?:费用?|成本|钱|款)(?:均|都|全部?)?由?(?:本行|我行|银行|公司|我们)(?:全额|自己|自行)?(?:承担|负担|吸收|来?出|掏|垫付)|不要(?:任何)?(?:工本|成本)(?!费)|不用(?:再|另)?(?:添|加|多出|贴)一?(?:分|毛|块)?钱|一分(?:钱)?不多[收要]",
    rf"(?:(?<=费)|(?<=费用)|(?<=费率)|(?<=[佣押租约纳偿罚]金)|(?<=租)|(?<=罚息)){_ALL}"
    r"(?:全免|不收|免收|免除|豁免|免(?![\u4e00-\u9fff])|[为是](?:零|0(?![\d.])))",
    r"(?:没有|无)(?:任何|其他|额外)*(?=[\u4e00-\u9fff]{0,6}(?:费用?|佣金|押金|月租|差价)(?:$|[,，。;；!！、\s]))",
    r"(?<![\d.])[零0](?:元)?(?=[\u4e00-\u9fff]{0,3}(?:费|月租|佣金|押金))",
    r"(?<![不没])不(?:要|花|用|收|掏|扣)(?:客户|您|你|咱|大家|一分|分文|半毛|任何|花|掏|交|出|付|另外?|再)*钱",
    r"一(?:分|毛|块)[钱税费]?(?:都|也)?不(?:收|要|用|花|扣|需)(?:付|掏|交|缴|花|钱)*|一分不[收取扣花]|分文不[取收]|(?<!非)无偿(?!还)",
    r"从不(?:会)?(?:因为?|为)[^,，。;；]{0,8}(?:扣|收)(?:您|你)?的?[钱费]",
    r"\b(?:for free|free of charge|at no (?:extra )?(?:cost|charge)|without (?:any )?(?:charge|fee)|waived)\b",
    r"\bno(?= (?:\w+ ){0,2}(?:fees?|charges?|commission|excess)\b)|\b(?:is|are) (?:not charged|free)\b(?: of charge)?",
    r"\bcosts? (?:you )?nothing\b|(?:\bnot|n't) cost (?:\w+ ){0,2}(?:anything|a (?:penny|cent))\b",
    r"\b(?:do|does|will) not charge\b(?! more| extra| interest on)|\b(?:do|does|wo)n't charge\b",
    r"\bnever (?:charge|bill)\b|\bwithout paying (?:\w+ ){0,2}(?:fees?|charges?)\b",
)
_FREE = re.compile("|".join(_FORMS))
_SIGN = re.compile("免|不|无|毋|没|唔|零|0|取消|停止|白|由|free|no|waived|charge|n't|never|without")


def read_free(text: str) -> list[Quantity]:
    """Each place of a normalised text that says so, in order."""
    if not _SIGN.search(text):
        return []
    return [
        Quantity(match.group(), match.start(), match.end(), FREE, ((FREE,),), value=Decimal(0))
        for match in _FREE.finditer(text)
    ]
