"""Hand-written stand-ins for slow or foreign parts; each keeps the promises of the protocol it implements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from app.alarms.claims import ClaimReader
from app.alarms.conflicts import ConflictFinder
from app.chat.language import Scripts
from app.knowledge.analysis import Analyser
from app.knowledge.found import Found, Scored
from app.knowledge.index import DocumentChange, Hit, IndexPoint, IndexQuery
from app.knowledge.index_failures import IndexRebuilding
from app.knowledge.lexical import Segmenter
from app.knowledge.passage import Passage, Scope, passage_id, text_sha256
from app.knowledge.preparing import (
    Correction,
    KeptOut,
    Member,
    Metadata,
    Notice,
    PreparationFailed,
    Prepared,
    RefusedMember,
    Source,
    corrected,
)
from app.knowledge.wording import grams
from app.settings import Settings
from guardrails import Handbook, Meant, Message, Opinion, Product, Release, Verdict
from ingestion.failures import nothing_left


@cache
def shared_scripts() -> Scripts:
    """The real one; making it takes a fifth of a second, which hundreds of tests need not spend again."""
    return Scripts()


@cache
def shared_conflicts() -> ConflictFinder:
    """The real one, which reads a dictionary first."""
    return ConflictFinder(ClaimReader(Settings(_env_file=None).cache_dir))


@cache
def shared_analyser() -> Analyser:
    """The real one, with the dictionary that is kept. Whoever teaches it names makes one of their own."""
    return Analyser(Settings(_env_file=None).cache_dir)


@cache
def shared_segmenter() -> Segmenter:
    return Segmenter(Settings(_env_file=None).cache_dir)


def shared() -> dict[str, Any]:
    """For Replacements: the real parts that are slow to make and that services may share."""
    return {"scripts": shared_scripts(), "conflicts": shared_conflicts()}


def in_scope(passage: Passage, scope: Scope) -> bool:
    """The one truth about who may see a passage on which day."""
    if scope.editions is not None:
        if (passage.document_id, passage.version) not in scope.editions.in_force:
            return False
        passage = scope.editions.restated(passage)
    return (
        passage.tenant == scope.tenant
        and passage.approved
        and passage.audience in scope.audiences
        and (passage.valid_from or date.min) <= scope.as_of <= (passage.valid_to or date.max)
        and (scope.kind is None or passage.kind == scope.kind)
        and (scope.product_code is None or passage.product_code == scope.product_code)
    )


class MemoryIndex:
    """KnowledgeIndex in a dictionary. broken: every write raises it, as an index that is down would.

    awaits: it has lost everything and is to be filled again.
    """

    def __init__(self) -> None:
        self.awaits = False
        self.passages: dict[str, Passage] = {}
        self.broken: Exception | None = None

    async def upsert(self, points: Sequence[IndexPoint]) -> None:
        self._check()
        self.passages.update({point.passage.id: point.passage for point in points})

    async def change(self, changes: Sequence[DocumentChange]) -> None:
        self._check()
        for change in changes:
            for passage in self._of(change.tenant, change.document_id, change.version):
                self.passages[passage.id] = change.applied_to(passage)

    async def delete(self, tenant: str, document_id: str, version: int | None = None) -> None:
        self._check()
        for passage in self._of(tenant, document_id, version):
            del self.passages[passage.id]

    async def search(self, query: IndexQuery, scope: Scope) -> Mapping[str, Sequence[Hit]]:
        if self.awaits:
            raise IndexRebuilding
        hits = [Hit(passage, 1.0) for passage in self.passages.values() if in_scope(passage, scope)]
        return dict.fromkeys((*query.dense, *query.sparse), hits[: query.limit])

    async def scroll(self, tenant: str, document_id: str | None = None) -> AsyncIterator[Passage]:
        for passage in self._of(tenant, document_id, None):
            yield passage

    async def get(self, tenant: str, ids: Sequence[str]) -> Sequence[Passage]:
        found = [self.passages[id] for id in ids if id in self.passages]
        return [passage for passage in found if passage.tenant == tenant]

    async def count(self, tenant: str | None = None) -> int:
        return len([p for p in self.passages.values() if tenant is None or p.tenant == tenant])

    async def awaits_rebuilding(self) -> bool:
        return self.awaits

    async def rebuilt(self) -> None:
        self.awaits = False

    async def optimize(self) -> None: ...

    async def snapshot(self, folder: Path, meanwhile: Callable[[], Awaitable[None]] | None = None) -> bool:
        await asyncio.to_thread(folder.mkdir, parents=True)
        if meanwhile is not None:
            await meanwhile()
        return True

    async def restore(self, folder: Path) -> None: ...

    async def close(self) -> None: ...

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken

    def _of(self, tenant: str, document_id: str | None, version: int | None) -> list[Passage]:
        return [
            passage
            for passage in self.passages.values()
            if passage.tenant == tenant
            and document_id in (None, passage.document_id)
            and version in (None, passage.version)
        ]


class OverlapSearch:
    """Search by shared character pairs over a MemoryIndex; sufficient when half of the question's are found."""

    def __init__(self, index: MemoryIndex) -> None:
        self._index = index

    async def find(self, query: str, scope: Scope, top_k: int) -> Found:
        wanted = grams(shared_scripts().simplify(query))
        scored = [
            (len(wanted & grams(f"{passage.title}{passage.question}{passage.text}")) / max(len(wanted), 1), passage)
            for passage in self._index.passages.values()
            if in_scope(passage, scope)
        ]
        best = sorted(scored, key=lambda pair: -pair[0])[:top_k]
        passages = [
            Scored(passage, score, dense_rank=rank, lexical_rank=rank) for rank, (score, passage) in enumerate(best, 1)
        ]
        confidence = best[0][0] if best else 0.0
        return Found(passages, confidence >= 0.5, confidence, {"index": 0.1})

    async def embed(self, text: str) -> Meant | None:
        return None


