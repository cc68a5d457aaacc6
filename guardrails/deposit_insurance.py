"""What a sentence says of deposit insurance, compared with what the law says of it.

存款保险条例（国务院令第660号）第4、5条: deposits in yuan and foreign money are insured, principal and interest, up to
500,000 yuan a person and bank; what a bank sells beside them is not. 第9条: the bank pays the premium. Linear in the
text.
"""

from __future__ import annotations

import re

CAP = 500_000
_ABOUT = re.compile(r"存款保险|存款有保险|国家(?:赔付|保护|赔偿|全赔)|deposit insurance|insured up to", re.IGNORECASE)
# Others of its sort insure other things.
_OTHER_SCHEME = re.compile(r"(?:保险|信托业?|投资者)保[障护]基金")
_BANK = re.compile(r"(?:银行|本行|我行|机构)(?=[^,，。]{0,2}(?:受|有|参加|加入))")
# The scheme's own names hold the names of what it does not insure.
_SCHEME = re.compile(r"存款保险(?:基金(?:管理)?(?:机构|公司)?|条例|制度|标识|机构)?")
_UNINSURED = re.compile(
    r"理财|基金|保险产品|分红险|年金险?|保单|信托|股票|国债|债券|黄金|贵金属|资管|所有[^,，。]{0,6}产品|全部资产|所有资产|什么都"
    r"|wealth|funds?(?![a-z])|insurance products?|polic(?:y|ies)|bonds?(?![a-z])|stocks?(?![a-z])|trusts?(?![a-z])",
    re.IGNORECASE,
)
_INSURED = re.compile(
    r"(?<!不是)(?<!非)(?<!属于)(?<!等于)(?<!同业)(?:存款|大额存单|存单|储蓄|活期|定期|前者|deposits?(?! insurance))",
    re.IGNORECASE,
)
_COVERED = re.compile(
    r"[受享](?=[^,，。]{0,6}(?:§|保护|保障|赔))|在[^,，。]{0,8}§[^,，。]{0,6}(?:范围|之内|保障|里)|属于|纳入|保障|保护|赔|偿付|兜|托底|都保|也保|管$|有§|不会亏|cover|protect|insured",
    re.IGNORECASE,
)
_NOT_COVERED = re.compile(
    r"(?:不|未|没|无|非|唔|冇)(?:能|会|可|再|曾|予)?(?:因此|因而|再|一定)?(?:受|享|在|属|纳|归|算|保障|保护|保(?!本)|覆盖|适用|赔|包括|包含|含|由|有|是|关|得|提供)|除外|以外|无关|(?:不|没)有?§"
    r"|(?:n.t|not|never|no|outside|except|excluded?|unlike)(?![a-z])",
    re.IGNORECASE,
)
_NO_DENIAL = re.compile(r"不管|无论|不论|不仅|不但|不光|不只|受不受|是不是|不同的")
_COMPARES = re.compile(r"是否|不同于|不一样|相比|区别|有别于|different")
_UNLIMITED = re.compile(
    r"(?<!不是)(?<!并非)(?:不限额|无限额|(?:没有|没|无|不设)(?:上限|限额)|全额不限)"
    r"|存多少[^,，。]{0,3}(?:赔|保)多少|no (?:upper )?limit|unlimited",
    re.IGNORECASE,
)
_ONLY_PRINCIPAL = re.compile(r"(?<!不是)(?<!并非)(?<!而非)只(?:赔|保|偿付|保障)本金|不(?:赔|保|含|包括|偿付|保障)利息")
_PREMIUM = re.compile(
    r"(?:(?:由|需|要)(?:存款人|客户|储户|您)|(?:存款人|客户|储户|您)(?:需|要|得)|要另外|需另|另行|额外)[^,，。不]{0,6}(?:承担|缴|交|付|出)"
)
_NO_PREMIUM = re.compile(r"(?:无需|无须|不需要?|不必|不用|不是?由)(?:存款人|客户|储户|您)?(?:再|另外|另行|额外)?")
_MONEY = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(万|百万|亿|million|元)?", re.IGNORECASE)
_UNITS = {"万": 10_000, "百万": 1_000_000, "亿": 100_000_000, "million": 1_000_000}
_CAPPED = re.compile(r"(?:最高|最多|至多|上限|限额|额度|up to)[^\d,，。;；]{0,12}$", re.IGNORECASE)
_IN_FULL = re.compile(
    r"(?:全额|全部|全都|足额|都能|都会|能|会|一共|总共|全)[^,，。;；不]{0,4}(?:赔|偿付|保障)|in full|fully"
)
_EACH = re.compile(
    r"(?:每|各|两|多)(?:一)?(?:个|张|家)?(?:账户|卡|支行|网点|分行)[^。;；]{0,16}(?:赔|额度|保障|50万|五十万)"
)
_REST_TOO = re.compile(
    r"超[过出](?:了)?[^,，。;；]{0,8}(?:部分|的)[^。;；]{0,10}(?:也|照样|同样|还)[^。;；]{0,8}(?:赔|偿付|保障)"
)
_HONEST_REST = re.compile(r"超出|超过|以内|两家|不同的?银行|清算|合计|合并|within|excess|above")
_QUESTION = re.compile(r"[?？]\s*$|(?:吗|么|呢)[。!！]?\s*$")


