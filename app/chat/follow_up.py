"""Follow-up questions made to stand alone: rules first, and they say when they are not sure.

The standalone question is used for retrieval and for generation alike, so the two can never speak of different things.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.chat.courtesy import ASKS_NOTHING
from app.knowledge.subjects import shipped
from app.knowledge.wording import asks
from app.store.records import Said, Turn

_LEADS = re.compile(r"^(?:那么?|还有|另外|此外|然后|再问一?下|请问|and|so|then|also|ok|okay)[，,、\s]*", re.I)
_TAIL = re.compile(r"(?:的)?(?:呢|呀|啊|哈)?[?？。.!！\s]*$")
_POINTS_BACK = re.compile(
    r"它|这个|这款|这种|这只|这张|这笔|那个|那款|那张|该产品|此产品|该业务|上述|上面|前面|刚才|刚刚|其中|"
    r"\b(?:it|its|they|them|this one|that one|that|those)\b",
    re.I,
)
_ASKS_ON = re.compile(
    r"^(?:那|那么|还有|如果|要是|假如|万一|and\b|what about|how about|what if|then\b)|呢[?？。!！\s]*$", re.I
)
# An attribute asked for without its owner ("起购金额是多少"): the owner is whatever was spoken of last.
_ATTRIBUTE = re.compile(
    r"起购|起存|起投|手续费|费率|费用|收费|利率|利息|年费|期限|多久|多长|什么时候|限额|额度|门槛|到账|赎回|申购|"
    r"风险|等级|基准|材料|条件|流程|怎么办理|fee|rate|limit|minimum|how long|how much|when",
    re.I,
)
# Words that ask without saying of what: a short question of nothing else has its topic in what was said before.
_ASKING = re.compile(
    r"什么时候|什么|怎么样|怎么|如何|怎样|多少|哪里|哪儿|哪些|哪个|哪|几|吗|么|where|what|how|which", re.I
)
_GENERAL = re.compile(
    r"可以|能不能|能否|需要|要不要|要|带|办理|办|去|到|在|个|天|次|些|还|得|用|收|交|钱|手续|东西|材料|地方|网点|是不是|是|有|的|了|"
    r"我|您|你|请问|那|就|do i|can i|should i|the|to|is|it|i|\s"
)
# "白金卡也要吗": the same asked of another.
_ALSO = re.compile("也|都|同样|一样|同|会|行|成")
# In what a question may be asked again of a sibling: of another product, account or channel.
_SIBLINGS = ("product", "account", "channel")
# Where a question goes over from its topic to what it asks of it.
_PREDICATE = re.compile(
    r"到底|究竟|要不要|要|是否|是不是|有没有|怎么|怎样|如何|能不能|能否|可不可以|可以|能|需要|应该|什么|多少|多久|几|哪|是|有|会|吗|[?？]"
    r"|\b(?:is|are|do|does|can|how|what|when|where)\b",
    re.I,
)
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")
# What people say around the matter: greetings before it, offers of more help after it.
_GREETING = re.compile(
    r"^(?:(?:您好|你好|好的|谢谢|感谢|不客气|请稍[等候]|稍等|抱歉|不好意思|明白了?|嗯|再见|hello|hi|thanks?|sorry)[，,、！!。\s]*)+",
    re.I,
)
_SMALL_TALK = re.compile(
    r"还有(?:什么|其他)|其他(?:问题|需要)|为您(?:服务|查|处理)|我来帮您|我是.{0,6}客服|祝您|满意|评价|"
    r"让您(?:久等|着急)|anything else|help you|one moment",
    re.I,
)
_HAN_OR_WORD = re.compile(r"[㐀-鿿]|[A-Za-z0-9]+")
_CODE = re.compile(r"[A-Za-z]{1,3}\d{1,2}")
_NUMERALS = "0123456789一二两三四五六七八九十百零〇"
# A question of at most this many characters or words can hardly name its own topic.
_SHORT = 8
_TO_A_PERSON = ("relayed", "handed_off")
# More of what a person said says less about what is asked next.
_SPOKEN_CHARS = 80


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier turn: the question as it stood alone, the products its answer rested on, and what a person said
    after it."""

    standalone: str
    subjects: tuple[str, ...] = ()
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Standalone:
    """text: the question to retrieve and answer. sure: the rules need no second opinion.

    When not sure, retrieval weighs the readings: others beside the text; alternative (the question as written) too,
    but where there are others only when none of them finds enough. fallback: what it may have meant, tried only where
    the text finds too little.
    """

    text: str
    sure: bool = True
    alternative: str | None = None
    others: tuple[str, ...] = ()
    fallback: str | None = None


