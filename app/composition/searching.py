"""The embedder and the search over it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from app.alarms.asking import AskingReader
from app.composition.replacements import Replacements
from app.knowledge.difference import Cut
from app.knowledge.embedding import Embedder
from app.knowledge.found import Search
from app.knowledge.index import KnowledgeIndex
from app.knowledge.search import HybridSearch
from app.settings import Settings
from app.store import Synonyms
from guardrails import Guard

if TYPE_CHECKING:
    from app.knowledge.embedding_onnx import OnnxE5Embedder
    from app.knowledge.embedding_openai import OpenAIEmbedder
    from app.knowledge.rail_reader import RailReader


_log = structlog.get_logger(__name__)


class ModelMissing(RuntimeError):
    """A packaged model is not in the cache folder: `python -m deploy.local.embedding_model` makes it."""


@dataclass(frozen=True, slots=True)
class Searching:
    """search, who wants to know the products' names, a question that shows that embedding works, what cuts Chinese
    text into words, and the embedder (None when a search was given instead)."""

    search: Search
    learn_names: Callable[[Iterable[str]], None]
    try_embedding: Callable[[], Awaitable[object]]
    cut: Cut = list
    embedder: Embedder | None = None


async def load_embedder(settings: Settings, given: Replacements) -> OnnxE5Embedder | OpenAIEmbedder | None:
    """Raises ModelMissing when the packaged embedding model has not been prepared."""
    return None if given.search is not None else await asyncio.to_thread(_open_embedder, settings)


async def enter_search(
    stack: AsyncExitStack,
    settings: Settings,
    given: Replacements,
    index: KnowledgeIndex,
    synonyms: Synonyms,
    embedder: OnnxE5Embedder | OpenAIEmbedder | None,
) -> Searching:
    if embedder is None:
        assert given.search is not None
        return Searching(given.search, lambda _: None, _nothing)
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
    return Searching(search, search.learn_names, lambda: embedder.embed_query("您好"), search.cut, embedder)


async def enter_readers(stack: AsyncExitStack, settings: Settings, guard: Guard, search: Search) -> None:
    """What the rails read messages and sentences with beside their wording.

    Raises ModelMissing when a reader has not been prepared; where another server embeds nothing packaged need be there,
    and the wording stands alone.
    """
    assert isinstance(search, HybridSearch)
    try:
        readers = [await asyncio.to_thread(open_reader, settings, name, search.plain) for name in guard.readers]
    except ModelMissing:
        _may_be_missing(settings, "rails_read_wording_alone")
        return
    hearing, reading = readers
    for reader in (hearing, reading):
        stack.push_async_callback(reader.close)
    search.hear_with(hearing.read)
    guard.read_meanings(reading.read_now)


async def enter_asking_reader(stack: AsyncExitStack, settings: Settings, name: str) -> AskingReader | None:
    """What the conflict alarm reads claims with beside their words: the model of that name, which its weights fit.

    Raises ModelMissing as enter_readers does; None where the words stand alone.
    """
    try:
        embedder = await asyncio.to_thread(_open_packaged, settings, name)
    except ModelMissing:
        _may_be_missing(settings, "conflicts_read_by_words_alone")
        return None
    stack.push_async_callback(embedder.close)
    asking = AskingReader(embedder)
    stack.push_async_callback(asking.stop)
    return asking


def open_reader(settings: Settings, name: str, plain: Callable[[str], str]) -> RailReader:
    """The rails' reader of that name. Raises ModelMissing."""
    from app.knowledge.rail_reader import RailReader  # loads the runtime

    return RailReader(_packaged(settings, name), plain)


def _may_be_missing(settings: Settings, event: str) -> None:
    """Where another server embeds, nothing packaged need be there."""
    if not settings.embedding.base_url:
        raise ModelMissing()
    _log.warning(event, missing="python -m deploy.local.embedding_model")


def _open_embedder(settings: Settings) -> OnnxE5Embedder | OpenAIEmbedder:
    if settings.embedding.base_url:
        from app.knowledge.embedding_openai import OpenAIEmbedder

        return OpenAIEmbedder(settings.embedding)
    return _open_packaged(settings, f"{settings.embedding.model}-int8")


def _open_packaged(settings: Settings, name: str) -> OnnxE5Embedder:
    from app.knowledge.embedding_onnx import OnnxE5Embedder  # loads the runtime

    return OnnxE5Embedder(_packaged(settings, name), threads=2)


def _packaged(settings: Settings, name: str) -> Path:
    """The folder of a model that deploy.local.embedding_model makes. Raises ModelMissing."""
    folder = settings.cache_dir / "models" / name
    if not (folder / "manifest.json").exists():
        raise ModelMissing()
    return folder


async def _nothing() -> None:
    """There is no embedder to try."""
