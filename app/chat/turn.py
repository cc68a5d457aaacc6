"""One whole turn, top to bottom: receive, input rails beside retrieval, generate, release sentence by sentence, close.

What must stay true: nothing is shown before the input rails have passed; no sentence is shown before its own check;
every event is in the log before anyone sees it; a turn always ends with `turn.completed`, whatever happened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

import structlog

from app.chat.ask import Ask, Progress
from app.chat.citing import Citer
from app.chat.closing import Closing, failed_before, first_masked, gap_of
from app.chat.courtesy import UNASKED, recognise
from app.chat.evidence import as_evidence, as_messages
from app.chat.follow_up import Earlier, condense, remembered
from app.chat.parts import Parts
from app.chat.recording import Recording
from app.chat.retrieving import Retrieving
from app.chat.stream import TurnStream
from app.chat.telling import Telling
from app.chat.words import say
from app.clock import business_date, ms_since
from app.generation.generator import GenerationFailed, Generator, Request
from app.knowledge.found import Found
from app.store.records import Freeze, Said, Ticket, Turn
from app.tracing import Stage
from guardrails import (
    Checked,
    Evidence,
    Meant,
    Message,
    Release,
    ReleasedSentence,
    Releaser,
    Verdict,
    is_not_found,
    standing_of,
)

_log = structlog.get_logger(__name__)

_REMEMBERED_TURNS = 6


class TurnRunner:
    """Runs turns; holds no state of its own between them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def run(self, ask: Ask, stream: TurnStream) -> dict[str, Any]:
        """The whole turn. Returns the API's JSON answer; its events go to `stream`, which is finished here.

        Cancelling (the customer left) stops the model at once and still closes the turn, however often and whenever it
        comes; the answer is then the closed turn's as well.
        """
        run = _Run(self._parts, ask, stream)
        with self._parts.tracing.stage("turn", turn_id=ask.turn_id) as traced:
            try:
                closing = await run.answer()
            except asyncio.CancelledError:
                closing = run.failed("client_left")
            except Exception as failure:
                # The class says enough to look for; the message could hold the customer's words.
                _log.error("turn_failed", turn_id=ask.turn_id, error=type(failure).__name__, exc_info=_where(failure))
                closing = run.failed("internal")
            return await _to_the_end(run.close(closing, traced))


