"""What tests hand in instead of the parts that settings name."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from app.alarms.conflicts import ConflictFinder
from app.chat.language import Scripts
from app.clock import Clock, utc_now
from app.knowledge.found import Search
from app.knowledge.index import KnowledgeIndex
from app.knowledge.preparing import Prepare
from guardrails import Guard


@dataclass(frozen=True, slots=True)
class Replacements:
    """Parts to use instead of the ones the settings name; whoever made them closes them.

    conflicts, scripts: slow to make and without a state of their own, so that many services may share them.
    """

    index: KnowledgeIndex | None = None
    search: Search | None = None
    prepare: Prepare | None = None
    guard: Guard | None = None
    conflicts: ConflictFinder | None = None
    scripts: Scripts | None = None
    clock: Clock = utc_now
    # False cites the first passage whatever a sentence says: only an evaluation does that, to see itself notice.
    binds_citations: bool = True


def new_id() -> str:
    return uuid.uuid4().hex
