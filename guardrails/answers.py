"""Checks of an answer, sentence by sentence: links, leaks, output rules, personal data, numbers and names.

A sentence that any check rejects is not shown; what stands in its place is true and offers a way on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from guardrails.catalogue import Catalogue
from guardrails.cleaning import clean
from guardrails.deposit_insurance import misstates
from guardrails.disguises import Disguises
from guardrails.echoes import Echoes, Subjects
from guardrails.engine import Hit, RuleEngine
from guardrails.entities import EntityCheck
from guardrails.implied import implied
from guardrails.likenesses import Likenesses
from guardrails.normal import Normaliser
from guardrails.numbers import Asked, Facts, NumberLock, Quantity, joined, read_passage
from guardrails.replies import Replies
from guardrails.said import SentenceReader, core, squeezed, unmarked
from guardrails.sentences import SentenceBuffer
from guardrails.suitability import Suitability, SuitabilityGate
from guardrails.verdict import Evidence, Meant, Release, Span, Verdict

# A shorter sentence says too little to stand for itself ("10元。").
_WHOLE = 12
# One that names a figure and what it is of ("近一年年化收益3.1%。") is no guess to be judged by its likeness.
_TELLING = re.compile(r"(?=.{0,40}\d)(?=(?:.{0,40}?[^\W\d_]){4})")
_NAME_HERE = re.escape("{name}")
# The title of a document about a deposit and nothing that is sold beside it: its own words may call it one.
_DEPOSIT = re.compile(
    r"(?!.*(?:理财|基金|保险|年金|信托|资管|fund|wealth|insurance)).*(?:存款|存单|储蓄|deposit|savings)"
)
# Passages whose reading is kept: the same few answer most questions.
_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """A release whose evidence and question have been read. asked, echoes: what the question means for numbers, and
    which of its terms the evidence lacks. verbatim: the evidence's own sentences, bare; figures: its short ones that
    name a figure; deposits: those of documents about a deposit. gate: what this customer may be told of which
    product. dated: the sentence that names the day the answer is of, or nothing.

    passed: sentences of this turn's answer that were checked against it and allowed, without their citation marks.
    followed: what their numbers came to by arithmetic, so that a later sentence may speak of it.
    """

    release: Release
    facts: Facts
    asked: Asked
    echoes: Echoes
    evidence: str
    verbatim: frozenset[str]
    figures: frozenset[str]
    deposits: frozenset[str]
    dated: str
    answers: AnswerChecks
    gate: SuitabilityGate
    passed: set[str] = field(default_factory=set)
    followed: list[Quantity] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a passage gives to any turn it is evidence of."""

    facts: Facts
    verbatim: frozenset[str]
    figures: frozenset[str]
    deposits: frozenset[str]