async def _to_the_end(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """What it returns; being cancelled meanwhile changes nothing."""
    task = asyncio.create_task(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()


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
        started = time.perf_counter()
        self._at = Progress()
        self._placed = False
        self._tell = Telling(ask, self._at, stream, parts.scripts, started)
        self._retrieving = Retrieving(parts, ask, self._at)
        self._recording = Recording(parts, ask, self._at, stream, self._tell, started)

    # -- the turn ---------------------------------------------------------------------------------------------

    async def answer(self) -> Closing:
        closing = await self._answer()
        if closing.status != "relayed":
            self._tell.warn()
        return closing

    async def _answer(self) -> Closing:
        p, ask, at = self._p, self._ask, self._at
        at.language = p.scripts.detect(ask.text)
        at.question, at.asked = p.guard.mask(ask.text), p.guard.asked(ask.text)
        at.masked = at.question != ask.text
        self._stream.emit("customer.message", {"text": at.question})
        await p.places.take(self._tell.place)
        self._placed = True
        recalled: Sequence[Turn | Said] = []
        if ask.history is None:
            ticket, recalled = await p.conversations.standing(ask.conversation.id, _REMEMBERED_TURNS)
            if ticket is not None and ticket.status == "assigned":
                return await self._relayed(ticket, as_messages(recalled))
        recent = [item for item in recalled if isinstance(item, Turn)]
        history = ask.history if ask.history is not None else as_messages(recalled)
        standalone = condense(at.asked, _earlier(recalled, ask.history, p.subjects()), p.subjects())

        courtesy = recognise(p.scripts.simplify(at.asked))
        if courtesy is not None and (await p.admission.check_wording(ask.text, history, ask.customer)).allowed:
            return self._spoken("answered", "courtesy", say(f"courtesy.{courtesy}", at.language))
        if at.masked and not at.asked and (await p.admission.check_wording(ask.text, history, ask.customer)).allowed:
            return self._spoken("answered", UNASKED, say("personal_data.only", at.language))
        freeze = await p.freezes.match(ask.conversation.tenant, at.asked, standalone.text)
        if freeze is not None:
            verdict = await self._check_input(history)
            self._at.note(verdict, "input")
            return await self._frozen(freeze, history) if verdict.allowed else self._declined(verdict)
        patience = asyncio.create_task(self._tell.reassure())
        retrieval = asyncio.create_task(self._retrieving.find(standalone, history))
        meaning = asyncio.create_task(self._retrieving.meant(standalone, retrieval))
        try:
            verdict = await self._check_input(history, meaning)
            self._at.note(verdict, "input")
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
            if await self._retrieving.contradicted(found):
                # Neither of two contradicting figures is shown as fact; knowledge managers see the question.
                return self._abstained(recent, "conflicting_evidence", self._tell.words("conflicting"))
            return await self._generate(found, history, recent)
        finally:
            patience.cancel()
            for task in (meaning, retrieval):
                if not task.done():
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    async def _generate(self, found: Found, history: Sequence[Message], recent: Sequence[Turn]) -> Closing:
        p, at = self._p, self._at
        grounds = found.grounds
        evidence = [scored.passage for scored in grounds]
        today = business_date(p.now())
        release = Release(
            question=at.asked,
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
            self._at.note(referred, "output")
            return self._declined(referred)
        releaser = Releaser(p.guard, release)
        citer = Citer(evidence, p.scripts.simplify, bound=p.binds_citations)
        request = Request(
            question=at.asked,
            standalone=at.standalone,
            evidence=evidence,
            history=[(message.role, message.text) for message in history],
            language=at.language,
            standing=[scored.score for scored in grounds],
            understood=found.mended or "",
            synonyms=found.synonyms,
        )
        generators: list[Generator] = [p.quote]
        if await p.vllm.available():
            generators.insert(0, p.vllm)
        at.stage = "generating"
        for generator in generators:
            at.generator = generator.name
            if generator is generators[0]:
                self._tell.announce()
            elif at.shown:
                self._tell.show(say("broken", at.language) + "\n")
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
                    self._at.note(sentence.verdict, "output")
                    waiting.append(sentence)
                    continue
                for replacement in waiting:
                    self._tell.show(replacement.text)
                waiting.clear()
                honest = True
                self._tell.show(sentence.text, citer)

        async with aclosing(generator.stream(request)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                at.raw.append(piece)
                pass_on(releaser.feed(piece))
        pass_on(releaser.finish())
        for replacement in waiting if honest or generator is self._p.quote else ():
            self._tell.show(replacement.text)
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
            self._tell.show(("" if at.text.endswith("\n") else "\n") + sentence + "\n")
        started = time.perf_counter()
        verdict = await self._check_output(checked)
        at.timings["check_output"] = ms_since(started)
        if not verdict.allowed:
            self._at.note(verdict, "output")
            self._tell.show("\n" + say("withdrawn", at.language))
            return self._handed_off(verdict.reason, verdict.priority or "P1")
        if not answers:
            # Nothing that the model said rests on the documents: unless it said itself that they do not answer (a bare
            # "没有。" does not), we do.
            return self._abstained(recent, spoken=says_no)
        self._tell.warn()
        self._stream.emit("answer.citations", {"citations": citations})
        return Closing("answered", citations=citations, suggestions=self._tell.suggestions(citations))

    async def _relayed(self, ticket: Ticket, history: Sequence[Message]) -> Closing:
        """A person has the conversation: the bot is silent. Only an emergency is noticed, and the ticket told of it."""
        if ticket.priority == "P0":
            return Closing("relayed")
        verdict = await self._check_input(history)
        self._at.note(verdict, "input")
        if verdict.action == "handoff" and verdict.priority == "P0":
            return Closing("relayed", reason=verdict.reason, priority="P0")
        return Closing("relayed")

    # -- ways to end ------------------------------------------------------------------------------------------

    def _declined(self, verdict: Verdict) -> Closing:
        """A refusal or a hand-over decided by the input rails: the reply first, then what follows from it."""
        self._tell.announce()
        if verdict.reply:
            self._tell.show(verdict.reply)
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
        again = failed_before(recent) and not (at.masked and first_masked(recent))
        if not at.shown:
            at.generator = "rule"
            self._tell.announce()
        if words:
            self._tell.show(words)
        if again:
            self._tell.show(("\n" if at.shown else "") + say("abstain.handoff", at.language))
            return replace(self._handed_off("repeated_failure", "P2"), gap=gap_of(reason))
        if not words and not spoken:
            self._tell.show(say("abstain", at.language))
        offers = self._tell.suggestions([])[:2] if reason == "insufficient_evidence" else []
        return Closing(
            "abstained", reason=reason, suggestions=[*offers, self._tell.words("suggest.person")], gap=gap_of(reason)
        )

    async def _frozen(self, freeze: Freeze, history: Sequence[Message]) -> Closing:
        """The wording pinned to this topic, through the same rails as any answer; it is its own evidence."""
        p, ask, at = self._p, self._ask, self._at
        at.freeze = {"freeze_id": freeze.id, "topic": freeze.topic}
        release = Release(
            question=at.asked,
            evidence=(Evidence(text=freeze.text, title=freeze.topic),),
            language=at.language,
            history=tuple(history),
            customer=ask.customer,
            today=business_date(p.now()).isoformat(),
        )
        self._tell.announce()
        releaser = Releaser(p.guard, release)
        for sentence in [*releaser.feed(freeze.text), *releaser.finish()]:
            if sentence.replaced:
                self._at.note(sentence.verdict, "output")
            self._tell.show(sentence.text)
        verdict = await self._check_output(release)
        if not verdict.allowed:
            self._at.note(verdict, "output")
            self._tell.show("\n" + say("withdrawn", at.language))
            return self._handed_off(verdict.reason, verdict.priority or "P1")
        return Closing("answered", reason="frozen", suggestions=[self._tell.words("suggest.person")])

    def _spoken(self, status: str, reason: str, text: str) -> Closing:
        """One of the turn's own sentences, and nothing else."""
        self._tell.announce()
        self._tell.show(text)
        return Closing(status, reason=reason)

    def _handed_off(self, reason: str, priority: str) -> Closing:
        """A person is asked for; the ticket itself is made when the turn is closed, with it."""
        return Closing("handed_off", reason=reason, priority=priority)

    def failed(self, code: str) -> Closing:
        return Closing("failed", reason=code)

    async def close(self, closing: Closing, traced: Stage) -> dict[str, Any]:
        """Give the place in the line back, and record how the turn ended."""
        if self._placed:
            self._placed = False
            self._p.places.leave()
        return await self._recording.close(closing, traced)

    # -- small steps ------------------------------------------------------------------------------------------

    async def _check_input(self, history: Sequence[Message], meaning: Awaitable[Meant | None] | None = None) -> Verdict:
        ask, at = self._ask, self._at
        admitted = await self._p.admission.check(ask.text, at.asked, history, ask.customer, meaning)
        if admitted.unheard:
            at.failures.append(f"judge_{admitted.unheard}")
        return admitted.verdict

    async def _check_output(self, checked: Checked | Release) -> Verdict:
        """Of the whole answer, once all of it is there."""
        with self._p.tracing.stage("rails.output") as traced:
            verdict = await self._p.guard.check_output(self._at.text, checked)
            traced.note(action=verdict.action, reason=verdict.reason)
            return verdict


def _earlier(
    recalled: Sequence[Turn | Said], given: Sequence[Message] | None, subjects: Sequence[str]
) -> list[Earlier]:
    if given is not None:
        return [Earlier(message.text) for message in given if message.role == "customer"]
    return remembered(recalled, subjects)


async def _answers(retrieval: asyncio.Task[Found]) -> bool:
    """Whether the documents answer the question: then it is on topic, whatever its wording is like."""
    try:
        return (await retrieval).sufficient
    except Exception:  # told where the retrieval is read
        return False
