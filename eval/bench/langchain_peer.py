"""The same turn the way LangChain's documentation teaches it: retriever, prompt, model, parser, one event a token.

`python -m eval.bench.langchain_peer --port P [--rails]`. The retriever is ours on both sides, so that only the rest
differs; there is no database and no event log here, and no rails. With --rails NeMo's LLMRails checks the question
before it is answered and the whole answer before it is shown, with one flow a policy (eval.bench.guard_flows).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import FastAPI, Request
from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnablePassthrough
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr
from sse_starlette import EventSourceResponse

from app.clock import business_date, utc_now
from app.generation.prompt import template
from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.knowledge.encoding import LAYOUT
from app.knowledge.passage import Scope
from app.knowledge.qdrant_edge import QdrantEdgeIndex
from app.knowledge.search import HybridSearch
from app.settings import Settings

if TYPE_CHECKING:
    from eval.bench.guard_flows import SeparateFlows


class Question(BaseModel):
    question: str


class PassageRetriever(BaseRetriever):
    """The service's own search as a LangChain retriever."""

    search: Any
    tenant: str
    top_k: int

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002 - the base class passes it
    ) -> list[Document]:
        scope = Scope(self.tenant, business_date(utc_now()))
        found = await self.search.find(query, scope, self.top_k)
        return [
            Document(scored.passage.text, metadata={"title": scored.passage.title, "section": scored.passage.section})
            for scored in found.passages
        ]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        raise NotImplementedError("asked only asynchronously")


def joined(documents: Sequence[Document]) -> str:
    return "\n\n".join(
        f"〔{number}〕《{document.metadata['title']} › {document.metadata['section']}》\n{document.page_content}"
        for number, document in enumerate(documents, 1)
    )


def build_chain(settings: Settings, retriever: PassageRetriever) -> Runnable[dict[str, str], str]:
    prompt = ChatPromptTemplate.from_messages(
        [
            ("system", template("answer").format(bank=settings.bank.name, language="简体中文", canary="")),
            ("user", template("question")),
        ]
    )
    model = ChatOpenAI(
        base_url=settings.llm.base_url,
        api_key=SecretStr("none"),
        model=settings.llm.model,
        temperature=settings.llm.temperature,
        max_completion_tokens=settings.llm.max_tokens,
        streaming=True,
    )
    evidence = itemgetter("question") | retriever | joined
    return RunnablePassthrough.assign(evidence=evidence) | prompt | model | StrOutputParser()


def create_peer(settings: Settings, rails: SeparateFlows | None = None) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, object]]:
        async with AsyncExitStack() as stack:
            index = QdrantEdgeIndex(settings.data_dir / "index", LAYOUT)
            stack.push_async_callback(index.close)
            await index.start()
            embedder = OnnxE5Embedder(settings.cache_dir / "models" / f"{settings.embedding.model}-int8")
            stack.push_async_callback(embedder.close)
            search = HybridSearch(embedder, index, settings.search, cache_dir=settings.cache_dir)
            retriever = PassageRetriever(search=search, tenant=settings.tenant, top_k=settings.search.top_k)
            yield {"chain": build_chain(settings, retriever)}

    app = FastAPI(lifespan=lifespan)

    @app.get("/ready")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/ask")
    async def ask(question: Question, request: Request) -> EventSourceResponse:
        chain: Runnable[dict[str, str], str] = request.state.chain

        async def tokens() -> AsyncIterator[dict[str, str]]:
            async for token in chain.astream({"question": question.question}):
                yield {"event": "token", "data": token}

        async def checked(rails: SeparateFlows) -> AsyncIterator[dict[str, str]]:
            if await rails.check_input(question.question):
                said = [token async for token in tokens()]
                if await rails.check_output(question.question, "".join(token["data"] for token in said)):
                    for token in said:
                        yield token

        return EventSourceResponse(tokens() if rails is None else checked(rails))

    return app


def separate_flows() -> SeparateFlows:
    from eval.bench.guard_flows import SeparateFlows  # NeMo takes seconds to import, and most runs have no rails

    return SeparateFlows()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.langchain_peer", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rails", action="store_true", help="NeMo's LLMRails before and after")
    given = parser.parse_args(arguments)
    app = create_peer(Settings(), separate_flows() if given.rails else None)
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1:])
