"""Digits and numerals that count nothing: list numbers, citation marks, labels of steps, idioms ("万一", "两样")."""

from __future__ import annotations

import re

_CITATION = re.compile(r"\[\d{1,2}(?:[,，、\-– ]{1,2}\d{1,2})*\]|【\d{1,2}】|\[\^\d{1,2}\]")
_LIST_NUMBER = re.compile(
    r"^[\s>#*_\-•]*[(（]?\d{1,2}[.、)）:：]\*{0,2}(?!\d)|(?<=[;；。:：,，])(?<!\d:)\s{0,3}\d{1,2}(?:[、)）]"
    r"|\.(?!\d))|[(（]\d{1,2}[)）]",
    re.MULTILINE,
)
_COUNTED = re.compile(
    r"(?:以下|下列|如下|上述|这|有|分为|分成|包括|共|共有|了|任一|任意)?[二两三四五六七八九]\s?(?:种|类|个"
    r"|项|大)(?:不同的?|主要|基本|常见的?|关键|终止|可选)?"
    r"(?:方式|方法|办法|情况|情形|条件|途径|渠道|类型|类别|步骤|阶段|因素|原因|部分|方面|选择|要点|环节"
    r"|要素|特点|要求|内容)"
    r"|(?:方式|方法|情况|情形|条件|途径|渠道|类型|步骤)(?:共?有|分为)[二两三四五六七八九](?:种|类|个|项|步)"
    r"|(?:这|那|上述|以上|前述)[二两三四五六]\s?(?:只|款|份|档|支|种|类|个)(?:产品|理财|基金|保险|存款)?(?![天月日年工周季小])"
    r"|两样|两(?:只|款|类|种|档|者)(?:不同的?)?(?:产品|业务|理财|基金|保险)?(?![天月日年以])|[两三四五六七八]位数(?![以上下])"
    r"|净值(?:低于|高于|跌破|不足|小于|大于)1(?![\d.万元])"
)
_LATIN_LABELS = "step option source passage document method table figure"
_LABEL = re.compile(
    r"(?:步骤|方式|方法|情形|情况|途径|渠道|选项|资料|来源|文档|材料|片段|附件|注|图|表|问题"
    + "".join(f"|{label}|{label.capitalize()}" for label in _LATIN_LABELS.split())
    + r") ?(?:\d{1,2}(?![\d.%]|[ ]?[年月日天元万个])|[一二三四五六七八九十](?=[,，:：、。是为]))"
)
_ORDER = re.compile(
    r"第[一二三四五六七八九十\d]{1,3}(?:步|点|种|个(?=[,，是方])|[,，、:：])|其[一二三四五六][,，是]"
    r"|之一(?<!分之一)(?=[,，。;；、]|$)"
)
_IDIOMS = re.compile(
    r"(?<![\d十百千两几])万一|(?:[早快慢多少大小]|(?<![今昨明当每])晚)一点(?![钟半])|千万(?=[不别要勿记注小])|一旦|十分(?!钟)|百分百|三方|五险一金|一站式|一次性|统一|唯一|一一|单一"
    r"|同一|进一步|一并|一致|一律"
    r"|一般|一定|一样|一起|一切|一直|一些|一经|一手|一心|四川|两岸|三农|百度|万事|万能|千家万户|双十一"
    r"|双十二|五一(?=[长假黄小])|十一(?=[长假黄小])|六一|三八|二维码|二手|二次|三者|两者|双方"
)
# What is blanked out, with what any of it holds where that is quicker to look for.
_NO_NUMBERS = (
    (None, _CITATION),
    (re.compile(r"\d[.、)）:：]"), _LIST_NUMBER),
    (None, _LABEL),
    (None, _ORDER),
    (re.compile(r"[二两三四五六七八九]\s?[种类个项大步只款份档支者位]|净值"), _COUNTED),
    (None, _IDIOMS),
)


def without_marks(text: str) -> str:
    """List numbers, citation marks, ordinal labels and idioms blanked out; the length stays."""
    for sign, pattern in _NO_NUMBERS:
        if sign is None or sign.search(text):
            text = pattern.sub(_blank, text)
    return text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())
