"""Builds every object of the service, in order, and takes them down in the opposite one.

The HTTP service and the command line build the same parts here; tests hand in replacements for slow or foreign ones.
"""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from app.alarms.asking import AskingReader
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import ConflictFinder
from app.alarms.foresight import Foresight
from app.alarms.freezes import FreezeBoard
from app.alarms.impact import ImpactView
from app.alarms.lessons import Lessons
from app.alarms.likeness import Likeness
from app.alarms.notices import Notices
from app.api.dependencies import Services
from app.api.knowledge import open_preparer
from app.api.limits import MessageRate
from app.api.metrics import Metrics
from app.api.readiness import Readiness
from app.audit import CheckpointExport, Ledger, Signer
from app.chat.admission import Admission
from app.chat.briefing import Briefing
from app.chat.language import Scripts
from app.chat.parts import Parts
from app.chat.places import Places
from app.chat.replay import Replay
from app.chat.running import Turns
from app.chat.trace import Traces
from app.chat.turn import TurnRunner
from app.chat.words import say
from app.clock import Clock, business_date, utc_now
from app.evaluation.running import EvaluationRuns
from app.generation.judge import VllmJudge
from app.generation.quote import QuoteGenerator
from app.generation.vllm import VllmGenerator
from app.handoff.desk import Desk
from app.handoff.feed import DeskFeed
from app.identity import (
    Bearers,
    Claims,
    Issuer,
    SigningKeys,
    Tokens,
    Vault,
    demo_key,
    demo_secret,
    fetch_from,
    kept_key,
    protected,
    read_key,
)
from app.knowledge.catalogue import Product
from app.knowledge.difference import Cut
from app.knowledge.embedding import Embedder
from app.knowledge.encoding import LAYOUT, layout
from app.knowledge.found import Search
from app.knowledge.hindsight import Hindsight
from app.knowledge.index import KnowledgeIndex
from app.knowledge.lexical import keep_dictionary
from app.knowledge.library import Library
from app.knowledge.preparing import Prepare
from app.knowledge.search import HybridSearch
from app.knowledge.shelf import Shelf
from app.knowledge.uploads import Uploads
from app.settings import Settings
from app.store import (
    Conversations,
    Customers,
    Database,
    Documents,
    EventLog,
    Freezes,
    Gaps,
    Reliance,
    Synonyms,
    Tickets,
    Worker,
    database_url,
)
from app.store.backlog import Backlog
from app.store.desk import DeskRecords
from app.store.lessons import LessonRecords
from app.store.marks import ReadMarks
from app.store.notices import NoticeRecords
from app.store.recovery import Recovery
from app.store.resealing import seal_older
from app.store.rights import CustomerRights, Retention
from app.store.sealed import SealedMessages
from app.store.sealing import Keyring
from app.store.service_figures import ServiceRecords
from app.store.snapshot import Snapshots
from app.tracing import NoTracing, Tracing
from guardrails import Guard, read_brief
from guardrails import Product as RailProduct

if TYPE_CHECKING:
    from app.knowledge.embedding_onnx import OnnxE5Embedder
    from app.knowledge.embedding_openai import OpenAIEmbedder
    from app.knowledge.qdrant_edge import QdrantEdgeIndex
    from app.knowledge.qdrant_server import QdrantServerIndex

_log = structlog.get_logger(__name__)

SHUTDOWN_PATIENCE = 10.0
# Where the evaluation stands beside the service, if it does.
_ROOT = Path(__file__).resolve().parents[1]
RECOVER_EVERY = 10.0
SWEEP_FIRST, SWEEP_EVERY = 600.0, 24 * 3600.0


class ModelMissing(RuntimeError):
    """The packaged embedding model is not in the cache folder: `python -m deploy.local.embedding_model` makes it."""


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


@dataclass(frozen=True, slots=True)
class _Records:
    database: Database
    worker: Worker
    documents: Documents


@asynccontextmanager
async def open_library(settings: Settings, replacements: Replacements | None = None) -> AsyncIterator[Library]:
    """The library on the data folder without the HTTP service: what the command line works on.

    Raises IndexBusy when a running service holds the embedded index.
    """
    given = replacements or Replacements()
    async with AsyncExitStack() as stack:
        index = await _enter_index(stack, settings, given)
        records = await _enter_records(stack, settings, given.clock)
        yield await _enter_library(stack, settings, given, records, index)


