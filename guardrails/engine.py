"""Matches rules against a normalised text, aware of negation, of questions and of quotation. Linear in the text.

A text is read sentence by sentence; a pattern never reaches across one, which bounds its work and its meaning.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from guardrails.concepts import read_concepts
from guardrails.disowned import is_disowned, is_no_ban
from guardrails.events import bounds_at, is_hearsay, without_questions
from guardrails.normal import NormalText
from guardrails.questions import asks_at, chooses_at
from guardrails.rules import Rule
from guardrails.statements import around, is_theirs, starts_of
from guardrails.verdict import Span

_SENTENCE_END = re.compile(r"[。!?;\n]|(?<=[a-z]{2})\.(?=\s)")
_LONGEST = 400
_OVERLAP = 40

# Words that hold a negating character but deny nothing.
_NO_DENIAL = re.compile(
    r"不得不|不但|不仅|不管|不论|无论|不断|不过|不光|不只|不止|不然|不如|没错|没问题|非常|未来|无限|别的"
    r"|特别|分别|级别|不好意思|对不起|除非|并不是不|不是不|不会不|不能不"
    r"|([能会是可要该好行对算肯敢愿想需用])不\1|可不可以|应不应该|愿不愿意|有没有|值不值得|要不|差不多"
    r"|了不起|不少|不久|没关系|没想到|不知道|不知|说不定|免费|不同|no problem|no doubt|not only|no matter"
)
_DENIAL = re.compile(
    r"(?:不|没|无|未|非|别|勿|莫|唔|冇|拒绝|杜绝|避免|防止|(?<![a-z])(?:not|never|no|without|isn't|aren't"
    r"|doesn't|don't|won't|can't"
    r"|cannot|isnt|dont|wont)(?![a-z]))(?P<gap>[^,，。:：]{0,8})$"
)
_BAN = re.compile(
    r"(?:不得|不允许|不可|不能|不应|不准|禁止|严禁|请勿|切勿|谨防|警惕|当心|小心|不会|不要|杜绝|绝不|从不"
    r"|never|must not|may not|should not"
    r"|do not|does not|beware|prohibited)[^。!?]{0,24}$"
)
# Asking how something is done, or whether it ever is: "怎么投诉你们", "公检法会打电话让我转账吗".
_ASKS_IN_GENERAL = re.compile(
    r"怎么(?!还|这么|能|可能|回事|老|又|就|敢)|如何|怎样|咋(?!还)|哪里|哪儿|去哪|到哪|向谁|找谁|几点|多久|多长时间"
    r"|什么(?:时候|材料|流程|手续|条件)|要带"
    r"|(?:会|可以|能|可能|允许|是否|有权)[^。,，]{0,24}(?:吗|么|嘛|\?)[?\s]*$|(?:会不会|能不能|可不可以|是否)[^。,，]{1,24}$"
)
# What only somebody says to whom it happens, or who wants it now.
_AT_HAND = re.compile(
    r"已经|刚|现在|正在|马上|立刻|必须|再不|今天|昨天|前天|[早晚]上|上午|下午|了(?!解)|[!]"
    r"|[我俺](?:就?要|想|会|准备|打算|非)|[我俺](?:妈|爸|奶|爷|老|儿|女|孙|家)|帮我|给我|替我(?!投诉)"
    r"|有人|有个|对方|自称|说是|他|她|那个|这个人|打来|接到|收到"
)
# What is over, told by the way: solved, paid back, found, fetched. Something that goes on beside it is not.
_SETTLED = re.compile(
    r"(?:已经?|都|早就?|后来|上次|上回|上个?月|上周|去年|之前|那件事|那笔|也)[^。]{0,14}"
    r"(?:解决|处理|办妥|结案|撤|赔|退|追|找|收|补|修|还清|核实|弄|查)(?:给我|完|好|妥|到|清|回来?|清楚)?了(?!吗|没|么|[?])"
    r"|(?:解决|处理|补|办|赔|修|弄|查)(?:完|好|妥|清楚|回来)了(?!吗|没|么|[?])|(?:找|追|拿|搜|捡)(?:到|回)来?了(?!吗|没|么|[?])"
    r"|(?:has|have|is|was|been|got) (?:all )?(?:resolved|refunded|solved|settled|replaced)|found it"
)
_GOES_ON = re.compile(
    r"又|还(?:是|没|有|在|要|不)|可是|但|不过|却|没(?:人|用|解决|处理|退|赔)|再不|怎么还|骗|不(?:给|肯|认|满|服)|拖|现在(?:亏|少)|结果"
    r"|but|still|again"
)
_QUOTED = re.compile(r"[“\"「『'‘][^”\"」』'’“「『‘]{1,200}[”\"」』'’]")


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule that matched, and where (characters of the original text). firm: in words that mean nothing else."""

    rule: Rule
    span: Span
    firm: bool = False


