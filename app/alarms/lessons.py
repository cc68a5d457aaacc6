"""What agents answered, as FAQ drafts: the question with every wording that customers used for it in vain.

A ticket's end leaves a lesson behind (app.store.lessons); here it becomes a draft, whatever happens in between. The
draft's file depends on nothing but the settled lesson, so that making it again is recognised as unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from app.alarms.gaps import cluster, faq_file
from app.alarms.likeness import Likeness, same_question
from app.clock import Clock
from app.errors import AppError
from app.knowledge.library import Library
from app.knowledge.preparing import Metadata, Source
from app.polling import Poller
from app.store import Conversations, GapQuestion, Gaps
from app.store.gaps import normalise
from app.store.lessons import LessonRecords
from app.store.records import Lesson, Turn

_log = structlog.get_logger(__name__)

EVERY = 15.0
# A sheet of more wordings adds nothing that search does not find already.
PARAPHRASES = 30
_TITLE_CHARS = 100
# Turns of the conversation that may have asked the same.
_TURNS = 20
_LEAST_CHARS = 4
# What masking leaves behind: who says so speaks of themselves there, and that part is no question of everybody's.
_MASKED = re.compile(r"\*{3,}|\[[^\[\]\d]{2,6}\]")
_CLAUSE = re.compile(r"[^，,。；;！!？?\n]+[，,。；;！!？?\n]*")


@dataclass(frozen=True, slots=True)
class Wordings:
    """questions: the first is the best known. gap_ids: the unanswered questions among them."""

    questions: Sequence[str]
    gap_ids: Sequence[str]


class Lessons:
    """Makes the drafts, in the background; wake() it when a ticket has ended."""

    def __init__(
        self,
        records: LessonRecords,
        gaps: Gaps,
        conversations: Conversations,
        likeness: Likeness,
        library: Library,
        clock: Clock,
    ) -> None:
        self._records = records
        self._gaps = gaps
        self._conversations = conversations
        self._likeness = likeness
        self._library = library
        self._clock = clock
        self._poller = Poller("lessons", self.work, EVERY)

    async def start(self) -> None:
        """Begins with what a dead process left undone."""
        await self._poller.start(wait=False)

    async def stop(self) -> None:
        await self._poller.stop()

    def wake(self) -> None:
        self._poller.wake()

    async def work(self) -> None:
        """Make every draft that is still to be made; one that cannot be made now does not keep the others."""
        for lesson in await self._records.open():
            try:
                await self._draft(lesson)
            except Exception as error:  # tried again at the next round
                _log.warning("lesson_not_drafted", ticket_id=lesson.ticket_id, error=type(error).__name__)

    async def _draft(self, lesson: Lesson) -> None:
        if lesson.questions is None:
            found = await self._wordings(lesson)
            lesson = await self._records.settle(lesson, found.questions, found.gap_ids)
        questions = lesson.questions or ()
        if not questions:
            await self._records.refused(lesson, "no_question")
            return
        title = questions[0][:_TITLE_CHARS]
        source = Source(f"tickets/{lesson.ticket_id}.csv", faq_file(questions, lesson.answer, title))
        try:
            accepted = await self._library.upload(
                lesson.tenant, lesson.agent_id, source, Metadata(kind="faq", title=title)
            )
        except AppError as refused:
            if refused.status >= 500:  # what is down now will be up again
                raise
            _log.error("lesson_refused", ticket_id=lesson.ticket_id, code=refused.code)
            await self._records.refused(lesson, refused.code)
            return
        await self._records.drafted(lesson, accepted.document_id, accepted.version)

    async def _wordings(self, lesson: Lesson) -> Wordings:
        """The lesson's question, and how this customer and others asked the same without an answer."""
        own = GapQuestion("", lesson.question, normalise(lesson.question), "", "", self._clock())
        gaps = await cluster([own, *await self._gaps.open(lesson.tenant)], self._likeness, self._clock())
        asked = next(gap for gap in gaps if own in gap.questions)
        turns = await self._conversations.recent(lesson.conversation_id, _TURNS)
        said = [*await self._same(lesson.question, turns), *asked.paraphrases]
        questions = [text for text in (public(text) for text in (lesson.question, *said)) if text]
        once = {normalise(text): text for text in reversed(questions)}
        kept = [text for text in dict.fromkeys(questions) if once[normalise(text)] == text]
        return Wordings(kept[:PARAPHRASES], [one.id for one in asked.questions if one.id])

    async def _same(self, question: str, turns: Sequence[Turn]) -> list[str]:
        """Which of the conversation's own questions ask this one."""
        wanted = await self._likeness.read(question)
        texts = dict.fromkeys(turn.standalone or turn.question for turn in turns)
        return [text for text in texts if same_question(wanted, await self._likeness.read(text)) > 0]


def public(question: str) -> str:
    """The question without the clauses in which masking left its marks; "" when that was all there was to it."""
    if not _MASKED.search(question):
        return question.strip()
    kept = "".join(clause for clause in _CLAUSE.findall(question) if not _MASKED.search(clause)).strip(" ，,；;\n")
    return kept if len(normalise(kept)) >= _LEAST_CHARS else ""