@asynccontextmanager
async def open_index(settings: Settings) -> AsyncIterator[KnowledgeIndex]:
    """The index alone, for backup and restore. Raises IndexBusy when a running service holds the embedded one."""
    async with AsyncExitStack() as stack:
        yield await _enter_index(stack, settings, Replacements())


@asynccontextmanager
async def open_services(
    settings: Settings, metrics: Metrics, replacements: Replacements | None = None
) -> AsyncIterator[Services]:
    """Everything, started: when this yields, customers can be answered."""
    given = replacements or Replacements()
    clock = given.clock
    async with AsyncExitStack() as stack:
        keep_dictionary(settings.cache_dir)
        # The slow ones load side by side, in threads, while index and database open.
        # Said by nobody but a model that gives its instructions away; the same in prompt and rails of this process.
        canary = f"WD-{secrets.token_hex(6)}"
        loading_guard = asyncio.create_task(_load_guard(settings, given, canary))
        loading_embedder = asyncio.create_task(_load_embedder(settings, given))
        index = await _enter_index(stack, settings, given)
        records = await _enter_records(stack, settings, clock)
        database = records.database

        log = EventLog(database, clock)
        stack.push_async_callback(log.close)
        conversations = Conversations(
            database,
            log,
            worker=records.worker,
            new_id=new_id,
            clock=clock,
            on_closed=lambda turn: metrics.turn(
                turn.status,
                turn.reason,
                turn.generator,
                turn.result.get("timings", {}),
                verdicts=turn.trace.get("verdicts", ()),
                failures=turn.trace.get("failures", ()),
            ),
        )
        synonyms = Synonyms(database, clock)
        searching = await _enter_search(stack, settings, given, index, synonyms, await loading_embedder)
        guard = await loading_guard

        def tell(products: Sequence[Product]) -> None:
            guard.replace_catalogue([_rail_product(product) for product in products])
            searching.learn_names(name for product in products for name in product.names)

        library = await _enter_library(stack, settings, given, records, index, searching.cut)
        shelf = Shelf(lambda: library.titles_in_force(settings.tenant), (tell,))
        await shelf.start()
        stack.push_async_callback(shelf.stop)

        hindsight = Hindsight(searching.search, records.documents.editions)
        finder = given.conflicts or ConflictFinder(await asyncio.to_thread(ClaimReader, settings.cache_dir))
        if searching.embedder is not None:
            asking = AskingReader(searching.embedder)
            finder = finder.over(asking)
            stack.push_async_callback(asking.stop)
        foresight = Foresight(
            finder,
            lambda: library.documents(settings.tenant),
            lambda version: library.passages(version.tenant, version.document_id, version.version),
        )
        await foresight.start()
        stack.push_async_callback(foresight.stop)
        likeness = Likeness(searching.embedder)
        gaps = Gaps(database, clock)
        lesson_records = LessonRecords(database, clock)
        lessons = Lessons(lesson_records, gaps, conversations, likeness, library, clock)
        await lessons.start()
        stack.push_async_callback(lessons.stop)
        freezes = Freezes(database, clock)
        freeze_board = FreezeBoard(freezes, likeness, lambda: business_date(clock()))
        await freeze_board.start()
        stack.push_async_callback(freeze_board.stop)

        scripts = given.scripts or Scripts()
        marks = ReadMarks(database, log, clock)
        await marks.start()
        stack.push_async_callback(marks.stop)
        desk_records = DeskRecords(database, clock)
        desk = Desk(desk_records, hotline=settings.bank.hotline, clock=clock, new_id=new_id, show=_shown_in(scripts))
        feed = DeskFeed(desk_records, desk, log, clock)
        stack.push_async_callback(feed.stop)

        notice_records = NoticeRecords(database, log, clock)
        notices = Notices(
            notice_records, likeness, searching.search, clock, _shown_in(scripts), top_k=settings.search.top_k
        )
        await notices.start()
        stack.push_async_callback(notices.stop)

        async def published(_tenant: str) -> None:
            await shelf.refresh()
            notices.wake()
            foresight.wake()

        library.on_published(published)

        vault = _vault(settings)
        tokens = _tokens(settings, clock)
        bearers = Bearers(tokens, _enter_issuer(stack, settings, clock))
        tracing = _enter_tracing(stack, settings)
        vllm = VllmGenerator(settings.llm, settings.bank.name, canary=canary, tracing=tracing, on_usage=metrics.tokens)
        stack.push_async_callback(vllm.close)
        judge = VllmJudge(settings.judge, read_brief(), tracing=tracing) if settings.judge.base_url else None
        if judge is not None:
            stack.push_async_callback(judge.close)
        admission = Admission(guard, searching.search.embed, judge, tracing)
        places = Places(settings.limits.turns_at_once, settings.limits.turns_in_line)
        runner = TurnRunner(
            Parts(
                admission=admission,
                binds_citations=given.binds_citations,
                settings=settings,
                guard=guard,
                search=searching.search,
                vllm=vllm,
                quote=QuoteGenerator(),
                log=log,
                conversations=conversations,
                desk=desk,
                freezes=freeze_board,
                conflicts=finder,
                scripts=scripts,
                places=places,
                vault=vault,
                tracing=tracing,
                subjects=shelf.names,
                now=clock,
                new_id=new_id,
            )
        )
        readiness = Readiness(
            database, index, searching.try_embedding, vllm.probe, lambda: library.rebuilding, settings=settings
        )
        readiness.start()
        stack.push_async_callback(readiness.stop)
        audit = settings.audit
        seed = await asyncio.to_thread(_signing_seed, settings)
        checkpoints = CheckpointExport(database, Signer(seed), audit.checkpoints_dir, audit.checkpoint_every_s, clock)
        checkpoints.start()
        stack.push_async_callback(checkpoints.stop)
        sealing = asyncio.create_task(_seal_older(database), name="sealing")
        stack.push_async_callback(_cancel, sealing)
        retention = Retention(settings.retention.conversation_days, settings.retention.suitability_years)
        rights = CustomerRights(database, retention, clock)
        sweeping = asyncio.create_task(_keep_sweeping(rights), name="retention")
        stack.push_async_callback(_cancel, sweeping)
        recovery = asyncio.create_task(
            _keep_recovering(Recovery(database, log, conversations, records.worker, clock)), name="recovery"
        )
        stack.push_async_callback(_cancel, recovery)
        evaluation = _evaluation(settings, clock)
        stack.push_async_callback(evaluation.close)
        turns = Turns(runner, log, places, conversations.claims.let_go)
        stack.push_async_callback(turns.finish, SHUTDOWN_PATIENCE)

        customers = Customers(database, log, new_id=new_id, clock=clock)
        briefing = Briefing(
            guard=guard,
            search=searching.search,
            vllm=vllm,
            quote=QuoteGenerator(),
            conversations=conversations,
            customers=customers,
            subjects=shelf.names,
            clock=clock,
            top_k=settings.search.top_k,
            prose_s=settings.llm.recount_s,
        )
        stack.push_async_callback(briefing.stop)

        yield Services(
            settings=settings,
            admission=admission,
            clock=clock,
            new_id=new_id,
            database=database,
            log=log,
            conversations=conversations,
            tickets=Tickets(database, log, clock),
            desk=desk,
            desk_records=desk_records,
            service_records=ServiceRecords(database),
            feed=feed,
            briefing=briefing,
            vault=vault,
            sealed=SealedMessages(database, clock),
            marks=marks,
            customers=customers,
            rights=rights,
            gaps=gaps,
            lessons=lessons,
            lesson_records=lesson_records,
            notices=notices,
            notice_records=notice_records,
            freezes=freezes,
            freeze_board=freeze_board,
            likeness=likeness,
            impact=ImpactView(
                searching.search,
                index,
                library,
                conversations,
                finder,
                top_k=settings.search.top_k,
                golden_file=settings.data_dir / "golden.yaml",
            ),
            synonyms=synonyms,
            ledger=Ledger(database),
            checkpoints=checkpoints,
            tokens=tokens,
            bearers=bearers,
            index=index,
            snapshots=Snapshots(
                index, database_url(settings.database.url, settings.data_dir), settings.data_dir / "snapshots"
            ),
            search=searching.search,
            hindsight=hindsight,
            traces=Traces(conversations, index, settings.bank.name),
            evaluation=evaluation,
            replay=Replay(conversations, hindsight, index, guard, settings.search.top_k),
            reliance=Reliance(database),
            library=library,
            guard=guard,
            turns=turns,
            readiness=readiness,
            metrics=metrics,
            backlog=Backlog(database),
            rate=MessageRate(settings.limits.messages_per_minute if _limited(settings) else 0),
        )


