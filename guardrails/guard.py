"""Guard: every check of a turn behind one object. It fails closed: whatever goes wrong, the answer is never "allow".

Input and whole answers run inside NeMo's flows; sentences on their way out are checked directly, since a flow costs
more than a sentence may.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from guardrails.answers import AnswerChecks, Checked
from guardrails.asking import asked_of
from guardrails.catalogue import Catalogue, Product
from guardrails.disclosures import Disclosures
from guardrails.disguises import read_disguises
from guardrails.engine import RuleEngine
from guardrails.handbook import Handbook, note_of, read_checks
from guardrails.judge import Judgements, Opinion, read_brief
from guardrails.likeness import LEARNED_FOLDER, read_model
from guardrails.likenesses import Likenesses
from guardrails.masking import LANDLINE, mask
from guardrails.meaning import SENTENCE_MEANING_FILE, read_meaning
from guardrails.messages import MessageChecks
from guardrails.nemo import NemoRails, RailsFailed, read_config
from guardrails.normal import Normaliser
from guardrails.replies import Replies, language_of
from guardrails.rules import RuleError, read_rules, read_words
from guardrails.suitability import Suitability
from guardrails.verdict import Customer, Meant, Message, Release, Verdict

_log = logging.getLogger(__name__)
_FAILED = "核对失败"
_NO_CONSULTING = "不作产品咨询"
# A meaning that is at least this probably harmful, only of another sort, lets nothing pass that the wording stopped.
_AS_HARMFUL = 0.5


class Guard:
    """Built once by create(); safe to share between turns. Holds no customer's data."""

    def __init__(
        self,
        *,
        rails: NemoRails,
        replies: Replies,
        messages: MessageChecks,
        answers: AnswerChecks,
        disclosures: Disclosures,
        handbook: Handbook,
        judgements: Judgements,
        phones: frozenset[str],
    ) -> None:
        self._rails = rails
        self._replies = replies
        self._messages = messages
        self._answers = answers
        self._disclosures = disclosures
        self._judgements = judgements
        self._phones = phones
        self.handbook = handbook

    @classmethod
    def create(
        cls,
        bank_name: str,
        hotline: str,
        catalogue: Iterable[Product] = (),
        *,
        canary: str = "",
        operator_type: str = "bank",
        judged: bool = False,
        own: Iterable[str] = (),
    ) -> Guard:
        """Reads rules, replies and dictionaries (1–3 s). canary: a secret of the system prompt, never to be said.
        operator_type: "bank", or "third_party" for a platform that may not advise on products. judged: a model is
        asked for its opinion, so that its reasons belong into the handbook. own: what the product itself says beside an
        answer (that it masked personal data), which a replay reads again and no rail need judge.

        Raises RuleError when a rule cannot work (a reply without words, a gap without a bound).
        """
        config = read_config()
        replies = Replies(config.bot_messages, bank=bank_name, hotline=hotline)
        for name in [key for key in config.bot_messages if not key.endswith(" en")]:
            config.bot_messages[name] = [replies.say(name)]
        rules = read_rules()
        suitability = Suitability(operator_type)
        for rule in (*rules, *suitability.rules):
            if not replies.knows(rule.reply):
                raise RuleError(f"{rule.id}: no reply named {rule.reply}")
        words = read_words()
        phones = frozenset("".join(c for c in str(number) if c.isdigit()) for number in (*words["phones"], hotline))
        normaliser = Normaliser()
        products = Catalogue(catalogue)
        disclosures = Disclosures(words["disclosures"], words["risk_levels"], words["as_of"], normaliser)
        incoming = [rule for rule in rules if rule.direction == "input"]
        outgoing = [rule for rule in rules if rule.direction == "output"]
        heard, told = read_model(LEARNED_FOLDER / "input.tsv"), read_model(LEARNED_FOLDER / "output.tsv")
        asked = Likenesses(heard, incoming, read_meaning())
        said = Likenesses(told, outgoing, read_meaning(SENTENCE_MEANING_FILE))
        judgements = Judgements(incoming, replies, read_brief())
        learned = (*asked.rules, *said.rules, *(judgements.rules if judged else ()))
        notes = [*map(note_of, (*rules, *learned)), *read_checks(), *suitability.notes]
        handbook = Handbook(replace(note, reply=replies.say(note.reply_key)) for note in notes)
        disguises = read_disguises((cue for rule in rules for cue in rule.cues), [*heard.rows, *told.rows])
        return cls(
            rails=NemoRails(config),
            replies=replies,
            messages=MessageChecks(RuleEngine(incoming), normaliser, replies, phones, disguises, asked),
            answers=AnswerChecks(
                RuleEngine(outgoing),
                normaliser,
                replies,
                products,
                phones=phones,
                bank=bank_name,
                institutions=words["institutions"],
                canary=canary,
                own=(*disclosures.sentences(), *own),
                disguises=disguises,
                likenesses=said,
                suitability=suitability,
                as_of=disclosures.as_of,
            ),
            disclosures=disclosures,
            handbook=handbook,
            judgements=judgements,
            phones=phones,
        )

    def replace_catalogue(self, products: Iterable[Product]) -> None:
        """After products were published or withdrawn. Turns that have begun keep the catalogue they began with."""
        self._answers = self._answers.with_catalogue(Catalogue(products))

    @property
    def readers(self) -> tuple[str, str]:
        """By whom the meaning of messages, and of sentences, has to be read: names of embedders."""
        return self._messages.reader, self._answers.reader

    def read_meanings(self, embed: Callable[[str], Meant | None]) -> None:
        """Read sentences by their meaning too, where their wording leaves a doubt. embed: the embedding of a masked
        sentence, at once (None when it cannot be had: the wording then stands alone)."""
        self._answers.read_meanings(embed)

    # -- the customer's message -------------------------------------------------------------------------------

    async def check_input(
        self,
        text: str,
        history: Sequence[Message] = (),
        customer: Customer | None = None,  # noqa: ARG002 - the contract; no input rule depends on the profile yet
    ) -> Verdict:
        """allow | refuse | handoff, with the words for the customer in the message's language.

        history: oldest first; only the last turns are read.
        """
        started = time.perf_counter()
        language = language_of(text)
        try:
            verdict = await self._rails.run_input(text, lambda: self._messages.check(text, history, language))
        except Exception as failure:
            verdict = self._failed("input", "handoff", failure, language)
        return _timed(verdict, "nemo", started)

    def reconsider(self, verdict: Verdict, text: str, meant: Meant | None, history: Sequence[Message] = ()) -> Verdict:
        """check_input's verdict in the light of what the message means: its embedding, once retrieval has computed it;
        of a verdict with `undisguised` the embedding of that.

        Only what the wording alone decided, or let pass, may change; None (no embedding) or another model's changes
        nothing. Called directly: it is the engine's second look, 2 ms where there is doubt, else none.
        """
        if meant is None:
            return verdict
        started = time.perf_counter()
        try:
            if not self._messages.is_open(verdict, meant):
                return verdict
            again = self._messages.check(text, history, language_of(text), meant)
        except Exception as failure:
            return self._failed("input", "handoff", failure, language_of(text))
        if again.allowed and not verdict.allowed and again.doubt >= _AS_HARMFUL:
            again = verdict
        spent = {**verdict.timings, "meaning": (time.perf_counter() - started) * 1000}
        return replace(again, timings=spent)

    def heed(self, verdict: Verdict, text: str, opinion: Opinion) -> Verdict:
        """The verdict after a model was asked about the message: it may stop what was let pass, and lifts nothing."""
        return self._judgements.heed(verdict, opinion, language_of(text))

    # -- the answer -------------------------------------------------------------------------------------------

    def prepare(self, release: Release) -> Checked:
        """Read the evidence once; the sentences of the turn are then checked against it."""
        return self._answers.prepare(release)

    def check_release(self, sentence: str, release: Release) -> Verdict:
        """allow | block for one whole sentence. A turn uses a Releaser, which reads the evidence only once."""
        try:
            return self.check_prepared(sentence, self.prepare(release))
        except Exception as failure:
            return self._failed("release", "block", failure, release.language)

    def check_prepared(self, sentence: str, checked: Checked) -> Verdict:
        """check_release against evidence already read. masked_text is what may be shown."""
        try:
            return checked.answers.check_sentence(sentence, checked)
        except Exception as failure:
            return self._failed("release", "block", failure, checked.release.language)

    async def check_output(self, text: str, release: Release | Checked) -> Verdict:
        """A whole answer: allow, rewrite (sentences were replaced) or block (nothing of it may be shown).

        masked_text: what may be shown, with mandatory sentences appended. A turn passes what its Releaser read and
        checked, so that neither is done twice.
        """
        started = time.perf_counter()
        try:
            verdict = await self._rails.run_output(text, lambda: self._whole(text, release))
        except Exception as failure:
            asked = release.release if isinstance(release, Checked) else release
            verdict = self._failed("output", "block", failure, asked.language)
        return _timed(verdict, "nemo", started)

    def _whole(self, text: str, release: Release | Checked) -> Verdict:
        checked = release if isinstance(release, Checked) else self.prepare(release)
        verdict = checked.answers.check_answer(text, checked)
        if verdict.action == "block":
            return verdict
        missing = self.disclosures(verdict.masked_text, checked)
        shown = verdict.masked_text
        if missing:
            shown = shown.rstrip("\n") + "\n" + "\n".join(missing)
        return replace(verdict, masked_text=shown)

    def disclosures(self, text: str, release: Release | Checked) -> list[str]:
        """Mandatory sentences the answer so far lacks, in the answer's language: past performance, risk level, and what
        the customer's assessment, age and this platform's standing ask for."""
        gate = release.gate if isinstance(release, Checked) else self._answers.gate(release)
        asked = release.release if isinstance(release, Checked) else release
        language = asked.language
        sentences = self._disclosures.missing(text, language, gate, asked.as_of)
        return [self._replies.in_script(sentence, language) for sentence in sentences]

    def check_operator(self, release: Release) -> Verdict | None:
        """A refusal when this platform may not speak of the product asked about; None when it may."""
        if not self._answers.gate(release).refers():
            return None
        return Verdict(
            action="refuse",
            reason="operator_type",
            rule_ids=("out.operator_type.consulting",),
            reply=self._replies.say(_NO_CONSULTING, release.language),
            reply_key=_NO_CONSULTING,
        )

    # -- personal data ----------------------------------------------------------------------------------------

    def mask(self, text: str) -> str:
        """The text with personal data masked: what may be stored, logged or put into a prompt."""
        return mask(text, self._phones)

    def asked(self, text: str) -> str:
        """mask(), less the clauses that only tell personal data, and in Chinese where it is typed in pinyin: what of
        the message can be answered. "" = nothing."""
        return self._messages.spelt(asked_of(text, self._phones))

    def mask_staff(self, text: str) -> str:
        """What a colleague writes to a customer: masked too, but a branch's telephone and address stay."""
        return mask(text, self._phones, keep=lambda found: found.kind == "address" or found.replacement == LANDLINE)

    # -- when something goes wrong ----------------------------------------------------------------------------

    def _failed(self, side: str, action: str, failure: Exception, language: str) -> Verdict:
        cause = str(failure) if isinstance(failure, RailsFailed) else type(failure).__name__
        _log.error("guard failed closed: side=%s cause=%s", side, cause)
        return Verdict(
            action="handoff" if action == "handoff" else "block",
            reason="guard_failed",
            priority="P1" if action == "handoff" else None,
            rule_ids=(f"guard.failed.{side}",),
            reply=self._replies.say(_FAILED, language),
            reply_key=_FAILED,
        )


def _timed(verdict: Verdict, stage: str, started: float) -> Verdict:
    """Adds the stage: all of the call less what the engine itself took, in milliseconds."""
    spent = (time.perf_counter() - started) * 1000 - sum(verdict.timings.values())
    return replace(verdict, timings={**verdict.timings, stage: max(spent, 0.0)})