def remembered(recent: Sequence[Turn | Said], subjects: Sequence[str]) -> list[Earlier]:
    """The turns as condense() wants them, oldest first. What was said to and by a person was spoken of too: what the
    customer asked them stands alone like any question, and a product that the agent brought up is the one meant."""
    earlier: list[Earlier] = []
    for item in recent:
        if isinstance(item, Turn):
            asks = bool(_ASKING.search(item.question) or find_subjects(item.question, subjects))
            if item.reason in ASKS_NOTHING or (item.status in _TO_A_PERSON and not asks):
                continue  # "谢谢", "转人工", "满了" say nothing that the next question could be about
            if item.status == "relayed":
                alone = condense(item.question, earlier, subjects)
                earlier.append(Earlier(alone.text if alone.sure else item.question))
            else:
                earlier.append(Earlier(item.standalone or item.question, tuple(item.trace.get("subjects", ()))))
            continue
        spoken = _matter(item.text)
        before = find_subjects(earlier[-1].standalone, subjects) if earlier else []
        brought = [name for name in find_subjects(item.text, subjects) if name not in before]
        if brought:
            earlier.append(Earlier(" ".join(brought), tuple(brought), spoken))
        elif spoken:
            last = earlier.pop() if earlier else Earlier("")
            earlier.append(replace(last, spoken=spoken))
    return earlier


def _matter(text: str) -> str:
    """What an agent said without greetings and courtesies; "" when there was nothing else."""
    sentences = [_GREETING.sub("", one.strip()) for one in _SENTENCE.findall(text)]
    return "".join(one for one in sentences if one and not _SMALL_TALK.search(one))[:_SPOKEN_CHARS]


def condense(question: str, earlier: Sequence[Earlier], subjects: Sequence[str]) -> Standalone:
    """Make `question` understandable without the conversation.

    earlier: oldest first. subjects: names of products and their short forms, as customers write them; matched
    longest first.
    """
    if not earlier:
        return Standalone(question)
    named = find_subjects(question, subjects)
    bare = _TAIL.sub("", _LEADS.sub("", question.strip())).strip()
    last = earlier[-1]
    before = find_subjects(last.standalone, subjects)
    if asked_again := _of_a_sibling(bare, last.standalone):
        return Standalone(asked_again)
    if named:
        rest = bare
        for name in named:
            rest = rest.replace(name, "")
        # "那稳盈二号呢": only the product changes, the question stays.
        if _ASKS_ON.search(question) and len(_HAN_OR_WORD.findall(rest)) <= 1:
            if before:
                return Standalone(last.standalone.replace(before[0], named[0]))
            return Standalone(f"{named[0]} {last.standalone}", sure=False, alternative=question)
        return Standalone(question)
    if _ASKS_ON.search(question) and (swapped := _swap(bare, last.standalone)):
        return Standalone(swapped)
    points_back = bool(_POINTS_BACK.search(question) or _ASKS_ON.search(question))
    short = len(_HAN_OR_WORD.findall(bare)) <= _SHORT
    if not points_back and not (short and (_ATTRIBUTE.search(question) or _names_nothing(bare))):
        return Standalone(question, fallback=_of_what_was_spoken_of(bare, earlier, subjects))
    bare = _POINTS_BACK.sub("", bare).strip() or question
    if last.spoken and not last.subjects:
        # The topic is what the person spoke of, which may be what was asked before or something new.
        before_that = f"{last.standalone} {bare}".strip()
        both = (f"{last.standalone} {last.spoken} {bare}",) if last.standalone else ()
        head = _topic(last.standalone)
        topic = (f"{head} {bare}",) if head else ()
        own = () if _names_nothing(bare) else (question,)
        return Standalone(f"{last.spoken} {bare}", sure=False, alternative=before_that, others=(*topic, *both, *own))
    owner = next(
        (
            found[0]
            for turn in reversed(earlier)
            if (found := find_subjects(turn.standalone, subjects) or list(turn.subjects))
        ),
        None,
    )
    if owner is not None:
        text = f"{owner}{'' if bare.startswith('的') else '的'}{bare}"
        return Standalone(text) if points_back else Standalone(text, sure=False, alternative=question)
    return Standalone(f"{last.standalone} {bare}", sure=False, alternative=question)