def _evaluation(settings: Settings, clock: Clock) -> EvaluationRuns:
    given = settings.evaluation
    folder = Path(given.folder) if given.folder else settings.data_dir / "evaluation"
    return EvaluationRuns(folder.absolute(), given.python, _ROOT, clock, settings.llm.base_url)


def _enter_tracing(stack: AsyncExitStack, settings: Settings) -> Tracing:
    if not settings.tracing.endpoint:
        return NoTracing()
    from app.tracing_otel import OtelTracing  # half a second that nobody without a collector spends

    tracing = OtelTracing(settings.tracing)
    stack.push_async_callback(asyncio.to_thread, tracing.close)
    return tracing


async def _enter_records(stack: AsyncExitStack, settings: Settings, clock: Clock) -> _Records:
    master = await asyncio.to_thread(_master_key, settings)
    keyring = Keyring(master, new_id=new_id, clock=clock)
    database = Database(
        database_url(settings.database.url, settings.data_dir),
        keyring=keyring,
        page_cache_mib=settings.database.page_cache_mib,
    )
    stack.push_async_callback(database.close)
    await database.open()
    worker = Worker(database)
    await worker.start()
    stack.push_async_callback(worker.stop)
    return _Records(database, worker, Documents(database, worker=worker, new_id=new_id, clock=clock))


