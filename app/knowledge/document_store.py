"""What the library asks of the database; implemented by app.store.documents.Documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from app.knowledge.documents import Accepted, Document, Entry, Upload, Version
from app.knowledge.jobs import JobStore
from app.knowledge.passage import Editions
from app.knowledge.preparing import KeptOut
from app.knowledge.rebuilding import RebuildStore


class DocumentStore(JobStore, RebuildStore, Protocol):
    async def accept(self, upload: Upload) -> Accepted: ...
    async def documents(self, tenant: str, *, query: str = "", kind: str | None = None) -> list[Document]: ...
    async def change(
        self,
        tenant: str,
        document_id: str,
        decide: Callable[[Sequence[Version]], Sequence[Version]],
        *,
        actor: str,
        record_type: str,
        payload: Mapping[str, Any],
    ) -> Document: ...
    async def kept_out(self, document_id: str, version: int) -> list[KeptOut]: ...
    async def revise(
        self,
        tenant: str,
        document_id: str,
        decide: Callable[[Sequence[Version], int], Version],
        *,
        actor: str,
        record_type: str,
        payload: Mapping[str, Any],
    ) -> Accepted: ...
    async def editions(self, tenant: str, as_of: date, known_at: datetime) -> Editions: ...
    async def history(self, tenant: str, document_id: str) -> Mapping[int, Sequence[Entry]]: ...
    async def unsettled(self) -> list[tuple[str, str]]: ...
    async def revision(self, document_id: str) -> int: ...
    async def mark_settled(self, document_id: str, revision: int) -> None: ...
    async def titles_in_force(self, tenant: str, day: date) -> list[tuple[str, str | None, str | None]]: ...
