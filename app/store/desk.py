"""Agents and what they take, a tenant's desk rules, and how long its tickets took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from app.clock import Clock, utc_now
from app.store.database import Database
from app.store.desk_schema import AgentRow, DeskRulesRow, TicketRow
from app.store.faces import View, faces_of, read_view
from app.store.ledger import append_record
from app.store.records import Agent, Face, Ticket

# A desk says every PRESENCE seconds that it is open; twice missed, its agent is not there.
PRESENCE = timedelta(seconds=20)
ABSENT_AFTER = 3 * PRESENCE
# Tickets that a waiting estimate is measured from.
_MEASURED = 50


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who is at the desk now, how many wait, and how long the last tickets took (seconds with a person).

    waiting: queued tickets, most urgent first, as (ticket id, skill, language).
    """

    agents: Sequence[Agent]
    waiting: Sequence[tuple[str, str, str]]
    handling_s: Sequence[float]


class DeskRecords:
    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def view(self, tenant: str, known: Mapping[str, Face]) -> View:
        return await self._database.read(lambda c: read_view(c, tenant, known))

    async def faces(self, tickets: Sequence[Ticket]) -> list[Face]:
        return await self._database.read(lambda c: faces_of(c, tickets))

    async def staffing(self, tenant: str) -> Staffing:
        now = self._clock()
        return await self._database.read(lambda c: read_staffing(c, tenant, now))

    # -- agents -----------------------------------------------------------------------------------------------

    async def agent(self, tenant: str, agent_id: str) -> Agent | None:
        def work(connection: Connection) -> Agent | None:
            return next((agent for agent in _agents(connection, tenant) if agent.id == agent_id), None)

        return await self._database.read(work)

    async def put_agent(self, tenant: str, agent: Agent) -> None:
        """What the agent says they take. Keeps seen_at."""
        values = {name: getattr(agent, name) for name in ("status", "skills", "languages", "capacity")}

        def work(connection: Connection) -> None:
            own = (AgentRow.tenant == tenant) & (AgentRow.id == agent.id)
            if not connection.execute(update(AgentRow).where(own).values(**values)).rowcount:
                connection.execute(insert(AgentRow).values(tenant=tenant, id=agent.id, seen_at=agent.seen_at, **values))

        await self._database.write(work)

    async def see(self, tenant: str, agent: Agent) -> None:
        """Their desk is open now; `agent` says what they take if they never said so."""
        now = self._clock()

        def work(connection: Connection) -> None:
            own = (AgentRow.tenant == tenant) & (AgentRow.id == agent.id)
            if not connection.execute(update(AgentRow).where(own).values(seen_at=now)).rowcount:
                connection.execute(insert(AgentRow).values(_agent_values(tenant, replace(agent, seen_at=now))))

        await self._database.write(work)

    async def gone(self, tenant: str, agent_id: str) -> None:
        """Their last desk here was closed."""
        own = (AgentRow.tenant == tenant) & (AgentRow.id == agent_id)
        await self._database.write(lambda c: c.execute(update(AgentRow).where(own).values(seen_at=None)) and None)

    # -- rules ------------------------------------------------------------------------------------------------

    async def rules(self, tenant: str) -> Mapping[str, Any]:
        """What the tenant set itself; {} = nothing."""

        def work(connection: Connection) -> Mapping[str, Any]:
            found = connection.execute(select(DeskRulesRow.rules).where(DeskRulesRow.tenant == tenant)).scalar()
            return found or {}

        return await self._database.read(work)

    async def put_rules(self, tenant: str, rules: Mapping[str, Any], actor: str) -> None:
        def work(connection: Connection) -> None:
            connection.execute(delete(DeskRulesRow).where(DeskRulesRow.tenant == tenant))
            connection.execute(
                insert(DeskRulesRow).values(
                    tenant=tenant, rules=dict(rules), updated_by=actor, updated_at=self._clock()
                )
            )
            append_record(
                connection,
                tenant=tenant,
                type="desk.rules_changed",
                actor=actor,
                payload={"rules": dict(rules)},
                clock=self._clock,
            )

        await self._database.write(work, durable=True)


def read_staffing(connection: Connection, tenant: str, now: datetime) -> Staffing:
    agents = [
        agent
        for agent in _agents(connection, tenant)
        if agent.status == "online" and agent.seen_at is not None and now - agent.seen_at < ABSENT_AFTER
    ]
    waiting = connection.execute(
        select(TicketRow.id, TicketRow.skill, TicketRow.language)
        .where(TicketRow.tenant == tenant, TicketRow.status == "queued")
        .order_by(TicketRow.priority, TicketRow.created_at, TicketRow.id)
    )
    ended = connection.execute(
        select(TicketRow.assigned_at, TicketRow.closed_at)
        .where(TicketRow.tenant == tenant, TicketRow.status.in_(("resolved", "returned")))
        .where(TicketRow.assigned_at.is_not(None), TicketRow.closed_at.is_not(None))
        .order_by(TicketRow.closed_at.desc())
        .limit(_MEASURED)
    )
    return Staffing(
        agents,
        [(row.id, row.skill, row.language) for row in waiting],
        [(row.closed_at - row.assigned_at).total_seconds() for row in ended],
    )


def _agents(connection: Connection, tenant: str) -> list[Agent]:
    load = {
        row[0]: row[1]
        for row in connection.execute(
            select(TicketRow.agent_id, func.count())
            .where(TicketRow.tenant == tenant, TicketRow.status == "assigned")
            .group_by(TicketRow.agent_id)
        )
    }
    columns = [getattr(AgentRow, name) for name in Agent.__dataclass_fields__ if name != "assigned"]
    rows = connection.execute(select(*columns).where(AgentRow.tenant == tenant).order_by(AgentRow.id))
    return [Agent(**row._mapping, assigned=load.get(row.id, 0)) for row in rows]


def _agent_values(tenant: str, agent: Agent) -> dict[str, Any]:
    names = (name for name in Agent.__dataclass_fields__ if name != "assigned")
    return {"tenant": tenant, **{name: getattr(agent, name) for name in names}}
