"""The database behind an asyncio face: writes in order on writer threads, reads on a small pool of threads.

On SQLite one thread owns the only writing connection and commits whatever has queued up in one transaction, so that
"database is locked" cannot happen inside a process and many small writes share one commit. On PostgreSQL, which does
this itself, several writers run one transaction each. The event loop never waits for a disk or a lock.

Durability: a write that returned survives `kill -9`. A write with `durable=True` (closing a turn, tickets, approvals,
audit) has also reached the disk; on SQLite the many small events of a running answer have not until the next durable
write, which carries every earlier one with it. PostgreSQL is durable at every commit.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from app.errors import Overloaded
from app.store.migrations import migrate
from app.store.sealing import Keyring, keys_at_hand

T = TypeVar("T")
Work = Callable[[Connection], T]

BATCH = 128
# How long a commit may wait for company (seconds): the events of answers that run side by side then share it. Nobody
# sees it in the middle of an answer; a write that somebody waits for ends the wait for all.
WINDOW = 0.01
POSTGRES_WRITERS = 8
ATTEMPTS = 3
# What a connection remembers of its `PRAGMA synchronous`: setting it again would cost every commit a statement.
_LEVEL = "wenda_synchronous"


class _Job(Generic[T]):
    __slots__ = ("durable", "error", "future", "loop", "patient", "result", "work")

    def __init__(self, work: Work[T], durable: bool, patient: bool, loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.durable = durable
        self.patient = patient
        self.loop = loop
        self.future: asyncio.Future[T] = loop.create_future()
        self.result: T | None = None
        self.error: BaseException | None = None

    def deliver(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
            # The caller may have gone (a customer who left); the failure is then nobody's to collect.
            self.future.exception()
        else:
            self.future.set_result(self.result)  # type: ignore[arg-type]


class Database:
    """url: an SQLAlchemy URL (`sqlite:///…` or `postgresql://…`). Call open() before use and close() after.

    keyring: under its keys personal text is sealed; None = it is kept as it is. page_cache_mib: what each connection to
    SQLite may keep of the file.

    A function given to write() may run more than once (its transaction can be rolled back because of a neighbour in
    the same commit, a deadlock or a lost connection): it must change nothing but the database.
    """

    def __init__(
        self,
        url: str,
        *,
        readers: int = 3,
        window_s: float = WINDOW,
        keyring: Keyring | None = None,
        page_cache_mib: int = 16,
    ) -> None:
        self.keyring = keyring
        self._page_cache_mib = page_cache_mib
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        self._url = parsed
        self._readers = readers
        self._batch = BATCH if self.sqlite else 1
        self._writers = 1 if self.sqlite else POSTGRES_WRITERS
        self._queue: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._urgent = threading.Event()
        self._window_s = window_s
        self._threads: list[threading.Thread] = []
        self._write_engine: Engine | None = None
        self._read_engine: Engine | None = None
        self._pool: ThreadPoolExecutor | None = None

    async def open(self) -> None:
        """Connect, migrate to the newest schema, start the threads."""
        await asyncio.to_thread(self._open)

    def _open(self) -> None:
        if self.sqlite:
            if self._url.database:
                Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
            self._write_engine = _sqlite_engine(self._url, "BEGIN IMMEDIATE", 1, self._page_cache_mib)
            self._read_engine = _sqlite_engine(self._url, "BEGIN", self._readers, self._page_cache_mib)
        else:
            engine = create_engine(
                self._url, pool_size=self._writers + self._readers, max_overflow=0, pool_pre_ping=True
            )
            self._write_engine = engine
            # Without it every statement of a read would see what was committed since the one before.
            self._read_engine = engine.execution_options(isolation_level="REPEATABLE READ")
        migrate(self._write_engine)
        if self.keyring is not None:
            with self._write_engine.connect() as connection:
                self.keyring.check(connection)
        self._pool = ThreadPoolExecutor(self._readers, thread_name_prefix="wenda-read")
        for number in range(self._writers):
            thread = threading.Thread(target=self._write_forever, name=f"wenda-write-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    async def close(self) -> None:
        """Finish every write already accepted, then close the connections."""
        for _ in self._threads:
            self._queue.put(None)
        self._urgent.set()
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        for engine in (self._write_engine, self._read_engine):
            if engine is not None:
                engine.dispose()

    def submit(self, work: Work[T], *, durable: bool = False, patient: bool = False) -> asyncio.Future[T]:
        """Queue a write; the future resolves after its commit, whether or not anyone still awaits it.

        patient: the commit may wait up to window_s seconds for others to join it.
        """
        if not self._threads:
            raise Overloaded(code="database_closed")
        job: _Job[T] = _Job(work, durable, patient and self._batch > 1, asyncio.get_running_loop())
        self._queue.put(job)
        if not job.patient:
            self._urgent.set()
        return job.future

    async def write(self, work: Work[T], *, durable: bool = False) -> T:
        """Run `work` in a transaction; returns once it is committed. Cancelling the caller does not undo it."""
        return await asyncio.shield(self.submit(work, durable=durable))

    async def empty_journal(self) -> None:
        """SQLite: what was deleted leaves the write-ahead log too, as far as no reader still needs it."""
        if self.sqlite and self._pool is not None:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._empty_journal)

    def _empty_journal(self) -> None:
        assert self._read_engine is not None
        with self._read_engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.close()

    async def read(self, work: Work[T]) -> T:
        """Run `work` on a reading connection with one consistent view of everything committed before."""
        if self._pool is None:
            raise Overloaded(code="database_closed")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, work)

    def _read(self, work: Work[T]) -> T:
        assert self._read_engine is not None
        with self._read_engine.connect() as connection, keys_at_hand(self.keyring, connection):
            return work(connection)

    def _write_forever(self) -> None:
        assert self._write_engine is not None
        while True:
            job = self._queue.get()
            if job is None:
                return
            if job.patient:
                self._urgent.wait(self._window_s)
            # Before the queue is emptied: what is put there later says so again.
            self._urgent.clear()
            jobs = [job]
            closing = False
            while len(jobs) < self._batch:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    closing = True
                    break
                jobs.append(following)
            self._commit(jobs)
            _deliver(jobs)
            if closing:
                return

    def _commit(self, jobs: list[_Job[Any]]) -> None:
        """All in one transaction; if any fails, each in its own, so that only the guilty one fails."""
        try:
            self._transact(jobs)
        except BaseException as error:
            if len(jobs) == 1:
                self._retry(jobs[0], error)
                return
            for job in jobs:
                try:
                    self._transact([job])
                except BaseException as own:
                    self._retry(job, own)

    def _retry(self, job: _Job[Any], error: BaseException) -> None:
        for _ in range(ATTEMPTS - 1):
            if not _passing(error):
                break
            try:
                self._transact([job])
                return
            except BaseException as again:
                error = again
        job.error = error

    def _transact(self, jobs: list[_Job[Any]]) -> None:
        assert self._write_engine is not None
        with self._write_engine.connect() as connection:
            if self.sqlite:
                level = "FULL" if any(job.durable for job in jobs) else "NORMAL"
                if connection.info.get(_LEVEL) != level:
                    cursor = connection.connection.cursor()
                    cursor.execute(f"PRAGMA synchronous={level}")
                    cursor.close()
                    connection.info[_LEVEL] = level
            with connection.begin(), keys_at_hand(self.keyring, connection):
                for job in jobs:
                    job.result = job.work(connection)


def _deliver(jobs: list[_Job[Any]]) -> None:
    loops = {id(job.loop): job.loop for job in jobs}
    for key, loop in loops.items():
        own = [job for job in jobs if id(job.loop) == key]

        def deliver(own: list[_Job[Any]] = own) -> None:
            for job in own:
                job.deliver()

        try:
            loop.call_soon_threadsafe(deliver)
        except RuntimeError:  # the loop closed while its last writes were committed
            continue


def _passing(error: BaseException) -> bool:
    """A fault that another attempt can outlive: a lost connection, a deadlock, a serialisation failure, a lock."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    return state in ("40001", "40P01", "23505") or "database is locked" in str(error.orig)


def _sqlite_engine(url: Any, begin: str, size: int, page_cache_mib: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": 10},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # Transactions begin where we say, not where the driver guesses.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.execute(f"PRAGMA cache_size=-{page_cache_mib * 1024}")
        # What is deleted is overwritten: an erased key must not stay behind in a free page.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def database_url(url: str, data_dir: Path) -> str:
    """The configured URL, or SQLite in the data folder."""
    return url or f"sqlite:///{data_dir / 'wenda.db'}"
