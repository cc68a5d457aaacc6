"""One whole turn, top to bottom: receive, input rails beside retrieval, generate, release sentence by sentence, close.

What must stay true: nothing is shown before the input rails have passed; no sentence is shown before its own check;
every event is in the log before anyone sees it; a turn always ends with `turn.completed`, whatever happened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from app.alarms.conflicts import ConflictFinder
from app.alarms.freezes import FreezeBoard
from app.chat.admission import Admission
from app.chat.ask import Ask, Progress
from app.chat.citing import Citer
from app.chat.closing import Closing, failed_before, gap_of, turn_record
from app.chat.courtesy import recognise
from app.chat.evidence import as_evidence, as_messages
from app.chat.follow_up import Earlier, Standalone, condense, keeps, remembered
from app.chat.language import Scripts
from app.chat.places import Places
from app.chat.stream import TurnStream
from app.chat.words import label, say
from app.clock import business_date
from app.events import Event, NewEvent
from app.generation.generator import GenerationFailed, Generator, Request
from app.generation.vllm import VllmGenerator
from app.handoff.desk import Desk
from app.identity import Vault
from app.knowledge.found import Found, Search
from app.knowledge.passage import Scope
from app.knowledge.wording import grams
from app.settings import Settings
from app.store import Conversations, EventLog
from app.store.records import Freeze, Said, Ticket, Turn
from app.store.tickets import Announce
from app.tracing import Stage, Tracing
from guardrails import (
    Checked,
    Evidence,
    Guard,
    Meant,
    Message,
    Release,
    ReleasedSentence,
    Releaser,
    Verdict,
    is_not_found,
    mask,
    standing_of,
)

_log = structlog.get_logger(__name__)

# A customer who sees nothing for this long is told what is going on (seconds).
_PATIENCE_S = 3.0
_AGAIN_S = 8.0
# An index that does not answer for this long (seconds) is as good as down.
_RETRIEVAL_S = 10.0
_REMEMBERED_TURNS = 6
# A suggestion that shares this much of the question's wording asks the same again.
_SAME_QUESTION = 0.6


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a turn works with; built once in the lifespan."""

    settings: Settings
    guard: Guard
    admission: Admission
    search: Search
    vllm: VllmGenerator
    quote: Generator
    log: EventLog
    conversations: Conversations
    desk: Desk
    freezes: FreezeBoard
    conflicts: ConflictFinder
    scripts: Scripts
    places: Places
    vault: Vault | None
    tracing: Tracing
    subjects: Callable[[], Sequence[str]]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    binds_citations: bool = True


class TurnFailed(Exception):
    """The turn cannot go on; `code` is what `turn.failed` carries."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TurnRunner:
    """Runs turns; holds no state of its own between them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def run(self, ask: Ask, stream: TurnStream) -> dict[str, Any]:
        """The whole turn. Returns the API's JSON answer; its events go to `stream`, which is finished here.

        Cancelling (the customer left) stops the model at once and still closes the turn.
        """
        run = _Run(self._parts, ask, stream)
        with self._parts.tracing.stage("turn", turn_id=ask.turn_id) as traced:
            try:
                closing = await run.answer()
            except asyncio.CancelledError:
                await asyncio.shield(run.close(run.failed("client_left"), traced))
                raise
            except TurnFailed as failure:
                closing = run.failed(failure.code)
            except Exception as failure:
                # The class says enough to look for; the message could hold the customer's words.
                _log.error("turn_failed", turn_id=ask.turn_id, error=type(failure).__name__, exc_info=_where(failure))
                closing = run.failed("internal")
            return await run.close(closing, traced)


def _where(failure: BaseException) -> str:
    """File and line of the innermost frame, never the message."""
    trace = failure.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""