@dataclass(frozen=True, slots=True)
class Hints:
    """Reasons by what the rules see of them. likely: a rule's cue and no exception, or concepts that stand together.

    spared: a rule's cue beside its exception ("我不是要投诉"): the rule takes it for harmless.
    """

    likely: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of a normalised text. start: its offset there."""

    text: str
    start: int


def sentences_of(text: str) -> list[Sentence]:
    """Sentences, a very long one in overlapping stretches."""
    found: list[Sentence] = []
    start = 0
    for end in [*(m.end() for m in _SENTENCE_END.finditer(text)), len(text)]:
        whole = text[start:end]
        if whole.strip():
            for offset in range(0, max(1, len(whole) - _OVERLAP), _LONGEST - _OVERLAP):
                found.append(Sentence(whole[offset : offset + _LONGEST], start + offset))
        start = end
    return found


def cells_of(text: NormalText) -> list[int]:
    """Where the cells of a table's row begin: their bars are gone from the normal form."""
    if "|" not in text.original:
        return []
    pairs = enumerate(pairwise(text.origin), start=1)
    return [at for at, (before, here) in pairs if "|" in text.original[before:here]]


class RuleEngine:
    """Reads only; share one between turns."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(sorted(rules, key=lambda rule: rule.severity))
        cues: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for at, rule in enumerate(self._rules):
            for cue in rule.cues:
                cues[cue[:1]].append((cue, at))
        self._cues = dict(cues)
        self._firsts = frozenset(cues)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self._rules

    def match(self, text: NormalText) -> list[Hit]:
        """The first match of every rule that matches, most severe rule first."""
        called = self._called(text.text)
        if not called:
            return []
        hits: list[Hit] = []
        sentences = sentences_of(text.text)
        barred = cells_of(text)
        for rule in called:
            hit = self._first_hit(rule, sentences, text, barred)
            if hit is not None:
                hits.append(hit)
        return hits

    def match_readings(self, readings: Sequence[NormalText]) -> list[Hit]:
        """match() over several readings of one text (plain, undisguised); a rule that matches in any is named once."""
        hits = self.match(readings[0])
        for reading in readings[1:]:
            named = {hit.rule.id for hit in hits}
            hits += [hit for hit in self.match(reading) if hit.rule.id not in named]
        return sorted(hits, key=lambda hit: hit.rule.severity)

    def hints(self, readings: Sequence[NormalText]) -> Hints:
        """What the rules suspect without deciding it, and what they take for harmless."""
        likely: set[str] = set()
        spared: set[str] = set()
        open_: set[str] = set()
        for reading in readings:
            likely.update(read_concepts().hints(reading.text))
            for rule in self._called(reading.text):
                whole = _is_excused(rule, reading.text)
                (spared if whole else likely).add(rule.reason)
                if whole and self._says_more(rule, reading.text):
                    open_.add(rule.reason)
        return Hints(frozenset(likely), frozenset(spared - open_))

    def _says_more(self, rule: Rule, text: str) -> bool:
        """Whether the excuse leaves out a statement with a cue of the rule or, in an answer, one that takes it back."""
        for sentence in sentences_of(text):
            starts = starts_of(sentence.text, subjects=rule.direction == "output")
            turns = starts_of(sentence.text, subjects=False)[1:] if rule.direction == "output" else ()
            for start, end in zip(starts, [*starts[1:], len(sentence.text)], strict=True):
                statement = sentence.text[start:end]
                if (start in turns or any(cue in statement for cue in rule.cues)) and not _is_excused(rule, statement):
                    return True
        return False

    def _called(self, text: str) -> list[Rule]:
        """The rules with a cue in the text, in their order. Only cues whose first character is there are looked for."""
        found: set[int] = set()
        for first in ("", *self._firsts.intersection(text)):
            found.update(at for cue, at in self._cues.get(first, ()) if cue in text)
        return [self._rules[at] for at in sorted(found)]

    def _first_hit(self, rule: Rule, sentences: list[Sentence], text: NormalText, barred: list[int]) -> Hit | None:
        for sentence in sentences:
            if not any(cue in sentence.text for cue in rule.cues):
                continue
            if rule.priority != "P0" and _is_aside(rule, sentence.text):
                continue
            starts = starts_of(sentence.text, subjects=rule.direction == "output")
            cells = [at - sentence.start for at in barred]
            quoted = [m.span() for m in _QUOTED.finditer(sentence.text)] if rule.quotes == "skip" else []
            for pattern in rule.patterns:
                for match in pattern.finditer(sentence.text):
                    if any(start <= match.start() and match.end() <= end for start, end in quoted):
                        continue
                    if not _is_let_off(rule, sentence.text, *match.span(), starts, cells):
                        return _hit(rule, sentence, match, text)
        return None


def _hit(rule: Rule, sentence: Sentence, match: re.Match[str], text: NormalText) -> Hit:
    first, last = bounds_at(sentence.text, *match.span())
    clause = sentence.text[first:last].strip(" ,;!。")
    start, end = text.span(sentence.start + match.start(), sentence.start + match.end())
    return Hit(rule, Span(start, end, rule.id, match.group()), any(one.fullmatch(clause) for one in rule.firm))


def _is_let_off(rule: Rule, sentence: str, start: int, end: int, starts: list[int], cells: list[int]) -> bool:
    """Whether what stands around a match at start..end excuses it. starts: of the sentence's statements; cells: where
    cells of a table begin in it."""
    begun, ended = around(starts, len(sentence), start, end)
    near = statement = sentence[begun:ended]
    if rule.priority == "P0":
        # An alarm is called off by nothing that is only asked or supposed beside it.
        near = without_questions(statement, start - begun, end - begun)
        if _is_aside(rule, sentence if near == statement else near):
            return True
    if any(exception.search(near) for exception in rule.exceptions):
        return True
    if rule.hearsay == "skip" and is_hearsay(sentence, start, end):
        return True
    if rule.question != "any" and asks_at(sentence, start, end, cells) == (rule.question == "skip"):
        return True
    if rule.disowned == "skip" and (is_theirs(sentence, start, end) or is_disowned(sentence, start, end)):
        return True
    if rule.negation == "skip":
        return is_denied(statement, start - begun)
    # What forbids is itself no denial of what it forbids, but may be denied, or only one of two choices.
    return rule.direction == "output" and (chooses_at(sentence, start, end) or is_no_ban(sentence, start, end))


def _is_excused(rule: Rule, text: str) -> bool:
    return any(exception.search(text) for exception in rule.exceptions) or _is_aside(rule, text)


def _is_aside(rule: Rule, text: str) -> bool:
    return (rule.general == "skip" and asks_in_general(text)) or (rule.settled == "skip" and is_settled(text))


def asks_in_general(sentence: str) -> bool:
    """Whether it asks how something is done or whether it is done, not says that it is happening or wanted."""
    return _ASKS_IN_GENERAL.search(sentence) is not None and _AT_HAND.search(sentence) is None


def is_settled(sentence: str) -> bool:
    """Whether what it tells of is over and nothing of it goes on."""
    return _SETTLED.search(sentence) is not None and _GOES_ON.search(sentence) is None


def is_denied(sentence: str, start: int) -> bool:
    """Whether what begins at `start` is denied or forbidden by the words before it."""
    near = _NO_DENIAL.sub(lambda m: "□" * len(m.group()), sentence[max(0, start - 40) : start + 2])
    before = near[: min(start, 40)]
    return _DENIAL.search(before[-14:]) is not None or _BAN.search(before) is not None