def misstates(sentence: str) -> bool:
    """Whether a sentence in plain form says of deposit insurance what is not so."""
    if _ABOUT.search(sentence) is None or _QUESTION.search(sentence):
        return False
    bare = _NO_DENIAL.sub("", _SCHEME.sub("§", _OTHER_SCHEME.sub("", sentence)))
    return _wrong_kind(bare) or _wrong_cap(bare) or _wrong_terms(bare)


def _wrong_kind(text: str) -> bool:
    """A subject and whether it is covered, clause by clause; one without a subject is of the clause before."""
    subject = ""
    for clause in re.split(r"[,，;；。:：|]", text):
        uninsured, insured = _UNINSURED.search(clause), _INSURED.search(clause)
        if uninsured or insured:
            first = min((one for one in (uninsured, insured) if one), key=lambda one: one.start())
            subject = "uninsured" if first is uninsured else "insured"
        elif _BANK.search(clause):
            subject = ""
        if _COMPARES.search(clause) or not _COVERED.search(clause):
            continue
        denied = _NOT_COVERED.search(clause) is not None
        if (
            not denied
            and ("§" in clause or "§" not in text or not uninsured or "不会亏" in clause)
            and (uninsured or (not insured and subject == "uninsured"))
        ):
            return True
        if denied and insured and not uninsured and insured.start() < 6 and not re.search(r"超|以外|除", clause):
            return _denies_all(clause)
    return False


def _denies_all(clause: str) -> bool:
    return re.search(r"(?:不|未)(?:在|受|属于|享受|纳入)[^,，。]{0,4}§", clause) is not None


def _wrong_cap(text: str) -> bool:
    if _UNLIMITED.search(text):
        return True
    in_full = _IN_FULL.search(text) is not None and _HONEST_REST.search(text) is None
    for found in _MONEY.finditer(text):
        amount = float(found.group(1).replace(",", "")) * _UNITS.get((found.group(2) or "").lower(), 1)
        if amount < 1_000 or amount == CAP:
            continue
        if _CAPPED.search(text[max(0, found.start() - 24) : found.start()]):
            return True
        if amount > CAP and in_full:
            return True
    return False


def _wrong_terms(text: str) -> bool:
    if _ONLY_PRINCIPAL.search(text) or _PREMIUM.search(_NO_PREMIUM.sub("不", text)):
        return True
    if re.search(r"收益[^,，。、]{0,8}(?:由|受|有|也)[^,，。、]{0,4}§", text) and not _NOT_COVERED.search(text):
        return True
    if _REST_TOO.search(text) and not re.search(r"清算|受偿|不", text):
        return True
    return _EACH.search(text) is not None and not re.search(r"合计|合并|不|共用一", text)