async def _enter_index(stack: AsyncExitStack, settings: Settings, given: Replacements) -> KnowledgeIndex:
    if given.index is not None:
        return given.index
    index: QdrantServerIndex | QdrantEdgeIndex
    shape = layout(settings.embedding.dimension) if settings.embedding.base_url else LAYOUT
    if settings.qdrant.url:
        from app.knowledge.qdrant_server import QdrantServerIndex  # its client is slow to import

        index = QdrantServerIndex(settings.qdrant, shape)
    else:
        from app.knowledge.qdrant_edge import QdrantEdgeIndex

        index = QdrantEdgeIndex(settings.data_dir / "index", shape)
    stack.push_async_callback(index.close)
    await index.start()
    return index


async def _enter_library(
    stack: AsyncExitStack,
    settings: Settings,
    given: Replacements,
    records: _Records,
    index: KnowledgeIndex,
    cut: Cut = list,
) -> Library:
    prepare = given.prepare
    if prepare is None:
        prepare = open_preparer(settings)
        stack.push_async_callback(prepare.close)
    library = Library(
        records.documents,
        index,
        prepare,
        Uploads(settings.data_dir / "uploads"),
        clock=given.clock,
        jobs_at_once=settings.ingestion.readers + 1,  # while all readers read, another file can be encoded
        cut=cut,
    )
    await library.start()
    stack.push_async_callback(library.stop)
    return library


@dataclass(frozen=True, slots=True)
class _Searching:
    """search, who wants to know the products' names, a question that shows that embedding works, what cuts Chinese
    text into words, and the embedder (None when a search was given instead)."""

    search: Search
    learn_names: Callable[[Iterable[str]], None]
    try_embedding: Callable[[], Awaitable[object]]
    cut: Cut = list
    embedder: Embedder | None = None


async def _load_embedder(settings: Settings, given: Replacements) -> OnnxE5Embedder | OpenAIEmbedder | None:
    """Raises ModelMissing when the packaged embedding model has not been prepared."""
    return None if given.search is not None else await asyncio.to_thread(_open_embedder, settings)


async def _enter_search(
    stack: AsyncExitStack,
    settings: Settings,
    given: Replacements,
    index: KnowledgeIndex,
    synonyms: Synonyms,
    embedder: OnnxE5Embedder | OpenAIEmbedder | None,
) -> _Searching:
    if embedder is None:
        assert given.search is not None
        return _Searching(given.search, lambda _: None, _nothing)
    stack.push_async_callback(embedder.close)
    search = await asyncio.to_thread(
        HybridSearch,
        embedder,
        index,
        settings.search,
        cache_dir=settings.cache_dir,
        synonyms=settings.data_dir / "synonyms.txt",
        stored=synonyms.get,
    )
    return _Searching(search, search.learn_names, lambda: embedder.embed_query("您好"), search.cut, embedder)


def _open_embedder(settings: Settings) -> OnnxE5Embedder | OpenAIEmbedder:
    if settings.embedding.base_url:
        from app.knowledge.embedding_openai import OpenAIEmbedder

        return OpenAIEmbedder(settings.embedding)
    from app.knowledge.embedding_onnx import OnnxE5Embedder  # loads the runtime; an endpoint does without

    folder = settings.cache_dir / "models" / f"{settings.embedding.model}-int8"
    if not (folder / "manifest.json").exists():
        raise ModelMissing()
    return OnnxE5Embedder(folder, threads=2)


async def _nothing() -> None:
    """There is no embedder to try."""


