"""Words that mean the same, in a form knowledge managers edit: one group a line, `打钱 = 转账 = 汇款`.

Three sources in this order: the shipped file, `synonyms.txt` in the data folder, and each tenant's own groups from the
knowledge page. Changes are picked up while the service runs; a broken line never takes the others with it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.knowledge.lexical import read_lines
from app.knowledge.normalise import Normaliser

_log = structlog.get_logger(__name__)

Stored = Callable[[str], Awaitable[Sequence[Sequence[str]] | None]]

_STALE_S = 5.0
_LATIN = re.compile(r"[a-z0-9]")
# Whom one speaks to or of may stand within a phrase without changing it: "存在你们银行", "存在银行".
_ASIDE = r"(?:[你您我咱他她]们?|[这那贵][家个]?)?"
_ASIDES = re.compile(_ASIDE)
_LOOSE_FROM = 3


@dataclass(frozen=True, slots=True)
class Meaning:
    """A phrase of a question and what else it may be called. start, end: characters of the normalised question."""

    start: int
    end: int
    phrase: str
    others: tuple[str, ...]


class Thesaurus:
    """Groups, ready to be found in normalised questions."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        others: dict[str, dict[str, None]] = {}
        for group in groups:
            for word in group:
                known = others.setdefault(word, {})
                known.update(dict.fromkeys(other for other in group if other != word))
        self._others: Mapping[str, tuple[str, ...]] = {word: tuple(known) for word, known in others.items() if known}
        longest_first = sorted(self._others, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(map(_bounded, longest_first))) if longest_first else None

    def find(self, text: str) -> list[Meaning]:
        """Phrases of a normalised text, leftmost and longest, never overlapping."""
        if self._pattern is None:
            return []
        return [
            Meaning(match.start(), match.end(), match.group(), others)
            for match in self._pattern.finditer(text)
            if (others := self._others.get(match.group()) or self._others.get(_ASIDES.sub("", match.group())))
        ]


def parse(lines: Iterable[str], normalise: Normaliser) -> tuple[list[tuple[str, ...]], set[str]]:
    """Groups of two and more words, and the words whose groups are taken away (`!词`). Other lines are skipped."""
    groups: list[tuple[str, ...]] = []
    removed: set[str] = set()
    for line in lines:
        text = line.strip().lstrip("\ufeff")
        if text.startswith("#"):
            continue
        if text.startswith(("!", "！")):
            removed.add(normalise(text[1:]))
            continue
        words = tuple(dict.fromkeys(word for part in re.split("[=＝]", text) if (word := normalise(part))))
        if len(words) > 1:
            groups.append(words)
    return groups, removed


class SynonymBook:
    """The thesaurus of each tenant. file: the user's own, may be absent. stored: a tenant's groups, or None.

    `of` never waits for a source: it answers with what it has and looks for news at most every five seconds.
    """

    def __init__(
        self,
        normalise: Normaliser,
        file: Path | None = None,
        stored: Stored | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._normalise, self._file, self._stored, self._monotonic = normalise, file, stored, monotonic
        self._shipped, _ = parse(read_lines("synonyms.txt"), normalise)
        self._own: tuple[list[tuple[str, ...]], set[str]] = ([], set())
        self._stamp: tuple[int, int] | None = None
        self._kept: dict[str, list[tuple[str, ...]]] = {}
        self._books: dict[str, Thesaurus] = {}
        self._looked: dict[str, float] = {}
        self._looking: set[asyncio.Task[None]] = set()

    def of(self, tenant: str) -> Thesaurus:
        now = self._monotonic()
        if now - self._looked.get(tenant, float("-inf")) >= _STALE_S:
            self._looked[tenant] = now
            self._read_file()
            if self._stored is not None:
                task = asyncio.get_running_loop().create_task(self.refresh(tenant))
                self._looking.add(task)
                task.add_done_callback(self._looking.discard)
        if tenant not in self._books:
            self._books[tenant] = self._bind(tenant)
        return self._books[tenant]

    async def refresh(self, tenant: str) -> None:
        """Read the tenant's stored groups now; on a failure the ones before stay."""
        if self._stored is None:
            return
        try:
            groups = await self._stored(tenant)
        except Exception as error:  # search must go on with yesterday's synonyms
            _log.warning("synonyms_not_read", error=type(error).__name__)
            return
        kept, _ = parse(("=".join(group) for group in groups or ()), self._normalise)
        if kept != self._kept.get(tenant, []):
            self._kept[tenant] = kept
            self._books.pop(tenant, None)

    def _bind(self, tenant: str) -> Thesaurus:
        own, removed = self._own
        shipped = [tuple(word for word in group if word not in removed) for group in self._shipped]
        return Thesaurus([*shipped, *own, *self._kept.get(tenant, ())])

    def _read_file(self) -> None:
        if self._file is None:
            return
        try:
            status = self._file.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp == self._stamp:
                return
            own = parse(self._file.read_text(encoding="utf-8").splitlines(), self._normalise)
        except FileNotFoundError:
            stamp, own = None, ([], set())
            if self._stamp is None:
                return
        except (OSError, UnicodeDecodeError) as error:
            _log.warning("synonyms_not_read", error=type(error).__name__)
            return
        self._stamp, self._own = stamp, own
        self._books.clear()


def _bounded(word: str) -> str:
    """English words match as whole words; Chinese has no word boundaries to ask for."""
    left = r"(?<![a-z0-9])" if _LATIN.match(word) else ""
    right = r"(?![a-z0-9])" if _LATIN.match(word[-1]) else ""
    if len(word) < _LOOSE_FROM or _LATIN.search(word):
        return left + re.escape(word) + right
    return _ASIDE.join(map(re.escape, word))
