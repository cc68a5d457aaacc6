"""What an agent reads before they speak: facts drawn from the conversation by rules, and a reply to start from.

Everything here is computed when asked and changes nothing. The facts never depend on a model; what a model wrote is
marked as its own, has passed the rails against the conversation, and comes only when it is there in time.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from typing import Any

import structlog

from app.chat.evidence import as_evidence, as_messages
from app.chat.follow_up import condense, find_subjects, remembered
from app.chat.talk import ASKS, EACH, Talk, comment, left_open, once, open_questions, read_talk, tried, wants
from app.clock import Clock, business_date
from app.generation.generator import GenerationFailed, Generator, Language, Request
from app.generation.quote import excerpt
from app.generation.vllm import VllmGenerator
from app.knowledge.found import Found, Search
from app.knowledge.passage import Passage, Scope
from app.store import Conversations, Customers
from app.store.records import Profile, Ticket
from guardrails import Customer, Evidence, Guard, Handbook, Release, Releaser, RuleNote, Verdict, read_quantities

_log = structlog.get_logger(__name__)

# Turns that a briefing looks back over, and messages whose mood is read.
_TURNS = 20
_MOOD = 6
_ANSWER_CHARS = 400
_ELDERLY = 65
# What the model wrote is kept for as many tickets as a desk has open.
_KEPT = 500
_DRAFT_S = 60.0

_MASKED_PHONE = re.compile(r"1\d{2}\*{4}\d{4}|\[固定电话\]")
_WORRIED = re.compile(
    r"担心|害怕|着急|急死|焦急|怎么办|睡不着|心慌|不放心|慌了|来不及|worried|afraid|scared|anxious|urgent|desperate",
    re.I,
)
_DISTRESSED = frozenset({"self_harm", "hardship", "fraud", "card_loss", "vulnerable"})
_ANGRY = frozenset({"anger", "complaint", "mis_selling", "repeated_failure"})


class Briefing:
    def __init__(
        self,
        *,
        guard: Guard,
        search: Search,
        vllm: VllmGenerator,
        quote: Generator,
        conversations: Conversations,
        customers: Customers,
        subjects: Callable[[], Sequence[str]],
        clock: Clock,
        top_k: int,
        prose_s: float,
    ) -> None:
        self._guard = guard
        self._search = search
        self._vllm = vllm
        self._quote = quote
        self._conversations = conversations
        self._customers = customers
        self._subjects = subjects
        self._clock = clock
        self._top_k = top_k
        self._prose_s = prose_s
        self._prose: OrderedDict[tuple[str, int], str] = OrderedDict()
        self._writing: dict[tuple[str, int], asyncio.Task[None]] = {}

    async def stop(self) -> None:
        for task in list(self._writing.values()):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def summary(self, ticket: Ticket) -> dict[str, Any]:
        """The contract's `summary`. prose: what the model has written so far; the first asking starts it."""
        talk = await self._talk(ticket)
        profile = await self._customers.profile(ticket.tenant, ticket.customer_id)
        question = self._question(ticket, talk)
        mood, hits = await self._mood(talk.texts[-_MOOD:] + comment(ticket))
        return {
            "who": self._who(ticket, profile),
            "wants": wants(ticket, question),
            "question": ticket.summary.get("question", ""),
            "answer": ticket.summary.get("answer", ""),
            "language": ticket.language,
            "tried": [tried(turn) for turn in talk.turns if turn.status != "relayed"][-EACH:],
            "rails": self._rails(talk, hits),
            "emotion": mood,
            "entities": self._entities([*talk.texts, *comment(ticket)]),
            "open_questions": open_questions(talk),
            "suggested_reply": await self._suggested(ticket, question),
            "prose": self._written(ticket, talk),
            "comment": ticket.summary.get("comment"),
            "reusable_question": left_open(ticket, talk),
        }

    async def left_open(self, ticket: Ticket) -> str:
        """The question that brought a person in and that an answer of theirs answers; "" when nothing was asked."""
        return left_open(ticket, await self._talk(ticket))

    async def draft(self, ticket: Ticket) -> dict[str, Any] | None:
        """The bot's draft of the next reply, through the rails; None when the documents do not answer.

        Never sent by itself.
        """
        talk = await self._talk(ticket)
        question = self._question(ticket, talk)
        found = await self._find(ticket, question) if question else None
        if found is None or not found.sufficient:
            return None
        evidence = [scored.passage for scored in found.grounds]
        language: Language = _language(ticket)
        request = Request(question=question, standalone=question, evidence=evidence, language=language)
        release = await self._release(ticket, question, [as_evidence(passage) for passage in evidence])
        if self._guard.check_operator(release) is not None:
            return None
        generators = [self._vllm, self._quote] if await self._vllm.available() else [self._quote]
        for generator in generators:
            text = await self._generated(generator, request, release)
            if text:
                return {"text": text, "passages": _support(text, evidence), "generator": generator.name}
        return None

    async def release(self, ticket: Ticket, text: str) -> Release:
        """What an agent's own draft is checked against: the documents on the question and on the draft itself, and
        what customer and bot have said; a colleague may name a figure that the customer named."""
        talk = await self._talk(ticket)
        passages: dict[str, Passage] = {}
        for query in dict.fromkeys([self._question(ticket, talk), text]):
            found = await self._find(ticket, query) if query else None
            passages.update({one.passage.id: one.passage for one in found.passages} if found else {})
        said = tuple(Evidence(text=turn.text) for turn in talk.turns if turn.status == "answered")
        evidence = [*(as_evidence(passage) for passage in passages.values()), *said]
        return await self._release(ticket, " ".join(talk.texts[-_MOOD:]), evidence)

    async def _release(self, ticket: Ticket, question: str, evidence: Sequence[Evidence]) -> Release:
        """As a turn's own release, with what staff recorded of the customer's suitability."""
        known = await self._customers.profile(ticket.tenant, ticket.customer_id) or Profile()
        until = known.assessed_until.isoformat() if known.assessed_until else None
        return Release(
            question=question,
            evidence=tuple(evidence),
            language=ticket.language,
            standalone=question,
            customer=Customer(known.tolerance, until, known.birth_year),
            today=business_date(self._clock()).isoformat(),
        )

    # -- facts ------------------------------------------------------------------------------------------------

    async def _talk(self, ticket: Ticket) -> Talk:
        return read_talk(await self._conversations.recall(ticket.conversation_id, _TURNS))

    def _question(self, ticket: Ticket, talk: Talk) -> str:
        """What to look up for the customer: their latest unanswered words, else what brought them here; stand-alone.

        "转人工" or an insult is nothing to look up: the question before it is.
        """
        subjects = self._subjects()
        asked = [turn for turn in talk.open if ASKS.search(turn.question)]
        if asked:
            last = asked[-1]
            before = talk.recalled[: talk.recalled.index(last)]
            return condense(last.question, remembered(before, subjects), subjects).text
        for turn in reversed(talk.turns):
            if turn.status in ("answered", "abstained", "failed") or turn.reason == "repeated_failure":
                return turn.standalone or turn.question
        return str(ticket.summary.get("question", ""))

    def _who(self, ticket: Ticket, profile: Profile | None) -> dict[str, Any]:
        known = profile or Profile()
        year = business_date(self._clock()).year
        return {
            "customer_id": ticket.customer_id,
            "tolerance": known.tolerance,
            "assessed_until": known.assessed_until,
            "age_65": None if known.birth_year is None else year - known.birth_year >= _ELDERLY,
        }

    async def _mood(self, texts: Sequence[str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The strongest mood of the last messages with the words that show it, and the rules that these call up."""
        shown: dict[str, list[str]] = {}
        hits: list[tuple[str, str]] = []
        for text in texts:
            verdict = await self._guard.check_input(text)
            written = written_rule(verdict, self._guard.handbook)
            if written is not None and written.reason in _DISTRESSED | _ANGRY:
                label = "distressed" if written.reason in _DISTRESSED else "angry"
                words = [text[span.start : span.end] for span in verdict.spans if span.rule_id == written.id]
                shown.setdefault(label, []).extend(words or [text[:40]])
            elif found := _WORRIED.search(text):
                shown.setdefault("worried", []).append(found.group())
            hits += [(rule_id, verdict.reason) for rule_id in verdict.rule_ids]
        label = next((label for label in ("distressed", "angry", "worried") if label in shown), "calm")
        because = list(dict.fromkeys(word for word in shown.get(label, ()) if word.strip()))[:EACH]
        return {"label": label, "because": because}, hits

    def _rails(self, talk: Talk, hits: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
        """Every rule that fired in this conversation, once, in the order it did."""
        stored = [
            (str(rule_id), str(verdict["reason"]))
            for turn in talk.turns
            for verdict in turn.trace.get("verdicts", ())
            for rule_id in verdict["rule_ids"]
        ]
        fired = dict(reversed([*stored, *hits]))
        order = dict.fromkeys(rule_id for rule_id, _ in [*stored, *hits])
        rows = []
        for rule_id in order:
            note = self._guard.handbook.get(rule_id)
            rows.append(
                {
                    "rule_id": rule_id,
                    "reason": note.reason if note else fired[rule_id],
                    "catches": note.catches if note else "",
                }
            )
        return rows

    def _entities(self, texts: Sequence[str]) -> dict[str, list[str]]:
        """What the customer named, latest last. Texts are masked, so telephone numbers are too."""
        subjects = self._subjects()
        quantities = [quantity for text in texts for quantity in read_quantities(text)]
        return {
            "products": once(name for text in texts for name in find_subjects(text, subjects)),
            "amounts": once(quantity.text for quantity in quantities if quantity.kind == "money"),
            "dates": once(quantity.text for quantity in quantities if any(key[0] == "date" for key in quantity.keys)),
            "phones": once(number for text in texts for number in _MASKED_PHONE.findall(text)),
        }

    # -- replies ----------------------------------------------------------------------------------------------

    async def _find(self, ticket: Ticket, question: str) -> Found | None:
        scope = Scope(tenant=ticket.tenant, as_of=business_date(self._clock()))
        try:
            return await self._search.find(question, scope, self._top_k)
        except Exception as failure:  # the facts must be there when the index is not
            _log.warning("briefing_without_search", ticket_id=ticket.id, error=type(failure).__name__)
            return None

    async def _suggested(self, ticket: Ticket, question: str) -> dict[str, Any] | None:
        """The documents' own words on the question, by the chat's own search; None when they do not answer it."""
        found = await self._find(ticket, question) if question else None
        if found is None or not found.sufficient:
            return None
        evidence = [scored.passage for scored in found.grounds]
        scores, asked = [scored.score for scored in found.grounds], found.mended or question
        text = "".join(excerpt(asked, evidence, scores, synonyms=found.synonyms)).strip()
        return {"text": text, "passages": _support(text, evidence)} if text else None

    async def _generated(self, generator: Generator, request: Request, release: Release) -> str:
        """What the generator wrote and the rails passed; "" when nothing of it may be said, or it came too late."""
        releaser = Releaser(self._guard, release)
        kept: list[str] = []
        try:
            async with asyncio.timeout(_DRAFT_S), aclosing(generator.stream(request)) as pieces:  # type: ignore[type-var]
                async for piece in pieces:
                    kept += [one.text for one in releaser.feed(piece) if not one.replaced]
            kept += [one.text for one in releaser.finish() if not one.replaced]
        except (GenerationFailed, TimeoutError):
            return ""
        return "".join(kept).strip()

    # -- the model's own words --------------------------------------------------------------------------------

    def _written(self, ticket: Ticket, talk: Talk) -> dict[str, str] | None:
        """The model's account of the conversation as it stands, if it has been written; else writing begins."""
        key = (ticket.id, len(talk.recalled))
        text = self._prose.get(key)
        if text is None and key not in self._writing and self._prose_s > 0 and talk.turns:
            task = asyncio.create_task(self._write(key, talk), name="briefing-prose")
            self._writing[key] = task
            task.add_done_callback(lambda _: self._writing.pop(key, None))
        return {"text": text, "generator": "vllm"} if text else None

    async def _write(self, key: tuple[str, int], talk: Talk) -> None:
        """Only sentences whose figures and names stand in the conversation are kept."""
        text = ""
        with suppress(GenerationFailed):
            if not await self._vllm.available():
                return
            messages = as_messages(talk.recalled)
            told = await self._vllm.recount([(message.role, message.text) for message in messages], self._prose_s)
            said = tuple(Evidence(text=message.text) for message in messages if message.text)
            releaser = Releaser(self._guard, Release(question="", evidence=said))
            text = "".join(one.text for one in [*releaser.feed(told), *releaser.finish()] if not one.replaced).strip()
        self._prose[key] = text
        while len(self._prose) > _KEPT:
            self._prose.popitem(last=False)


def written_rule(verdict: Verdict, handbook: Handbook) -> RuleNote | None:
    """The most severe written rule that matched. What is only like a rule's examples says too little of a mood, or of
    half a sentence beside a thumb."""
    notes = (handbook.get(rule_id) for rule_id in verdict.rule_ids)
    return next((note for note in notes if note is not None and note.kind == "rule"), None)


def _support(text: str, evidence: Sequence[Passage]) -> list[dict[str, str]]:
    """The passages that the text's own lines stand in, with those lines; the first passage when none does."""
    lines = [line.strip() for line in re.split(r"(?<=[。！？\n])", text) if line.strip()]
    rows = []
    for passage in evidence:
        quoted = [line for line in lines if line in passage.text]
        if quoted:
            rows.append(_row(passage, "".join(quoted)))
    return rows or [_row(passage, passage.text[:_ANSWER_CHARS]) for passage in evidence[:1]]


def _row(passage: Passage, quote: str) -> dict[str, str]:
    return {"passage_id": passage.id, "title": passage.title, "section": passage.section, "quote": quote}


def _language(ticket: Ticket) -> Language:
    return "en" if ticket.language == "en" else "zh-Hant" if ticket.language == "zh-Hant" else "zh-Hans"
