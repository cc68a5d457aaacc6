"""What stands around a number and says what it is: the label of an order, a unit, a sum's currency."""

from __future__ import annotations

import re

_NEAR = 16
# Whose number it is: nearer than another label, it decides.
_PERSONAL = re.compile(
    r"(?:手机|电话|号码|联系(?:方式|人)?|微信(?:同号)?|短信|致电|[打拨]|回电|来电"
    r"|(?<![A-Za-z])(?:tel|phone|mobile|cell|call(?: me)?(?: (?:at|on))?))"
    r"(?:号码?|是|为|就是|我|给|到|:|=|\.|no|number|is|[ \"“(#]){0,5}$",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?:卡|(?<![A-Za-z])card)(?:号码?|片|是|为|就是|:|=|\.|no|number|is|#|[ \"“(]){0,5}$",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"(?:身份证|证件|(?<![A-Za-z])(?:identity|id))(?:号码?|编号|是|为|就是|:|=|\.|no|number|card|is|#|[ \"“(]){0,5}$",
    re.IGNORECASE,
)
# A thing's number: an order, an entry in the books, a code.
_THING = re.compile(
    r"(?:(?:订单|流水|合同|保单|受理|工单|业务|交易|凭证|回执|回单|发票|商户|终端|设备|序列|联行|机构|许可|案|票据|支票|汇票|运单|快递|备案|登记"
    r"|申请|参考|项目|产品|基金|股票|批次?|贷款|借据|注册|执照|组织|信用|纳税人?|税|单|编|(?<!银)行|文|atm|柜员)(?:编?号码?|编码|代码|码|id)"
    r"|编码|代码"
    r"|(?<![A-Za-z])(?:order|ref(?:erence)?|tracking|invoice|contract|serial|ticket|transaction|txn|trace|policy|request|loan)"
    r"(?: ?(?:no|number|id|code))?)[^,。;!?\d\n]{0,4}$"
    r"|(?:订单|流水|单号|编号)[是为:# ]{0,3}$",
    re.IGNORECASE,
)
_SUM = re.compile(
    r"(?:[¥$€£]|人民币|金额|本金|余额|限额|额度|(?:rmb|cny|usd|hkd|eur))(?:是|为|约|:|[ ]){0,3}$", re.IGNORECASE
)
_UNIT = re.compile(
    r"(?:\.\d{1,2}(?!\d))? ?(?:元|块|圆|万(?!一)|亿|美[元金]|港[币元]|欧元|日元|英镑|人民币|%|份|股|笔|位|次(?!日)"
    r"|rmb|cny|usd|hkd|eur|yuan|dollars?)",
    re.IGNORECASE,
)
_DECIMALS = re.compile(r"\.\d{2}(?!\d)")
# Letters straight before a number are part of a code, unless they say what it is.
_LETTERS = re.compile(
    r"(?<![A-Za-z])(?:id|no|tel|phone|mobile|mob|cell|card|cardno|idno|acc|wechat|whatsapp)$", re.IGNORECASE
)


class Around:
    """The surroundings of text[start:end]."""

    __slots__ = ("_before", "_text", "end", "start")

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text, self.start, self.end = text, start, end
        self._before = text[max(0, start - _NEAR) : start]

    @property
    def is_telephone(self) -> bool:
        return _PERSONAL.search(self._before) is not None

    @property
    def is_card(self) -> bool:
        return _CARD.search(self._before) is not None

    @property
    def is_identity(self) -> bool:
        return _IDENTITY.search(self._before) is not None

    @property
    def is_thing(self) -> bool:
        return _THING.search(self._before) is not None

    @property
    def is_sum(self) -> bool:
        return (
            _UNIT.match(self._text, self.end) is not None
            or _DECIMALS.match(self._text, self.end) is not None
            or _SUM.search(self._before) is not None
        )

    @property
    def follows_letters(self) -> bool:
        """Letters straight before that are no label."""
        last = self._before[-1:]
        return last.isascii() and last.isalpha() and _LETTERS.search(self._before) is None

    @property
    def leads_letters(self) -> bool:
        following = self._text[self.end : self.end + 1]
        return following.isascii() and following.isalpha()
