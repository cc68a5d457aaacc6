"""Finds what stands where a person's name stands: after a role ("行长是…"), before a title or a verb of speech, after
姓 or 叫, in Latin letters beside a role.

What a name looks like decides little, since most given names are made of ordinary words; the place decides. It names
candidates only: whether the evidence holds them is the caller's question. Linear in the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jieba

# Read by cutting into words too: the commonest.
COMMON_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金贾韦夏付方邹熊白孟秦邱侯江尹薛"
    "闫雷段龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文施洪季古殷牛温尚葛章鲁岳齐安柯倪颜游卓聂祝"
    "耿纪焦左柳甘路冉舒霍欧骆鲍裴席翟柏"
)
SURNAMES = COMMON_SURNAMES | frozenset(
    "萧俞涂詹关童欧凌盛梅樊庞邢阎庄练初宁毕丘苗申费卜伍邬凤符单池房宫屈项伊靳娄占翁荀羊惠甄封芮储糜松井巫"
    "乌焦巴牧隗谷车蓬"
    "全班仰仲伏成叶司韶郜黎薄印宿怀蒲从鄂索咸籍蔺屠蒙阴郁胥苍闻党贡劳逄姬扶堵宰郦雍却璩桑桂濮寿通边扈燕冀"
    "郏浦农别晏柴瞿充慕连茹习宦艾鱼容"
)
# Surnames that are mostly other words; a name with one needs a firm place.
_WORDLY = frozenset("于向曾时应都别成全管从单方任高安常金通连关和同万项路车白石游文费充容班边农印封储符初占松井房")
# Hardly ever surnames: only where a role, a request or a title shows one.
_SELDOM = frozenset("却占别从都全通充初连印封农班劳并扶边容容富满怀柴费储符")
# Ordinary words before all: a verb of speech behind them shows a name only where a clause or a list opens.
_EVERYDAY = _WORDLY | frozenset("高金钱段于占时应方常白成元田江雷温管关连毛席花水")
# What is counted or pointed at: 这段对话, 一张表, 几成.
_COUNTS = re.compile("[这那哪一两几每某各第首末上下半整三四五六七八九十百千万\\d]$")
_MEASURES = frozenset("段张单任封方房成通席连程石元万班车边")
PREPOSITIONS = frozenset("于向从和同管应都曾全别时连通成单任")
COMPOUND = (
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "司徒", "司空"
    "", "端木", "轩辕",
    "长孙", "宇文", "鲜于", "闻人", "东郭", "南宫", "西门", "独孤", "呼延", "澹台", "公冶", "宗政", "赫连"
    "", "太史", "申屠",
    "百里", "拓跋", "第五", "钟离", "淳于", "单于", "公羊", "濮阳", "万俟", "仲孙",
)  # fmt: skip
ROLES = (
    "副?行长|副?总经理|(?:客户|大堂|理财|支行|部门|项目|副|产品|值班|专属)?经理|副?主任|主管|副?董事长|"
    "副?总裁|负责人|联系人|联络人|经办人"
    "|专员|理财顾问|顾问|柜员|法定代表人|法人代表|法人|院长|会长|主席|书记|科长|处长|部长|局长|律师|总监|秘书|助理"
    "|创始人|发言人|坐席|座席|理财师|专家|客服(?:人员|代表|专员)?|工作人员|老师|师傅|掌门人|一把手|"
    "当家人|监事长?|董事"
)
_AFTER = (
    "先生|女士|小姐|同志|老师|师傅|副?行长|副?总经理|(?:客户|大堂|理财)?经理|副?主任|主管|副?董事长|"
    "副?总裁|律师|总监|秘书|助理"
    "|处长|科长|部长|局长|院长|会长|主席|书记|专员|理财师|顾问|柜员|总(?=$|[^\u4e00-\u9fff]|[您你的会将说是在也已])(?!是)"
)
_VERBS = (
    "表示|负责|担任|出任|介绍|接待|回复|答复|回答|为您|为你|会联系|会给|会为|会在|会帮|将|联系您|联系你|"
    "主持|分管|签署|任职|任|告诉|指出|提醒|强调|宣布"
    "|认为|协助|帮您|帮你|电话|手机|处办理|处咨询|咨询|办理|对接|跟进|受理|处理|在职|上任|接任|说(?![明法])|称(?![号呼为职重])|您好"
)
_STOP_WORDS = "的|和|与|及|或|以及|等|在|于|是|为|也|都|已|已经|来|去|同志|兼|就|会|可以|能|均|那里|那儿|本人|名"
_END = re.compile(f"(?:$|[^\u4e00-\u9fff·]|{_AFTER}|{_VERBS}|{_STOP_WORDS})")
_SPOKEN = re.compile(f"(?:{_AFTER}|{_VERBS}|(?:就|便|即|正)?是[^，。是]{{0,8}}(?:{ROLES}))")
_TITLE = re.compile(f"(?:{_AFTER})")
_POLITE = re.compile("先生|女士|小姐|同志")
_LINK = (
    "(?:是|为|叫做?|由|系|即|名叫|姓名(?:是|为|叫)?|名字(?:是|叫|为)|的名字(?:是|叫)?|的?姓名(?:是|为)"
    "|就是|目前是|现任?是?|依次是|分别是)"
)
# Where only a name (or a word for one) can stand.
_FIRM = re.compile(f"(?:{ROLES})(?:（[^（）]{{1,12}}）)?\\s?(?:{_LINK}\\s?[:：]?|[:：（(])\\s?")
_CALLED = re.compile("(?:名叫|叫做?|名字(?:是|叫|为)|姓名[:：是为]|大名|人称)\\s?[:：]?\\s?")
# 小王, 老张: beside a verb of speech or a role.
_FAMILIAR = re.compile(f"(?<![大最微中弱缩从])[小老阿]([\u4e00-\u9fff])(?=$|[，。,.！!（(]|{_AFTER}|{_VERBS})")
_APART = re.compile(f"(?:{ROLES})\\s?[，,]\\s?([\u4e00-\u9fff]{{3,4}})\\s?(?=[，,。.])")
_BESIDE = re.compile(f"(?:{ROLES})\\s?")
# What asks for a person; what only joins words counts beside a role.
_ASKED = re.compile("(?:请找|找到?|联系|咨询|请教|询问|致电|问问?|拜访|预约|由|让|派|交给|转给|通知)\\s?$")
_JOINED = re.compile("(?:请|经|向|跟|同|给|是|为|和|与|及|、|：|:|）)\\s?$")
_IS_ONE = re.compile(f"(?:就|便|即|正)?是[^，。是]{{0,8}}(?:{ROLES})")
_IN_OFFICE = re.compile("先生|女士|小姐|同志|担任|出任|负责接待")
_SAID_TO_BE = re.compile("[是为叫由:：][^\u4e00-\u9fff]*$")
# Before a name that opens: a clause, a link, a list.
_OPENS = re.compile("(?:据|由|和|与|及|跟|同|给|请|经|向|让|是|为|、|[^\u4e00-\u9fff]|者|显示)$")
_FAMILY = re.compile("(?<!百)(?<!贵)姓((?:" + "|".join(COMPOUND) + ")|[\u4e00-\u9fff])(?!名|氏)")
_GIVEN_TOO = re.compile("姓[\u4e00-\u9fff]{1,2}[，,、]?\\s?(?:单?名|叫|名叫)(?:一个|个)?([\u4e00-\u9fff]{1,2})字?")
_NOT_GIVEN = frozenset(
    "的了是在不个每这那您你我他她它们请与或由找、有没无到把被从吗呢吧啊则且并其何哪谁什么怎能会将已为"
    "跟让替嘅咗唔哋佢喺嚟啲冇俾咁嗰系几只还很太又但而些该说问买卖取转付款额账贷"
)
_NOT_LAST = frozenset("再就先即便本着后")
_LATIN_HERE = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)?")
_OPENING = re.compile(f"[{''.join(sorted(SURNAMES | {name[0] for name in COMPOUND}))}]")
_CLAUSE = re.compile("[，。；！？\n,;!?]")
_HAN = re.compile("[\u4e00-\u9fff·]+")
_ALL_HAN = re.compile("[\u4e00-\u9fff]+")


def _cores(words: str) -> str:
    """Alternatives without what may be left out of them: one of these stands wherever one of those does, and a search
    for words that all open with a plain character looks at first characters alone."""
    return re.sub(r"\(\?:[^()]*\)\?|[^()]\?", "", words)


_ROLE = re.compile(_cores(ROLES))
_CALLS = re.compile(f"{_cores(ROLES)}|{_cores(_AFTER)}|{_cores(_VERBS)}|找|联系|叫|姓|由")
_CAPITAL = re.compile("[A-Z]")
# A word this frequent in the dictionary is meant as the word, where the place is not firm.
_COMMON = 60
_OFTEN = 500
_EVERY = 20000
_VERY_COMMON = 2500
_SUFFIXES = frozenset("部组处科室司行店员人者方类等级型性化率额款费期日月年值险金卡券单")
# What ends in one of these is a thing or a place.
_THINGS = frozenset(
    "营节证区镜表牌板会院厂场路街镇县乡村河湖岛桥楼寺庙店馆校队族学派义法机器具品药病症酒茶饭菜肉鱼鸡花草树果皮毛"
    "钱币账户行书画曲报刊史服鞋帽衣车船炮弹枪电灯油煤钢语词句网线里内外中后前间边面上下转锁打按过得的时话"
)
_NO_PERSONS = frozenset(["万分之", "左右手"])

_LATIN_ROLE = (
    "manager|president|director|governor|chairman|chairwoman|chairperson|ceo|cfo|officer|advis[eo]r|teller|consultant"
    "|representative|agent|colleague|specialist|head|contact|person|lawyer|assistant|secretary|"
    "supervisor|founder|expert"
)
_NAME = "[A-Z][a-z]+(?:[-'’ ][A-Z][a-z]+){0,2}|[A-Z]{2,12} [A-Z][a-z]+"
_LATIN_FIRM = re.compile(
    rf"(?i:\b(?:{_LATIN_ROLE})(?: of [a-z ]{{2,30}}?| at [a-z ]{{2,30}}?)?(?:,? (?:is|was|named|called|"
    rf"being|will be)(?: (?:named|called|now|currently|mr\.?|ms\.?|mrs\.?|miss))?"
    rf"|,|:|'s name is| name is)) ({_NAME})"
    rf"|\b(?i:(?:named|called|name is|contact|ask for|speak (?:to|with)|talk to|reach|see|call|by|with|"
    rf"from)) ({_NAME})(?=[,.;!]| (?:at|on|in|will|who|is|for|directly|or|from|by|via|our|the)\b|$)"
    rf"|\b(?:Mr|Ms|Mrs|Miss|Dr|Prof|Sir|Madam|President|Manager|Director|Governor|Chairman|Chairwoman|"
    rf"CEO)\.? (?:is |named )?({_NAME})"
    rf"|\b({_NAME}),? (?i:(?:is|was|serves as|works as|acts as),? (?:our|the|a|your|"
    rf"an)? ?(?:[a-z]+ ){{0,3}}(?:{_LATIN_ROLE})\b|(?:our|the|your) (?:[a-z]+ ){{0,3}}(?:{_LATIN_ROLE})\b)"
    rf"|\b([A-Z][a-z]+ [A-Z][a-z]+) (?:will|can|would) (?:call|contact|help|assist|reply|answer|email|see|"
    rf"meet|get|reach|serve)\b"
)
_NO_LATIN_NAMES = """
    the a an our your we you it this that please if when for to in on at by and or no yes not any all bank branch
    mobile app online china chinese rmb cny usd hotline customer service banking deposit insurance wealth product
    fund monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december new year years christmas easter eve festival spring autumn mid-autumn
    lantern lunar national labour labor day week holiday holidays golden today tomorrow hong kong macau taiwan
    unionpay visa mastercard alipay wechat swift atm english mandarin cantonese american european asian beijing
    shanghai shenzhen guangzhou support phone helpline desk team staff care centre center counter website email qr
    id pin otp sms he she they there here people's republic their his her its