def _of_a_sibling(fragment: str, question: str) -> str | None:
    """The earlier question asked of a sibling ("那网上银行呢" after "手机银行单笔最多能转多少": 网上银行单笔最多…).
    None where the fragment says more than of what, or the two name nothing of one kind."""
    for dimension in _SIBLINGS:
        new, old = shipped().words(fragment.lower(), dimension), shipped().words(question.lower(), dimension)
        if len(new) != 1 or not old or new[0] in old:
            continue
        rest = re.sub(re.escape(new[0]), "", fragment, count=1, flags=re.IGNORECASE)
        if not _HAN_OR_WORD.search(_ALSO.sub("", _GENERAL.sub("", _ASKING.sub("", rest)))):
            parallel = max(old, key=lambda word: _kinship(new[0], word, dimension))
            return re.sub(re.escape(parallel), new[0], question, count=1, flags=re.IGNORECASE)
    return None


def _kinship(one: str, other: str, dimension: str) -> tuple[bool, int]:
    """How near two words stand in the tree: of 信用卡 and 金卡 the latter is what 白金卡 is another of."""
    here, there = (min(shipped().of(word)[dimension]).split("/") for word in (one, other))
    shared = sum(a == b for a, b in zip(here, there, strict=False))
    return len(here) == len(there), shared


def _of_what_was_spoken_of(question: str, earlier: Sequence[Earlier], subjects: Sequence[str]) -> str | None:
    """A question that names no product, asked of the one spoken of last ("多大年纪就不能买了" after an insurance)."""
    if shipped().words(question) or not asks(question):
        return None
    for turn in reversed(earlier):
        if spoken_of := find_subjects(turn.standalone, subjects) or shipped().words(turn.standalone) or turn.subjects:
            return f"{spoken_of[0]}{question}"
    return None


def _swap(fragment: str, question: str) -> str | None:
    """The earlier question with its parallel term replaced: "那白金卡呢" after "金卡年费多少" asks for 白金卡年费.

    Terms are parallel when they end alike; a numeral before the common ending belongs to the term ("一年期").
    """
    if not 2 <= len(fragment) <= _SHORT or _ASKING.search(fragment):
        return None
    if _ATTRIBUTE.search(fragment) or _POINTS_BACK.search(fragment):
        return None
    if _CODE.fullmatch(fragment) and (code := _CODE.search(question)):
        return question[: code.start()] + fragment + question[code.end() :]
    for length in range(len(fragment), 0, -1):
        ending = fragment[-length:]
        at = question.rfind(ending)
        if at < 0:
            continue
        start = at
        while start and question[start - 1] in _NUMERALS:
            start -= 1
        if start == at and length == 1:
            return None
        return question[:start] + fragment + question[at + length :]
    return None


def _topic(question: str) -> str:
    """What a question is about, without what it asks: 房贷提前还款 of "房贷提前还款要收违约金吗"; "" when it begins by
    asking."""
    head = _PREDICATE.split(question, maxsplit=1)[0].strip(" ，,。")
    return head if len(_HAN_OR_WORD.findall(head)) > 1 and head != question else ""


def _names_nothing(question: str) -> bool:
    """A question that asks, and says of nothing what: "在哪里办理", "要带什么"."""
    return bool(_ASKING.search(question)) and not _HAN_OR_WORD.search(_GENERAL.sub("", _ASKING.sub("", question)))


def keeps(rewritten: str, question: str) -> bool:
    """Whether a model's rewrite still asks the customer's question: most of its words are there, and not much else."""
    bare = _POINTS_BACK.sub("", _TAIL.sub("", _LEADS.sub("", question.strip())))
    wanted = set(_HAN_OR_WORD.findall(bare))
    kept = wanted & set(_HAN_OR_WORD.findall(rewritten))
    return len(kept) >= 0.7 * len(wanted) and len(rewritten) <= 2 * len(question) + 40


def find_subjects(text: str, subjects: Sequence[str]) -> list[str]:
    """Which names occur in the text, in order of appearance; a name inside a longer found name does not count."""
    spans: list[tuple[int, int, str]] = []
    lowered = text.lower()
    for name in sorted(subjects, key=len, reverse=True):
        at = lowered.find(name.lower())
        if at >= 0 and not any(start <= at < end for start, end, _ in spans):
            spans.append((at, at + len(name), text[at : at + len(name)]))
    return [name for _, _, name in sorted(spans)]
