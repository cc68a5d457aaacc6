"""Search as it would have answered at an earlier instant: decisions made since then, of whatever sort, are ignored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime

from app.knowledge.found import Found, Search
from app.knowledge.passage import Editions, Scope
from guardrails import Meant

ReadEditions = Callable[[str, date, datetime], Awaitable[Editions]]


class Hindsight:
    """editions: reads what a tenant had in force on a day by the decisions made until an instant."""

    def __init__(self, search: Search, editions: ReadEditions) -> None:
        self._search = search
        self._editions = editions

    async def find(self, query: str, scope: Scope, top_k: int, known_at: datetime) -> Found:
        """Like Search.find; passages come with the validity they had then."""
        editions = await self._editions(scope.tenant, scope.as_of, known_at)
        found = await self._search.find(query, replace(scope, editions=editions), top_k)
        passages = [replace(one, passage=editions.restated(one.passage)) for one in found.passages]
        return replace(found, passages=passages)

    async def embed(self, text: str) -> Meant | None:
        """Like Search.embed; a text means what it meant."""
        return await self._search.embed(text)