"""
_NOT_LATIN_NAME = frozenset(_NO_LATIN_NAMES.split())


class PersonSlots:
    """Built once; holds words of jieba's dictionary. jieba must be initialised."""

    def __init__(self) -> None:
        self._frequencies = jieba.dt.FREQ
        self._names = read_persons()

    def names(self, sentence: str) -> Iterator[str]:
        """Candidates in a sentence's plain form, the firmest first in each clause."""
        if _CALLS.search(sentence):
            role = _ROLE.search(sentence) is not None
            yield from self._surnames(sentence, role=role)
            called = role or _CALLED.search(sentence) is not None
            for clause in _CLAUSE.split(sentence):
                if clause:
                    if called:
                        yield from self._firm(clause)
                    yield from self._beside(clause, role=role)
        if _CAPITAL.search(sentence):
            yield from _latin(sentence)

    def _surnames(self, sentence: str, *, role: bool) -> Iterator[str]:
        """role: whether the sentence names one at all."""
        if "姓" in sentence:
            for match in _GIVEN_TOO.finditer(sentence):
                yield match.group(1)
        for match in _FAMILIAR.finditer(sentence):
            if match.group(1) in COMMON_SURNAMES and match.group(1) not in PREPOSITIONS:
                yield match.group()
        for match in _APART.finditer(sentence) if role else ():
            name = match.group(1)
            if name == self._name_at(name, 0, firm=False):
                yield name
        if "姓" in sentence:
            for match in _FAMILY.finditer(sentence):
                if match.group(1) in SURNAMES or match.group(1) in COMPOUND:
                    yield match.group()

    def _firm(self, clause: str) -> Iterator[str]:
        """After a role and a link: a short run that opens with a surname, or one that is no word at all."""
        for place in (*_FIRM.finditer(clause), *_CALLED.finditer(clause)):
            start = place.end()
            latin = _LATIN_HERE.match(clause, start)
            if latin is not None:
                yield latin.group()
            run = _HAN.match(clause, start)
            if run is None:
                continue
            found = self._name_at(clause, start, firm=True)
            if found is not None and (place.re is _FIRM or not self._is_kind(found)):
                yield found
            elif place.re is _FIRM and 2 <= len(run.group()) <= 4 and self._is_no_word(run.group()):
                yield run.group()

    def _is_kind(self, name: str) -> bool:
        """ "这种费用叫年费": what a thing is called."""
        return name[-1] in _SUFFIXES or self._frequencies.get(name, 0) >= _COMMON

    def _beside(self, clause: str, *, role: bool) -> Iterator[str]:
        """Anywhere in the clause: a name between what names have on their left and on their right."""
        starts: frozenset[int] | None = None
        roles = {match.end() for match in _BESIDE.finditer(clause)} if role else frozenset[int]()
        for opening in _OPENING.finditer(clause):
            at = opening.start()
            compound = clause[at : at + 2] in COMPOUND
            if clause[at] not in SURNAMES and not compound:
                continue
            size = 2 if compound else 1
            title = _TITLE.match(clause, at + size)
            found = self._name_at(clause, at, firm=False, beside=at in roles)
            if title is None and found is None:
                continue
            before = clause[max(0, at - 6) : at]
            left = at in roles or _ASKED.search(before) is not None
            named = found is not None and _IS_ONE.match(clause, at + len(found)) is not None
            certain = named or (found is not None and _IN_OFFICE.match(clause, at + len(found)) is not None)
            # 我们的高志强经理, but not 取钱时柜员.
            certain |= found is not None and len(found) == 3 and _TITLE.match(clause, at + 3) is not None
            if self._is_everyday(clause, at, before, placed=left or certain or title is not None):
                continue
            placed = found is not None and (
                _SPOKEN.match(clause, at + len(found)) is not None
                or left
                or (bool(roles) and self._ends(clause, at + len(found)) and not self._is_listed(found, before))
            )
            # Cutting into words costs more than all the rest: only for what else is a name.
            if title is None and not placed:
                continue
            if starts is None:
                starts = self._starts(clause)
            if (
                at not in starts
                and not (left and (certain or not self._is_cut_word(clause, at)))
                and not (roles and _JOINED.search(before))
            ):
                continue
            # 李经理, 欧阳女士: a surname alone before a title.
            if title is not None and at in starts and self._stands_alone(clause, at, size, starts):
                yield clause[at : title.end()]
                continue
            if found is not None and placed:
                yield found

    def _is_everyday(self, clause: str, at: int, before: str, *, placed: bool) -> bool:
        """A surname that is meant as the word it also is: 评级高, 这段对话, 却报称."""
        char = clause[at]
        if char in _MEASURES and _COUNTS.search(before) is not None:
            return True
        if placed:
            return False
        if char in _SELDOM:
            return True
        return char in _EVERYDAY and bool(before) and _OPENS.search(before) is None

    def _is_listed(self, name: str, before: str) -> bool:
        """A word of the dictionary that is nobody's name there, however rare (印鉴), unless someone is said so."""
        return not _SAID_TO_BE.search(before) and self._frequencies.get(name, 0) > 0 and name not in self._names

    def _is_cut_word(self, clause: str, at: int) -> bool:
        """The surname ends a word: 由|于本行 is 由于."""
        return at > 0 and self._frequencies.get(clause[at - 1 : at + 1], 0) >= _OFTEN

    def _name_at(self, clause: str, at: int, *, firm: bool, beside: bool = False) -> str | None:
        """The longest name that begins here and ends where names end."""
        compound = clause[at : at + 2] in COMPOUND
        if not compound and clause[at] not in SURNAMES:
            return None
        size = 2 if compound else 1
        for given in (2, 1):
            name = clause[at : at + size + given]
            if len(name) < size + given or not _NOT_GIVEN.isdisjoint(name[size:]) or not _ALL_HAN.fullmatch(name):
                continue
            if name[-1] in _NOT_LAST or _ROLE.match(clause, at) is not None:
                continue
            if _END.match(clause, at + len(name)) is None or _TITLE.match(name, size):
                continue
            end = at + len(name)
            polite = _POLITE.match(clause, end) is not None
            if compound or (polite and (self._frequencies.get(name, 0) < _OFTEN or name in self._names)):
                return name
            # 专员马上来: the adverb of a sentence whose subject the role is.
            if beside and self._frequencies.get(name[:2], 0) >= _OFTEN and self._frequencies.get(name[2:], 0) >= _EVERY:
                continue
            certain = firm or (given == 2 and name[0] not in PREPOSITIONS and _TITLE.match(clause, end) is not None)
            certain |= beside and given == 2 and name[0] not in PREPOSITIONS and self._ends(clause, end)
            if not self._is_a_word(name, clause, at, firm=certain):
                return name
        return None

    def _is_a_word(self, name: str, clause: str, at: int, *, firm: bool) -> bool:
        frequency = self._frequencies.get(name, 0)
        if firm:
            half = self._frequencies.get(name[:2], 0)
            return frequency >= _VERY_COMMON or (half >= _COMMON and name[-1] in _SUFFIXES)
        if frequency >= _COMMON:
            return True
        # 高风|险, 方便|您: a longer word or its first half stands here.
        for length in (2, 3, 4):
            word = clause[at : at + length]
            if len(word) == length and self._frequencies.get(word, 0) >= _COMMON:
                if length != len(name) - 1:
                    return True
                rest = name[length:]
                if rest in _SUFFIXES or self._frequencies.get(rest, 0) >= _EVERY or name[0] in _WORDLY:
                    return True
        return name[0] in _WORDLY and (len(name) == 3 and self._frequencies.get(name[1:], 0) >= _COMMON)

    def _is_no_word(self, run: str) -> bool:
        """Not one of its pieces of two characters is a word: 艾力江, 巴特尔."""
        pieces = jieba.lcut(run, HMM=False)
        return all(len(piece) == 1 for piece in pieces) and not any(char in _NOT_GIVEN for char in run)

    def _stands_alone(self, clause: str, at: int, size: int, starts: frozenset[int]) -> bool:
        if clause[at] in PREPOSITIONS and _POLITE.match(clause, at + size) is None:
            return False
        return at + size in starts or self._frequencies.get(clause[at : at + size + 2], 0) < _COMMON

    @staticmethod
    def _ends(clause: str, at: int) -> bool:
        return at >= len(clause) or not "\u4e00" <= clause[at] <= "\u9fff" or _SPOKEN.match(clause, at) is not None

    @staticmethod
    def _starts(clause: str) -> frozenset[int]:
        places, at = set(), 0
        for token in jieba.lcut(clause, HMM=False):
            places.add(at)
            at += len(token)
        return frozenset(places)


