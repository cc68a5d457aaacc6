"""Every object of the running service, in order; they are taken down in the opposite one."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from app.alarms.claims import ClaimReader
from app.alarms.conflicts import ConflictFinder
from app.alarms.foresight import Foresight
from app.alarms.freezes import FreezeBoard
from app.alarms.impact import ImpactView
from app.alarms.lessons import Lessons
from app.alarms.likeness import Likeness
from app.alarms.notices import Notices
from app.api.dependencies import Services
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
from app.chat.words import fixed
from app.clock import Clock, business_date
from app.composition.chores import cancel, keep_recovering, keep_sweeping, seal_records
from app.composition.credentials import enter_issuer, make_tokens, make_vault, signing_seed
from app.composition.replacements import Replacements, new_id
from app.composition.searching import enter_asking_reader, enter_readers, enter_search, load_embedder
from app.composition.stores import enter_index, enter_library, enter_records
from app.evaluation.running import EvaluationRuns
from app.generation.contrast import VllmContrast
from app.generation.judge import VllmJudge
from app.generation.quote import QuoteGenerator
from app.generation.vllm import VllmGenerator
from app.handoff.desk import Desk
from app.handoff.feed import DeskFeed
from app.identity import Bearers
from app.knowledge.catalogue import Product
from app.knowledge.hindsight import Hindsight
from app.knowledge.lexical import keep_dictionary
from app.knowledge.shelf import Shelf
from app.settings import Settings
from app.store import Conversations, Customers, EventLog, Freezes, Gaps, Reliance, Synonyms, Tickets, database_url
from app.store.backlog import Backlog
from app.store.desk import DeskRecords
from app.store.lessons import LessonRecords
from app.store.marks import ReadMarks
from app.store.notices import NoticeRecords
from app.store.recovery import Recovery
from app.store.rights import CustomerRights, Retention
from app.store.sealed import SealedMessages
from app.store.service_figures import ServiceRecords
from app.store.snapshot import Snapshots
from app.tracing import NoTracing, Tracing
from guardrails import Guard, read_brief
from guardrails import Product as RailProduct

SHUTDOWN_PATIENCE = 10.0
# Where the evaluation stands beside the service, if it does.
_ROOT = Path(__file__).resolve().parents[2]


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
        loading_embedder = asyncio.create_task(load_embedder(settings, given))
        index = await enter_index(stack, settings, given)
        records = await enter_records(stack, settings, clock)
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
        searching = await enter_search(stack, settings, given, index, synonyms, await loading_embedder)
        guard = await loading_guard
        if searching.embedder is not None:
            await enter_readers(stack, settings, guard, searching.search)

        def tell(products: Sequence[Product]) -> None:
            guard.replace_catalogue([_rail_product(product) for product in products])
            searching.learn_names(name for product in products for name in product.names)

        library = await enter_library(stack, settings, given, records, index, searching.cut)
        shelf = Shelf(lambda: library.titles_in_force(settings.tenant), (tell,))
        await shelf.start()
        stack.push_async_callback(shelf.stop)

        hindsight = Hindsight(searching.search, records.documents.editions)
        finder = given.conflicts or ConflictFinder(await asyncio.to_thread(ClaimReader, settings.cache_dir))
        if searching.embedder is not None:
            finder = finder.over(await enter_asking_reader(stack, settings, finder.reads_with))
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

        vault = make_vault(settings)
        tokens = make_tokens(settings, clock)
        bearers = Bearers(tokens, enter_issuer(stack, settings, clock))
        tracing = _enter_tracing(stack, settings)
        vllm = VllmGenerator(settings.llm, settings.bank.name, canary=canary, tracing=tracing, on_usage=metrics.tokens)
        stack.push_async_callback(vllm.close)
        judge = VllmJudge(settings.judge, read_brief(), tracing=tracing) if settings.judge.base_url else None
        if judge is not None:
            stack.push_async_callback(judge.close)
        contrast = VllmContrast(settings.review, tracing=tracing) if settings.review.base_url else None
        if contrast is not None:
            stack.push_async_callback(contrast.close)
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
        seed = await asyncio.to_thread(signing_seed, settings)
        checkpoints = CheckpointExport(database, Signer(seed), audit.checkpoints_dir, audit.checkpoint_every_s, clock)
        checkpoints.start()
        stack.push_async_callback(checkpoints.stop)
        sealing = asyncio.create_task(seal_records(database), name="sealing")
        stack.push_async_callback(cancel, sealing)
        retention = Retention(settings.retention.conversation_days, settings.retention.suitability_years)
        rights = CustomerRights(database, retention, clock)
        sweeping = asyncio.create_task(keep_sweeping(rights), name="retention")
        stack.push_async_callback(cancel, sweeping)
        recovery = asyncio.create_task(
            keep_recovering(Recovery(database, log, conversations, records.worker, clock)), name="recovery"
        )
        stack.push_async_callback(cancel, recovery)
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
            conflicts=finder,
            impact=ImpactView(
                searching.search,
                index,
                library,
                conversations,
                finder,
                top_k=settings.search.top_k,
                golden_file=settings.data_dir / "golden.yaml",
                contrast=contrast,
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
        own=fixed(),
    )


def _shown_in(scripts: Scripts) -> Callable[[str, str], str]:
    return lambda text, language: scripts.show(text, "zh-Hant") if language == "zh-Hant" else text


def _limited(settings: Settings) -> bool:
    return settings.limits.enabled and not settings.auth.demo


def _rail_product(product: Product) -> RailProduct:
    return RailProduct(
        code=product.code or product.title, name=product.title, risk_level=product.risk_level, aliases=product.names
    )