async def _load_guard(settings: Settings, given: Replacements, canary: str) -> Guard:
    if given.guard is not None:
        return given.guard
    bank = settings.bank
    return await asyncio.to_thread(
        Guard.create,
        bank.name,
        bank.hotline,
        canary=canary,
        operator_type=bank.operator_type,
        judged=bool(settings.judge.base_url),
    )


async def _keep_recovering(left: Recovery) -> None:
    """Close the turns that killed processes left open, at the start and for as long as this one lives."""
    while True:
        try:
            await left.recover(say("failed", "zh-Hans"))
        except Exception as error:
            _log.warning("turns_not_recovered", error=type(error).__name__)
        await asyncio.sleep(RECOVER_EVERY)


async def _keep_sweeping(rights: CustomerRights) -> None:
    """Once a day, and not in the moment of the start, when customers come back all at once."""
    wait = SWEEP_FIRST
    while True:
        await asyncio.sleep(wait)
        wait = SWEEP_EVERY
        try:
            if done := await rights.sweep():
                _log.info("retention_swept", n=done)
        except Exception as error:
            _log.error("retention_not_swept", error=type(error).__name__)


async def _seal_older(database: Database) -> None:
    """Records from before there were keys get them, beside the service's work."""
    try:
        done = await seal_older(database)
    except Exception as error:  # the next start goes on where this one ended
        _log.warning("records_not_sealed", error=type(error).__name__)
    else:
        if done:
            _log.info("records_sealed", n=done)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _shown_in(scripts: Scripts) -> Callable[[str, str], str]:
    return lambda text, language: scripts.show(text, "zh-Hant") if language == "zh-Hant" else text


def _tokens(settings: Settings, clock: Clock) -> Tokens:
    auth = settings.auth
    if auth.secret is not None:
        secret = auth.secret.get_secret_value()
    elif auth.demo:
        secret = demo_secret(settings.data_dir)
    else:
        raise ValueError("WENDA_AUTH__SECRET is not set (32 bytes or more), and this is no demo (WENDA_AUTH__DEMO)")
    return Tokens(secret, auth.audience, demo=auth.demo, visitor_hours=auth.visitor_hours, clock=clock)


def _enter_issuer(stack: AsyncExitStack, settings: Settings, clock: Clock) -> Issuer | None:
    auth = settings.auth
    if not auth.issuer:
        return None
    if not all(protected(url) for url in (auth.issuer, auth.jwks_url) if url):
        raise ValueError("WENDA_AUTH__ISSUER and WENDA_AUTH__JWKS_URL must be https (http only on this machine)")
    keys = SigningKeys(fetch_from(auth.issuer, auth.jwks_url), grace_s=auth.key_grace_s)
    stack.push_async_callback(keys.close)
    return Issuer(auth.issuer, auth.audience, keys, Claims(auth.tenant_claim, auth.roles_claim), clock=clock)


def _vault(settings: Settings) -> Vault | None:
    if settings.privacy.key is not None:
        return Vault(read_key(settings.privacy.key.get_secret_value()))
    return Vault(demo_key(settings.data_dir)) if settings.auth.demo else None


def _master_key(settings: Settings) -> bytes:
    """The setting's, else the data folder's own, which is made on the first start.

    Records that several hosts share need the setting: what one sealed under a key of its own, no other could read.
    """
    key = settings.privacy.key
    if key is None and settings.database.url and not settings.auth.demo:
        raise ValueError("WENDA_PRIVACY__KEY is not set (32 bytes in base64), and WENDA_DATABASE__URL is shared")
    return read_key(key.get_secret_value()) if key is not None else demo_key(settings.data_dir)


def _signing_seed(settings: Settings) -> bytes:
    """The setting's, else the data folder's own. Several hosts must sign alike: each would make a key that dies with
    it, and nobody could check what it signed."""
    key = settings.audit.signing_key
    if key is None and settings.database.url and not settings.auth.demo:
        raise ValueError("WENDA_AUDIT__SIGNING_KEY is not set (32 bytes in base64), and WENDA_DATABASE__URL is shared")
    return read_key(key.get_secret_value()) if key is not None else kept_key(settings.data_dir / "checkpoint_key")


def _limited(settings: Settings) -> bool:
    return settings.limits.enabled and not settings.auth.demo


def _rail_product(product: Product) -> RailProduct:
    return RailProduct(
        code=product.code or product.title, name=product.title, risk_level=product.risk_level, aliases=product.names
    )