class AnswerChecks:
    """The engine half of the output rail; a Releaser and NeMo's output flow call it."""

    def __init__(
        self,
        engine: RuleEngine,
        normaliser: Normaliser,
        replies: Replies,
        catalogue: Catalogue,
        *,
        phones: Collection[str],
        bank: str,
        institutions: Iterable[str],
        canary: str = "",
        own: Iterable[str] = (),
        disguises: Disguises,
        likenesses: Likenesses,
        suitability: Suitability,
        as_of: Callable[[str, str], str],
    ) -> None:
        self._as_of = as_of
        self._suitability = suitability
        self._normaliser = normaliser
        self._replies = replies
        self._phones = frozenset(phones)
        self._institutions = tuple(institutions)
        self._bank = bank
        self._canary = squeezed(normaliser.normalise(canary).text)
        self._own = frozenset(self._folded(s) for text in (*replies.all(), *own) for s in sentences_of(text))
        told = {self._folded(s) for text in suitability.sentences() for s in sentences_of(text)}
        self._told = re.compile("|".join(re.escape(one).replace(_NAME_HERE, ".{1,80}") for one in sorted(told)))
        self._lock = NumberLock(catalogue, self._phones)
        self._entities = EntityCheck(catalogue, normaliser.plain(bank), self._institutions)
        self._reader = SentenceReader(engine, normaliser, disguises, likenesses, self._phones, self._entities.names)
        self._subjects = Subjects()
        self._catalogue = catalogue
        self._read = lru_cache(_KEPT)(self._read_passage)

    @property
    def reader(self) -> str:
        return self._reader.likenesses.reader

    def read_meanings(self, embed: Callable[[str], Meant | None]) -> None:
        self._reader.read_meanings(embed)

    def with_catalogue(self, catalogue: Catalogue) -> AnswerChecks:
        """The same checks over other products; this one stays as it is for turns that hold it."""
        other = object.__new__(AnswerChecks)
        other.__dict__.update(self.__dict__)
        other._catalogue = catalogue
        other._read = lru_cache(_KEPT)(other._read_passage)
        other._lock = NumberLock(catalogue, self._phones)
        other._entities = self._entities.with_catalogue(catalogue)
        return other

    def gate(self, release: Release) -> SuitabilityGate:
        asked = self._normaliser.plain(f"{release.question}\n{release.standalone}")
        return SuitabilityGate(self._suitability, self._catalogue, release, asked)

    def prepare(self, release: Release) -> Checked:
        readings = [self._read(passage) for passage in release.evidence]
        facts = joined([reading.facts for reading in readings])
        question = self._normaliser.plain(release.question)
        return Checked(
            release=release,
            facts=facts,
            asked=self._lock.ask(question),
            echoes=Echoes(self._subjects.of(squeezed(question)), facts.folded, release.synonyms),
            evidence=facts.folded,
            verbatim=frozenset().union(*(reading.verbatim for reading in readings)),
            figures=frozenset().union(*(reading.figures for reading in readings)),
            deposits=frozenset().union(*(reading.deposits for reading in readings)),
            dated=self._dated(release),
            answers=self,
            gate=self.gate(release),
        )

    def _read_passage(self, passage: Evidence) -> _Reading:
        facts = read_passage(passage, self._catalogue, self._normaliser)
        told = frozenset(core(s) for s in sentences_of(facts.text))
        verbatim = frozenset(bare for bare in told if len(bare) >= _WHOLE)
        figures = frozenset(bare for bare in told - verbatim if _TELLING.match(bare))
        title = self._normaliser.plain(passage.title)
        return _Reading(facts, verbatim, figures, verbatim if _DEPOSIT.match(title) else frozenset())

    def check_answer(self, text: str, release: Release | Checked) -> Verdict:
        """Every sentence of a whole answer. masked_text: the answer with blocked sentences replaced, each once.

        A sentence that passed word for word against the same evidence is not checked twice.
        """
        checked = release if isinstance(release, Checked) else self.prepare(release)
        blocked: list[Verdict] = []
        shown: list[str] = []
        spans: list[Span] = []
        said: set[str] = set()
        at, kept = 0, 0
        for sentence in sentences_of(text):
            if bare(sentence) in checked.passed:
                verdict = Verdict(action="allow", masked_text=clean(sentence).text)
            else:
                verdict = self.check_sentence(sentence, checked)
            if verdict.allowed:
                shown.append(verdict.masked_text)
                kept += any(char.isalnum() for char in unmarked(sentence))
            else:
                blocked.append(verdict)
                spans += [replace(span, start=span.start + at, end=span.end + at) for span in verdict.spans]
                if verdict.reply_key not in said:
                    shown.append(verdict.reply + ("\n" if sentence.endswith("\n") else ""))
                    said.add(verdict.reply_key)
            at += len(sentence)
        if not blocked:
            return Verdict(action="allow", masked_text="".join(shown))
        first = blocked[0]
        return Verdict(
            action="rewrite" if kept else "block",
            reason=first.reason,
            rule_ids=tuple(dict.fromkeys(rule for verdict in blocked for rule in verdict.rule_ids)),
            reply="".join(dict.fromkeys(verdict.reply for verdict in blocked)),
            reply_key=first.reply_key,
            masked_text="".join(shown),
            spans=tuple(spans),
        )

    def check_sentence(self, sentence: str, checked: Checked) -> Verdict:
        """allow (masked_text is what may be shown) or block."""
        said = self._reader.read(sentence)
        text, plain = said.text, said.plain
        if said.folded in self._own or said.folded == checked.dated:
            return Verdict(action="allow", masked_text=text)
        for address in said.cleaned.addresses:
            if squeezed(address.rstrip("/")) not in checked.evidence:
                return self._blocked("bad_link", "out.bad_link.unknown", "隐去链接", sentence, address, checked)
        if not any(char.isalnum() for char in text):
            return Verdict(action="allow", masked_text=text)
        if not self._suitability.consults and checked.gate.refers(plain):
            return self._blocked("operator_type", "out.operator_type.consulting", "不作产品咨询", sentence, "", checked)
        if self._canary and self._canary in squeezed(said.normal.text):
            return self._blocked("prompt_leak", "out.prompt_leak.canary", "隐去内部内容", sentence, "", checked)
        ruled = _of_speaker(said.hits, checked.release)
        if said.core in checked.verbatim or said.core in checked.figures:
            ruled = [hit for hit in ruled if hit.rule.verbatim != "skip"]
        if ruled and not (said.core in checked.deposits and _only_confused(ruled)):
            return self._stopped(ruled, checked)
        stated = implied(unmarked(plain), checked.asked.question)
        if stated is not None and (hits := self._of_statement(stated)):
            return self._stopped(hits, checked)
        if said.core not in checked.verbatim and misstates(plain):
            name = "out.deposit_confusion.insurance"
            return self._blocked("deposit_confusion", name, "收回混同", sentence, "", checked)
        if checked.release.customer is not None and (hits := checked.gate.promotion(plain, said.readings)):
            return self._stopped(hits, checked)
        for found in said.personal:
            if squeezed(text[found.start : found.end]) not in checked.evidence:
                name = f"out.pii_leak.{found.kind}"
                return self._blocked("pii_leak", name, "保护信息", sentence, text[found.start : found.end], checked)
        if said.core in checked.verbatim:
            return Verdict(action="allow", masked_text=text)
        unsupported = self._lock.check(plain, checked.facts, checked.asked, checked.followed)
        if unsupported is not None:
            reason = "wrong_entity" if unsupported.cause == "product" else "unsupported_number"
            name = f"out.{reason}.{unsupported.cause}"
            return self._blocked(reason, name, "未能核实", sentence, unsupported.quantity.text, checked)
        stranger = self._entities.check(plain, checked.facts, checked.asked.question, said.names)
        if stranger is not None:
            return self._blocked("wrong_entity", "out.wrong_entity.name", "未能核实", sentence, stranger, checked)
        echo = checked.echoes.first(squeezed(plain))
        if echo is not None and not self._entities.is_short_for(echo, checked.facts):
            return self._blocked("wrong_entity", "out.wrong_entity.echo", "未能核实", sentence, echo, checked)
        # What the suitability matrix says, with a name that has passed, needs no guess.
        if self._told.fullmatch(said.folded):
            return Verdict(action="allow", masked_text=text)
        # Last, since it guesses: what can be shown to be wrong is named as what it is.
        likely = _of_speaker(said.likenesses, checked.release) if said.core not in checked.figures else ()
        if likely:
            return self._stopped(likely, checked)
        # Personal data that is left stands in the evidence (a branch's telephone): the customer needs to see it.
        return Verdict(action="allow", masked_text=text)

    def _of_statement(self, stated: str) -> Sequence[Hit]:
        """What rules stop the statement for: it is no wording to be compared with others. Nobody wrote its spans."""
        return [Hit(hit.rule, replace(hit.span, start=0, end=0)) for hit in self._reader.read(stated).hits]

    def _stopped(self, hits: Sequence[Hit], checked: Checked) -> Verdict:
        rule = hits[0].rule
        return Verdict(
            action=rule.action,
            reason=rule.reason,
            rule_ids=tuple(hit.rule.id for hit in hits),
            reply=self._replies.say(rule.reply, checked.release.language),
            reply_key=rule.reply,
            spans=tuple(hit.span for hit in hits),
        )

    def _blocked(self, reason: str, rule: str, key: str, sentence: str, where: str, checked: Checked) -> Verdict:
        start = sentence.find(where) if where else -1
        span = Span(start, start + len(where), rule) if start >= 0 else Span(0, len(sentence), rule)
        return Verdict(
            action="block",
            reason=reason,
            rule_ids=(rule,),
            reply=self._replies.say(key, checked.release.language),
            reply_key=key,
            spans=(span,),
        )

    def _dated(self, release: Release) -> str:
        return self._folded(self._as_of(release.as_of, release.language)) if release.as_of else ""

    def _folded(self, text: str) -> str:
        return squeezed(unmarked(self._normaliser.plain(text)))


def _of_speaker(hits: Sequence[Hit], release: Release) -> Sequence[Hit]:
    """Without what only a machine may not say: that it has done or seen something."""
    return [hit for hit in hits if hit.rule.speaker != "bot"] if release.by_person else hits


def _only_confused(hits: Sequence[Hit]) -> bool:
    """ "本产品属于被保险存款": of a fund a lie, of a deposit what its own document says."""
    return all(hit.rule.reason == "deposit_confusion" for hit in hits)


def sentences_of(text: str) -> list[str]:
    buffer = SentenceBuffer()
    return [*buffer.feed(text), *buffer.flush()]


def bare(sentence: str) -> str:
    """A sentence without its citation marks and outer spaces: the same before and after our marks are set."""
    return unmarked(sentence).strip()