class _Run:
    """One turn in progress."""

    def __init__(self, parts: Parts, ask: Ask, stream: TurnStream) -> None:
        self._p = parts
        self._ask = ask
        self._stream = stream
        self._started = time.perf_counter()
        self._at = Progress()
        self._at.question = parts.guard.mask(ask.text)
        self._at.language = parts.scripts.detect(ask.text)
        self._shown_any = asyncio.Event()
        self._placed = False

    # -- the turn ---------------------------------------------------------------------------------------------

    async def answer(self) -> Closing:
        p, ask, at = self._p, self._ask, self._at
        self._stream.emit("customer.message", {"text": at.question})
        await p.places.take(self._tell_place)
        self._placed = True
        recalled: Sequence[Turn | Said] = []
        if ask.history is None:
            ticket, recalled = await p.conversations.standing(ask.conversation.id, _REMEMBERED_TURNS)
            if ticket is not None and ticket.status == "assigned":
                return await self._relayed(ticket, as_messages(recalled))
        recent = [item for item in recalled if isinstance(item, Turn)]
        history = ask.history if ask.history is not None else as_messages(recalled)
        standalone = condense(at.question, _earlier(recalled, ask.history, p.subjects()), p.subjects())

        courtesy = recognise(p.scripts.simplify(at.question))
        if courtesy is not None and (await p.admission.check_wording(ask.text, history, ask.customer)).allowed:
            return self._spoken("answered", "courtesy", say(f"courtesy.{courtesy}", at.language))
        freeze = await p.freezes.match(ask.conversation.tenant, at.question, standalone.text)
        if freeze is not None:
            verdict = await self._check_input(history)
            self._note(verdict, "input")
            return await self._frozen(freeze, history) if verdict.allowed else self._declined(verdict)
        patience = asyncio.create_task(self._reassure())
        retrieval = asyncio.create_task(self._retrieve(standalone, history))
        meaning = asyncio.create_task(self._meant(standalone, retrieval))
        try:
            verdict = await self._check_input(history, meaning)
            self._note(verdict, "input")
            if not verdict.allowed and not (verdict.guessed_off_topic and await _answers(retrieval)):
                return self._declined(verdict)
            try:
                found = await retrieval
            except Exception as failure:
                _log.error("retrieval_failed", turn_id=ask.turn_id, error=type(failure).__name__)
                return self._abstained(recent, "index_down", say("index.down", at.language))
            at.found = found
            if not found.passages or (p.settings.search.require_sufficient and not found.sufficient):
                return self._abstained(recent)
            if await self._contradicted(found):
                # Neither of two contradicting figures is shown as fact; knowledge managers see the question.
                return self._abstained(recent, "conflicting_evidence", self._words("conflicting"))
            return await self._generate(found, history, recent)
        finally:
            patience.cancel()
            for task in (meaning, retrieval):
                if not task.done():
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    async def _retrieve(self, standalone: Standalone, history: Sequence[Message]) -> Found:
        with self._p.tracing.stage("retrieve") as traced:
            async with asyncio.timeout(_RETRIEVAL_S):
                found = await self._search(standalone, history)
            traced.note(passages=len(found.passages), sufficient=found.sufficient, confidence=found.confidence)
            return found

    async def _meant(self, standalone: Standalone, retrieval: asyncio.Task[Found]) -> Meant | None:
        """The message's embedding: the retrieval's own, unless it looked for more than the message says."""
        if standalone.text != self._at.question or not standalone.sure:
            return await self._p.search.embed(self._at.question)
        await asyncio.wait({retrieval})
        failed = retrieval.cancelled() or retrieval.exception() is not None
        return None if failed else retrieval.result().meant

    async def _search(self, standalone: Standalone, history: Sequence[Message]) -> Found:
        """With the standalone question; when the rules are unsure, let the model or the evidence decide."""
        p, ask, at = self._p, self._ask, self._at
        scope = Scope(tenant=ask.conversation.tenant, as_of=ask.as_of, audiences=ask.audiences)
        top_k = p.settings.search.top_k
        started = time.perf_counter()
        at.standalone, at.searched_at = standalone.text, p.now()
        if not standalone.sure and (limit := p.settings.llm.condense_s) > 0 and await p.vllm.available():
            with suppress(GenerationFailed):
                pairs = [(message.role, message.text) for message in history]
                rewritten = await p.vllm.condense(at.question, pairs, limit)
                if keeps(rewritten, at.question):
                    at.standalone = rewritten
                    standalone = Standalone(rewritten)
        found = await p.search.find(at.standalone, scope, top_k)
        readings = [] if standalone.sure else [*standalone.others, standalone.alternative]
        for reading in readings:
            if reading is None or (reading is standalone.alternative and standalone.others and found.sufficient):
                continue
            other = await p.search.find(reading, scope, top_k)
            if (other.sufficient, other.confidence) > (found.sufficient, found.confidence):
                at.standalone, found = reading, other
        at.timings["retrieve"] = _ms(started)
        at.timings.update({f"retrieve.{stage}": value for stage, value in found.timings.items()})
        return found

    async def _generate(self, found: Found, history: Sequence[Message], recent: Sequence[Turn]) -> Closing:
        p, at = self._p, self._at
        grounds = found.grounds
        evidence = [scored.passage for scored in grounds]
        today = business_date(p.now())
        release = Release(
            question=at.question,
            evidence=tuple(as_evidence(passage) for passage in evidence),
            language=at.language,
            history=tuple(history),
            standalone=at.standalone,
            customer=self._ask.customer,
            today=today.isoformat(),
            as_of=self._ask.as_of.isoformat() if self._ask.as_of != today else "",
            synonyms=tuple(found.synonyms),
        )
        at.standing = standing_of(self._ask.customer, release.today)
        referred = p.guard.check_operator(release)
        if referred is not None:
            self._note(referred, "output")
            return self._declined(referred)
        releaser = Releaser(p.guard, release)
        citer = Citer(evidence, p.scripts.simplify, bound=p.binds_citations)
        request = Request(
            question=at.question,
            standalone=at.standalone,
            evidence=evidence,
            history=[(message.role, message.text) for message in history],
            language=at.language,
            standing=[scored.score for scored in grounds],
        )
        generators: list[Generator] = [p.quote]
        if await p.vllm.available():
            generators.insert(0, p.vllm)
        at.stage = "generating"
        for generator in generators:
            at.generator = generator.name
            if generator is generators[0]:
                self._announce()
            elif at.shown:
                self._show(say("broken", at.language) + "\n")
            try:
                with p.tracing.stage("generate", generator=generator.name):
                    honest = await self._release(generator, request, releaser, citer)
            except GenerationFailed as failure:
                at.failures.append(failure.code)
                releaser.reset()
                continue
            if honest:
                break
        return await self._finish(releaser.checked, citer, recent)

    async def _release(self, generator: Generator, request: Request, releaser: Releaser, citer: Citer) -> bool:
        """Stream one generator through the rails. Returns whether any sentence of its own was shown.

        A replacement waits for the next honest sentence: an answer of nothing but replacements is no answer, and
        the next generator gets its turn instead.
        """
        at = self._at
        waiting: list[ReleasedSentence] = []
        honest = False

        def pass_on(sentences: Sequence[ReleasedSentence]) -> None:
            nonlocal honest
            for sentence in sentences:
                if sentence.replaced:
                    self._note(sentence.verdict, "output")
                    waiting.append(sentence)
                    continue
                for replacement in waiting:
                    self._show(replacement.text)
                waiting.clear()
                honest = True
                self._show(sentence.text, citer)

        async with aclosing(generator.stream(request)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                at.raw.append(piece)
                pass_on(releaser.feed(piece))
        pass_on(releaser.finish())
        for replacement in waiting if honest or generator is self._p.quote else ():
            self._show(replacement.text)
        return honest

    async def _finish(self, checked: Checked, citer: Citer, recent: Sequence[Turn]) -> Closing:
        """What follows the last sentence: the check of the whole answer, disclosures, citations, suggestions."""
        p, at = self._p, self._at
        at.stage = "checking"
        if not at.shown:
            return self._abstained(recent)
        citations = citer.citations()
        answers = bool(citations) or at.generator != "vllm"
        says_no = not answers and is_not_found(at.text)
        for sentence in () if says_no else p.guard.disclosures(at.text, checked):
            # On a line of its own: it is the bank's word, not the passage's, and is checked as such.
            self._show(("" if at.text.endswith("\n") else "\n") + sentence + "\n")
        started = time.perf_counter()
        verdict = await self._check_output(checked)
        at.timings["check_output"] = _ms(started)
        if not verdict.allowed:
            self._note(verdict, "output")
            self._show("\n" + say("withdrawn", at.language))
            return self._handed_off(verdict.reason, verdict.priority or "P1")
        if not answers:
            # Nothing that the model said rests on the documents: unless it said itself that they do not answer (a bare
            # "没有。" does not), we do.
            return self._abstained(recent, spoken=says_no)
        self._stream.emit("answer.citations", {"citations": citations})
        return Closing("answered", citations=citations, suggestions=self._suggestions(citations))

    async def _relayed(self, ticket: Ticket, history: Sequence[Message]) -> Closing:
        """A person has the conversation: the bot is silent. Only an emergency is noticed, and the ticket told of it."""
        if ticket.priority == "P0":
            return Closing("relayed")
        verdict = await self._check_input(history)
        self._note(verdict, "input")
        if verdict.action == "handoff" and verdict.priority == "P0":
            return Closing("relayed", reason=verdict.reason, priority="P0")
        return Closing("relayed")

    # -- ways to end ------------------------------------------------------------------------------------------

    def _declined(self, verdict: Verdict) -> Closing:
        """A refusal or a hand-over decided by the input rails: the reply first, then what follows from it."""
        self._announce()
        if verdict.reply:
            self._show(verdict.reply)
        if verdict.action == "handoff":
            return self._handed_off(verdict.reason, verdict.priority or "P2")
        self._stream.emit("turn.refused", {"reason": verdict.reason, "rule_ids": list(verdict.rule_ids)})
        return Closing("refused", reason=verdict.reason)

    def _abstained(
        self, recent: Sequence[Turn], reason: str = "insufficient_evidence", words: str = "", *, spoken: bool = False
    ) -> Closing:
        """No answer: say why and offer a person; the second time in a row, whatever the reasons, bring one.

        words: of this reason, shown with the hand-over too. spoken: the model has said itself that it cannot answer.
        """
        at = self._at
        again = failed_before(recent)
        if not at.shown:
            at.generator = "rule"
            self._announce()
        if words:
            self._show(words)
        if again:
            self._show(("\n" if at.shown else "") + say("abstain.handoff", at.language))
            return replace(self._handed_off("repeated_failure", "P2"), gap=gap_of(reason))
        if not words and not spoken:
            self._show(say("abstain", at.language))
        offers = self._suggestions([])[:2] if reason == "insufficient_evidence" else []
        return Closing(
            "abstained", reason=reason, suggestions=[*offers, self._words("suggest.person")], gap=gap_of(reason)
        )

    async def _frozen(self, freeze: Freeze, history: Sequence[Message]) -> Closing:
        """The wording pinned to this topic, through the same rails as any answer; it is its own evidence."""
        p, ask, at = self._p, self._ask, self._at
        at.freeze = {"freeze_id": freeze.id, "topic": freeze.topic}
        release = Release(
            question=at.question,
            evidence=(Evidence(text=freeze.text, title=freeze.topic),),
            language=at.language,
            history=tuple(history),
            customer=ask.customer,
            today=business_date(p.now()).isoformat(),
        )
        self._announce()
        releaser = Releaser(p.guard, release)
        for sentence in [*releaser.feed(freeze.text), *releaser.finish()]:
            if sentence.replaced:
                self._note(sentence.verdict, "output")
            self._show(sentence.text)
        verdict = await self._check_output(release)
        if not verdict.allowed:
            self._note(verdict, "output")
            self._show("\n" + say("withdrawn", at.language))
            return self._handed_off(verdict.reason, verdict.priority or "P1")
        return Closing("answered", reason="frozen", suggestions=[self._words("suggest.person")])

    async def _contradicted(self, found: Found) -> bool:
        """Whether approved passages give different figures on the very point asked; which ones goes into the trace."""
        at, started = self._at, time.perf_counter()
        conflict = await self._p.conflicts.about(at.standalone, [scored.passage for scored in found.grounds])
        at.timings["conflicts"] = _ms(started)
        if conflict is not None:
            sides = (conflict.mine, conflict.other)
            at.conflict = [{"passage_id": one.passage.id, "value": one.quantity.text} for one in sides]
        return conflict is not None

    def _spoken(self, status: str, reason: str, text: str) -> Closing:
        """One of the turn's own sentences, and nothing else."""
        self._announce()
        self._show(text)
        return Closing(status, reason=reason)

    def _handed_off(self, reason: str, priority: str) -> Closing:
        """A person is asked for; the ticket itself is made when the turn is closed, with it."""
        return Closing("handed_off", reason=reason, priority=priority)

    def failed(self, code: str) -> Closing:
        return Closing("failed", reason=code)

    def _tell_place(self, before: int) -> None:
        text = say("progress.queued", self._at.language, count=before)
        told = {"stage": "queued", "position": before + 1, "text": self._p.scripts.show(text, self._at.language)}
        self._stream.emit("turn.progress", told)

    # -- the end ----------------------------------------------------------------------------------------------

    async def close(self, closing: Closing, traced: Stage) -> dict[str, Any]:
        """One transaction: the turn, its audit record, any ticket and gap, and the closing events."""
        p, ask, at = self._p, self._ask, self._at
        if self._placed:
            self._placed = False
            p.places.leave()
        with suppress(Exception):
            await self._stream.flush()
        closing, announce = await self._queued(closing)
        at.timings["total"] = _ms(self._started)
        result = closing.result(ask, at, label(at.generator, at.language))
        if closing.status == "failed":
            title = self._words("failed")
            result["text"] = at.text
            events = [NewEvent("turn.failed", {"code": closing.reason, "title": title}, ask.turn_id)]
        else:
            events = closing.events(ask)
        events.append(NewEvent("turn.completed", {"turn": result}, ask.turn_id))
        record = turn_record(ask, at, result, p.settings)
        try:
            with p.tracing.stage("record"):
                written: Sequence[Event] = await p.conversations.close_turn(
                    record,
                    events,
                    ticket=closing.ticket,
                    announce=announce,
                    gap=closing.gap,
                    sealed=self._sealed(),
                )
        except Exception as failure:
            _log.error("turn_not_recorded", turn_id=ask.turn_id, error=type(failure).__name__)
            written = [Event(0, event.type, event.data, ask.turn_id) for event in events]
        if written and "turn" in written[-1].data:
            # A ticket may have joined one that was open already; what is stored is what everyone is told.
            result = dict(written[-1].data["turn"])
        self._stream.finish(written)
        traced.note(status=closing.status, reason=closing.reason, generator=at.generator)
        traced.words(question=at.question, answer=at.text)
        _log.info(
            "turn",
            turn_id=ask.turn_id,
            status=closing.status,
            reason=closing.reason,
            generator=at.generator,
            failures=at.failures,
            rules=at.rule_ids,
            ms={stage: round(value, 1) for stage, value in at.timings.items()},
        )
        return result

    async def _queued(self, closing: Closing) -> tuple[Closing, Announce | None]:
        """The hand-over with its ticket, and what will tell of it; a hand-over that cannot be made is a failure."""
        if not closing.priority:
            return closing, None
        p, ask, at = self._p, self._ask, self._at
        try:
            outlook = await p.desk.outlook(ask.conversation.tenant)
            ticket = p.desk.plan(
                outlook,
                ask.conversation,
                reason=closing.reason,
                priority=closing.priority,
                question=at.question,
                answer=at.text,
                language=at.language,
            )
        except Exception as failure:
            _log.error("handoff_not_planned", turn_id=ask.turn_id, error=type(failure).__name__)
            return self.failed("internal"), None
        return replace(closing, ticket=ticket), outlook.announce

    def _sealed(self) -> str | None:
        """The message as written, encrypted, when masking took something out of it. Secrets are not kept at all."""
        if self._p.vault is None or self._at.question == self._ask.text:
            return None
        kept = mask(self._ask.text, keep=lambda found: found.kind != "secret")
        return self._p.vault.seal(kept, self._ask.conversation.id)

    # -- small steps ------------------------------------------------------------------------------------------

    def _announce(self) -> None:
        at = self._at
        data = {
            "turn_id": self._ask.turn_id,
            "generator": at.generator,
            "ai_label": self._words(f"label.{at.generator}"),
        }
        self._stream.emit("turn.started", data)

    def _show(self, text: str, citer: Citer | None = None) -> None:
        """Release one checked sentence, in the customer's script, with the mark of the passage that supports it."""
        at = self._at
        if citer is not None and (number := citer.cite(text)) is not None:
            body = text.rstrip()
            text = f"{body}[{number}]{text[len(body) :]}"
        shown = self._p.scripts.show(text, at.language)
        at.timings.setdefault("first_sentence", _ms(self._started))
        at.shown.append(shown)
        self._shown_any.set()
        self._stream.emit("answer.delta", {"text": shown})

    async def _reassure(self) -> None:
        """Tell a waiting customer what is happening, as long as nothing could be shown."""
        at = self._at
        patience = _PATIENCE_S - (time.perf_counter() - self._started)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(patience, 0.0)):
                    await self._shown_any.wait()
                return
            count = len(at.found.passages) if at.found else 0
            text = say(f"progress.{at.stage}", at.language, count=count)
            self._stream.emit("turn.progress", {"stage": at.stage, "text": self._p.scripts.show(text, at.language)})
            patience = _AGAIN_S

    def _suggestions(self, citations: Sequence[dict[str, Any]]) -> list[str]:
        """Questions that our documents do answer, near the one asked and not just answered."""
        at = self._at
        if at.found is None:
            return []
        cited = {row["passage_id"] for row in citations}
        asked = grams(at.standalone)
        questions = [
            scored.passage.question
            for scored in at.found.passages
            if scored.passage.question
            and scored.passage.id not in cited
            and len(asked & grams(scored.passage.question)) < _SAME_QUESTION * len(asked)
        ]
        return [self._p.scripts.show(question, at.language) for question in dict.fromkeys(questions)][:3]

    def _words(self, key: str, **values: object) -> str:
        return self._p.scripts.show(say(key, self._at.language, **values), self._at.language)

    async def _check_input(self, history: Sequence[Message], meaning: Awaitable[Meant | None] | None = None) -> Verdict:
        ask, at = self._ask, self._at
        admitted = await self._p.admission.check(ask.text, at.question, history, ask.customer, meaning)
        if admitted.unheard:
            at.failures.append(f"judge_{admitted.unheard}")
        return admitted.verdict

    async def _check_output(self, checked: Checked | Release) -> Verdict:
        """Of the whole answer, once all of it is there."""
        with self._p.tracing.stage("rails.output") as traced:
            verdict = await self._p.guard.check_output(self._at.text, checked)
            traced.note(action=verdict.action, reason=verdict.reason)
            return verdict

    def _note(self, verdict: Verdict, side: str) -> None:
        at = self._at
        at.rule_ids.extend(rule for rule in verdict.rule_ids if rule not in at.rule_ids)
        at.verdicts.append(
            {"side": side, "action": verdict.action, "reason": verdict.reason, "rule_ids": list(verdict.rule_ids)}
        )
        for stage, value in verdict.timings.items():
            at.timings[f"rails.{side}.{stage}"] = value


def _earlier(
    recalled: Sequence[Turn | Said], given: Sequence[Message] | None, subjects: Sequence[str]
) -> list[Earlier]:
    if given is not None:
        return [Earlier(message.text) for message in given if message.role == "customer"]
    return remembered(recalled, subjects)


def _ms(started: float) -> float:
    return (time.perf_counter() - started) * 1000


async def _answers(retrieval: asyncio.Task[Found]) -> bool:
    """Whether the documents answer the question: then it is on topic, whatever its wording is like."""
    try:
        return (await retrieval).sufficient
    except Exception:  # told where the retrieval is read
        return False