def _latin(sentence: str) -> Iterator[str]:
    for match in _LATIN_FIRM.finditer(sentence):
        name = next(group for group in match.groups() if group)
        words = name.replace("-", " ").split()
        while words and words[0].lower() in _NOT_LATIN_NAME:
            words = words[1:]
        if words and not any(word.lower() in _NOT_LATIN_NAME for word in words):
            yield " ".join(words)


@cache
def read_persons(surnames: frozenset[str] = SURNAMES) -> frozenset[str]:
    """Personal names of jieba's dictionary that are rare enough to be nothing else (高明 and 安康 are words)."""
    opening = "".join(sorted(surnames))
    found = re.findall(
        rf"^((?:[{opening}]|{'|'.join(COMPOUND)})[^ \n]{{1,3}}) (\d{{1,2}}|[12]\d\d) nr", _dictionary(), re.MULTILINE
    )
    frequencies = jieba.dt.FREQ
    # 安全措施 and 白金卡 are named so there too.
    return frozenset(
        name for name, _ in found if name[-1] not in _SUFFIXES and frequencies.get(name[:2], 0) < _VERY_COMMON
    )


@cache
def read_verbs() -> frozenset[str]:
    """Verbs of two characters."""
    return frozenset(re.findall(r"^(\S\S) \d+ v", _dictionary(), re.MULTILINE))


def well_known(persons: frozenset[str]) -> frozenset[str]:
    """Those that need no place to be names: the dictionary takes 段时间, 马上转, 戴眼镜 and 夏令营 for persons too."""
    frequencies = jieba.dt.FREQ
    return frozenset(
        name
        for name in persons
        if (len(name) == 3 or name.startswith(COMPOUND))
        and name[-1] not in _THINGS
        and name not in _NO_PERSONS
        and frequencies.get(name[1:], 0) < _OFTEN
        and (frequencies.get(name[:2], 0) < _COMMON or name[:2] in persons)
    )


def _dictionary() -> str:
    return (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8")
