"""Wenda as LangChain parts: a retriever over the chat's own search, and a chat model that is one whole turn.

For LangChain and ragas users; the service's hot path does not come through here. Both keep every rail and filter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForLLMRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from app.events import Event
from app.knowledge.found import Search
from app.knowledge.passage import Scope
from guardrails import Message

Ask = Callable[[str, Sequence[Message]], Awaitable[AsyncIterator[Event]]]

_ROLES = {"human": "customer", "ai": "bot"}


class WendaRetriever(BaseRetriever):
    """Approved, valid passages for a query; metadata carries id, title, section, version, score and `sufficient`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Search
    scope: Callable[[], Scope]
    top_k: int = 4

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return asyncio.run(self._find(query))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        return await self._find(query)

    async def _find(self, query: str) -> list[Document]:
        found = await self.search.find(query, self.scope(), self.top_k)
        return [
            Document(
                id=scored.passage.id,
                page_content=scored.passage.text,
                metadata={
                    "passage_id": scored.passage.id,
                    "document_id": scored.passage.document_id,
                    "version": scored.passage.version,
                    "title": scored.passage.title,
                    "section": scored.passage.section,
                    "score": scored.score,
                    "sufficient": found.sufficient,
                },
            )
            for scored in found.passages
        ]


class WendaChatModel(BaseChatModel):
    """The product as a chat model. `ask` starts a turn from the last message and the earlier ones and returns its
    events; the turn's JSON answer is in `response_metadata["wenda"]`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    ask: Ask

    @property
    def _llm_type(self) -> str:
        return "wenda"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return asyncio.run(self._agenerate(messages, stop, None, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        turn: dict[str, Any] = {}
        async for event in await self._start(messages):
            if event.type == "turn.completed":
                turn = dict(event.data["turn"])
        message = AIMessage(content=turn.get("text", ""), response_metadata={"wenda": turn})
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for event in await self._start(messages):
            if event.type == "answer.delta":
                yield ChatGenerationChunk(message=AIMessageChunk(content=event.data["text"]))
            elif event.type == "turn.completed":
                chunk = AIMessageChunk(content="", response_metadata={"wenda": dict(event.data["turn"])})
                yield ChatGenerationChunk(message=chunk)

    async def _start(self, messages: Sequence[BaseMessage]) -> AsyncIterator[Event]:
        *earlier, last = messages
        history = [Message(_ROLES[m.type], str(m.content)) for m in earlier if m.type in _ROLES]
        return await self.ask(str(last.content), history)
