"""What turns are made of: the parts of the product that every one of them works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.alarms.conflicts import ConflictFinder
from app.alarms.freezes import FreezeBoard
from app.chat.admission import Admission
from app.chat.language import Scripts
from app.chat.places import Places
from app.generation.generator import Generator
from app.generation.vllm import VllmGenerator
from app.handoff.desk import Desk
from app.identity import Vault
from app.knowledge.found import Search
from app.settings import Settings
from app.store import Conversations, EventLog
from app.tracing import Tracing
from guardrails import Guard


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