class LinePrepare:
    """Prepare for UTF-8 text: one passage a line. A file of b"corrupt" cannot be read; of one in which every line
    begins with "#hidden" nothing is left; pause holds files back.

    broken: nothing can be prepared now. reads: what this reader makes of a line. proposals: metadata that every
    text seems to name (dates as text).
    """

    def __init__(self) -> None:
        self.prepared: list[tuple[str, int]] = []
        self.pause: Callable[[], object] | None = None
        self.rendered: list[tuple[int, int]] = []
        self.broken = False
        self.reads: Callable[[str], str] = str
        self.proposals: Mapping[str, str] = {}

    def inspect(self, source: Source) -> None:
        if not source.content:
            raise PreparationFailed("文件是空的，请检查后重新上传。", code="empty_file")
        if not source.path.endswith((".txt", ".md", ".pdf", ".csv")):
            raise PreparationFailed("不支持这种文件格式。", code="unknown_format")

    def is_archive(self, path: str) -> bool:
        return path.endswith(".zip")

    async def unpack(self, source: Source, metadata: Metadata) -> Sequence[Member | RefusedMember]:
        """An archive here is lines of "name=text"; a name that begins with "!" is refused."""
        pairs = [line.split("=", 1) for line in source.content.decode().splitlines()]
        return [
            RefusedMember(name, Notice("unsafe_path", "路径不合规。"))
            if name.startswith("!")
            else Member(name, text.encode(), metadata)
            for name, text in pairs
        ]

    async def prepare(
        self,
        source: Source,
        metadata: Metadata,
        *,
        tenant: str,
        document_id: str,
        version: int,
        on_progress: Callable[[str, int, int], None] | None = None,
        corrections: Sequence[Correction] = (),
    ) -> Prepared:
        if self.pause is not None and (waiting := self.pause()) is not None:
            await waiting  # type: ignore[misc]
        if source.content == b"corrupt" or self.broken:
            raise PreparationFailed()
        lines = [self.reads(line) for line in source.content.decode().splitlines() if line.strip()]
        lines, lost = corrected(lines, corrections)
        hidden = [line for line in lines if line.startswith("#hidden")]
        kept_out = [KeptOut(line, "", None, "hidden_text") for line in hidden]
        if hidden == lines:
            raise nothing_left([Notice("hidden_text", "有读者看不见的文字未收录。")], kept_out)
        metadata = self._proposed(metadata)
        points = []
        for ordinal, line in enumerate(lines):
            passage = Passage(
                id=passage_id(document_id, version, ordinal, line),
                document_id=document_id,
                version=version,
                ordinal=ordinal,
                tenant=tenant,
                kind=metadata.kind or "product",
                title=metadata.title or source.path,
                section="",
                text=line,
                sha256=text_sha256(line),
                product_code=metadata.product_code,
                valid_from=metadata.valid_from,
                valid_to=metadata.valid_to,
                audience=metadata.audience,
            )
            points.append(IndexPoint(passage, {}, {}))
            if on_progress is not None:
                on_progress("encode", ordinal + 1, len(lines))
        self.prepared.append((document_id, version))
        warnings = () if metadata.kind else (Notice("kind_proposed", "未指定类别，按产品文件处理，请核对。"),)
        return Prepared(metadata, points, [*warnings, *lost], kept_out=kept_out)

    async def render(self, source: Source, page: int, width: int) -> bytes:
        """A "picture" that says what was asked for; pages are as many as lines."""
        if not source.path.endswith(".pdf"):
            raise PreparationFailed("没有页面图像。", code="no_page_image", status=404)
        if page > len(source.content.splitlines()):
            raise PreparationFailed("没有这一页。", code="no_page", status=404)
        self.rendered.append((page, width))
        return b"\x89PNG %d %d" % (page, width)

    async def close(self) -> None: ...

    def _proposed(self, said: Metadata) -> Metadata:
        filled = {
            name: date.fromisoformat(value) if name.startswith("valid_") else value
            for name, value in self.proposals.items()
            if getattr(said, name) is None and name not in said.left_empty
        }
        return replace(said, **filled)  # type: ignore[arg-type]


class QuietGuard:
    """A guard for tests that are not about rails: it allows everything and knows no personal data."""

    def __init__(self) -> None:
        self.products: list[str] = []
        self.handbook = Handbook([])

    def replace_catalogue(self, products: Iterable[Product]) -> None:
        self.products = [product.name for product in products]

    def mask(self, text: str) -> str:
        return text

    mask_staff = asked = mask

    async def check_input(self, text: str, history: Sequence[Message] = (), customer: object = None) -> Verdict:
        return Verdict("allow", masked_text=text)

    def heed(self, verdict: Verdict, text: str, opinion: Opinion) -> Verdict:
        return verdict

    def reconsider(self, verdict: Verdict, text: str, meant: Meant | None, history: Sequence[Message] = ()) -> Verdict:
        return verdict

    async def check_output(self, text: str, release: Release) -> Verdict:
        return Verdict("allow", masked_text=text)
