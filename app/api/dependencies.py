"""What routes ask for: the service's parts, and a caller in one of the roles the route names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from app.alarms.conflicts import ConflictFinder
from app.alarms.freezes import FreezeBoard
from app.alarms.impact import ImpactView
from app.alarms.lessons import Lessons
from app.alarms.likeness import Likeness
from app.alarms.notices import Notices
from app.api.limits import MessageRate
from app.api.metrics import Metrics
from app.api.readiness import Readiness
from app.audit import CheckpointExport, Ledger
from app.chat.admission import Admission
from app.chat.briefing import Briefing
from app.chat.replay import Replay
from app.chat.running import Turns
from app.chat.trace import Traces
from app.clock import Clock
from app.errors import Forbidden, NotFound, Unauthenticated
from app.evaluation.running import EvaluationRuns
from app.handoff.desk import Desk
from app.handoff.feed import DeskFeed
from app.identity import Bearers, Caller, Role, Tokens, Vault
from app.knowledge.found import Search
from app.knowledge.hindsight import Hindsight
from app.knowledge.index import KnowledgeIndex
from app.knowledge.library import Library
from app.settings import Settings
from app.store import (
    Conversation,
    Conversations,
    Customers,
    Database,
    EventLog,
    Freezes,
    Gaps,
    Profile,
    Reliance,
    Synonyms,
    Tickets,
)
from app.store.backlog import Backlog
from app.store.desk import DeskRecords
from app.store.lessons import LessonRecords
from app.store.marks import ReadMarks
from app.store.notices import NoticeRecords
from app.store.rights import CustomerRights
from app.store.sealed import SealedMessages
from app.store.service_figures import ServiceRecords
from app.store.snapshot import Snapshots
from guardrails import Customer, Guard


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the routes work with; built once in the lifespan, and nowhere else."""

    settings: Settings
    clock: Clock
    new_id: Callable[[], str]
    database: Database
    log: EventLog
    conversations: Conversations
    tickets: Tickets
    desk: Desk
    desk_records: DeskRecords
    service_records: ServiceRecords
    feed: DeskFeed
    briefing: Briefing
    vault: Vault | None
    sealed: SealedMessages
    marks: ReadMarks
    customers: Customers
    rights: CustomerRights
    gaps: Gaps
    lessons: Lessons
    lesson_records: LessonRecords
    notices: Notices
    notice_records: NoticeRecords
    freezes: Freezes
    freeze_board: FreezeBoard
    likeness: Likeness
    conflicts: ConflictFinder
    impact: ImpactView
    synonyms: Synonyms
    ledger: Ledger
    checkpoints: CheckpointExport
    tokens: Tokens
    bearers: Bearers
    index: KnowledgeIndex
    snapshots: Snapshots
    search: Search
    admission: Admission
    hindsight: Hindsight
    replay: Replay
    traces: Traces
    evaluation: EvaluationRuns
    reliance: Reliance
    library: Library
    guard: Guard
    turns: Turns
    readiness: Readiness
    metrics: Metrics
    backlog: Backlog
    rate: MessageRate

    async def own_conversation(self, who: Caller, conversation_id: str) -> Conversation:
        """The caller's own conversation. Raises NotFound for anyone else's."""
        conversation = await self.conversations.get(who.tenant, conversation_id)
        if conversation.customer_id != who.id:
            raise NotFound()
        return conversation

    async def suitability(self, who: Caller) -> Customer:
        """What the rails may know of the customer: the token's claims when it has any, else what staff recorded."""
        profile: Profile | Caller | None = who
        if not (who.tolerance or who.birth_year):
            profile = await self.customers.profile(who.tenant, who.id)
        if profile is None:
            return Customer()
        until = profile.assessed_until.isoformat() if profile.assessed_until else None
        return Customer(profile.tolerance, until, profile.birth_year)


async def services(request: Request) -> Services:
    """Not a plain function: FastAPI would send every request through a thread for it."""
    return _parts(request)


def _parts(request: Request) -> Services:
    return cast(Services, request.state.services)


_bearer = OAuth2PasswordBearer(tokenUrl="/v1/auth/token", auto_error=False)


def caller(*roles: Role) -> Callable[..., Awaitable[Caller]]:
    """A dependency that gives the caller, who must have one of the roles (an admin always may)."""

    async def authenticate(request: Request, token: Annotated[str | None, Depends(_bearer)] = None) -> Caller:
        if not token:
            raise Unauthenticated()
        who = await _parts(request).bearers.read(token)
        if roles and not who.may(*roles):
            raise Forbidden()
        return who

    return authenticate
