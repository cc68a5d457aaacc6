"""ragas' judged metrics over our judge: the formulas are ragas', the words Chinese, the verdicts bound in shape.

Needs the evaluation environment. What ragas leaves to luck is taken from it: statements are cut by the splitter and not
by the model, there are exactly as many verdicts as statements, and a value that is no number is an error.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # read at its import: it phones home

from ragas.embeddings.base import BaseRagasEmbedding
from ragas.llms.base import InstructorBaseRagasLLM
from ragas.metrics.collections import AnswerRelevancy, ContextPrecision, FactualCorrectness, Faithfulness
from ragas.metrics.collections.answer_relevancy.util import AnswerRelevanceOutput
from ragas.metrics.collections.context_precision.util import ContextPrecisionOutput
from ragas.metrics.collections.faithfulness.util import NLIStatementOutput, StatementFaithfulnessAnswer

from app.knowledge.embedding import Embedder
from eval.judge import prompts
from eval.judge.endpoint import CannotJudge, Endpoint, Spent
from eval.judge.judgement import Judged, Point
from eval.judge.samples import Sample
from eval.judge.shapes import answered, verdicts
from eval.judge.statements import statements_of

# Statements that one call judges; more only make a small model lose count.
_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Judge:
    """endpoint: the model. embedder: compares the asked question with the answered one. reason: most characters."""

    endpoint: Endpoint
    embedder: Embedder
    reason: int

    async def judge(self, metric: str, sample: Sample, seed: int) -> Judged:
        """One metric of one sample. Raises CannotJudge, never gives a value that is no number."""
        hearing = _Hearing(self, seed)
        try:
            value = await _METRICS[metric](hearing, sample)
        except CannotJudge as failure:
            return Judged(None, failure.code, str(failure), hearing.points, hearing.spent)
        if not math.isfinite(value):
            return Judged(None, "not_a_number", str(value), hearing.points, hearing.spent)
        return Judged(min(1.0, max(0.0, value)), "", "", hearing.points, hearing.spent)


@dataclass
class _Hearing(InstructorBaseRagasLLM):  # type: ignore[misc]
    """What ragas takes for its model, for one judgement: asks in our shapes and keeps every verdict with its reason."""

    judge: Judge
    seed: int
    points: list[Point] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)
    about: str = ""

    def generate(self, prompt: str, response_model: type[Any]) -> Any:
        raise NotImplementedError("only awaited calls are made")

    async def agenerate(self, prompt: str, response_model: type[Any]) -> Any:
        if response_model is ContextPrecisionOutput:
            (one,) = await self.hear(prompt, [self.about])
            return ContextPrecisionOutput(reason=one.reason, verdict=one.verdict)
        if response_model is AnswerRelevanceOutput:
            return await self._answered(prompt)
        raise NotImplementedError(f"{response_model.__name__} is not asked for here")

    async def hear(self, prompt: str, about: Sequence[str]) -> Sequence[Any]:
        given = await self.judge.endpoint.ask(prompt, verdicts(len(about), self.judge.reason), self._seed(), self.spent)
        self.points += [Point(text, one.verdict, one.reason) for text, one in zip(about, given, strict=True)]
        return given

    async def _answered(self, prompt: str) -> Any:
        given = await self.judge.endpoint.ask(prompt, answered(self.judge.reason), self._seed(), self.spent)
        told = "回答回避了问题" if given.noncommittal else "回答有实际内容"
        self.points.append(Point(given.question, 1 - given.noncommittal, f"{told}，它回答的是：{given.question}"))
        return AnswerRelevanceOutput(question=given.question, noncommittal=given.noncommittal)

    def _seed(self) -> int:
        """Calls of one judgement differ from each other, the same judgement made again does not."""
        return self.seed * 1000 + self.spent.calls


class _Meaning(BaseRagasEmbedding):  # type: ignore[misc]
    """Our embedder as ragas takes one; two questions are compared as questions."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__()
        self._embedder = embedder

    def embed_text(self, text: str, **_: Any) -> list[float]:
        raise NotImplementedError("only awaited calls are made")

    async def aembed_text(self, text: str, **_: Any) -> list[float]:
        return [float(value) for value in await self._embedder.embed_query(text)]

    async def aembed_texts(self, texts: list[str], **_: Any) -> list[list[float]]:
        return [await self.aembed_text(text) for text in texts]


class _Worded:
    """A prompt as ragas calls one, in our words."""

    def __init__(self, words: Callable[[Any], str]) -> None:
        self._words = words

    def to_string(self, data: Any) -> str:
        return self._words(data)


async def _verify(hearing: _Hearing, statements: Sequence[str], context: str) -> Any:
    held = []
    for at in range(0, len(statements), _AT_ONCE):
        some = statements[at : at + _AT_ONCE]
        given = await hearing.hear(prompts.supported(context, some), some)
        held += [
            StatementFaithfulnessAnswer(statement=text, reason=one.reason, verdict=one.verdict)
            for text, one in zip(some, given, strict=True)
        ]
    return NLIStatementOutput(statements=held)


class _Faithfulness(Faithfulness):  # type: ignore[misc]
    async def _create_statements(self, _question: str, response: str) -> list[str]:
        return statements_of(response)

    async def _create_verdicts(self, statements: list[str], context: str) -> Any:
        return await _verify(self.llm, statements, context)


class _FactualCorrectness(FactualCorrectness):  # type: ignore[misc]
    async def _decompose_claims(self, text: str) -> list[str]:
        return statements_of(text)

    async def _verify_claims(self, claims: list[str], reference: str) -> Any:
        return await _verify(self.llm, claims, reference)


class _ContextPrecision(ContextPrecision):  # type: ignore[misc]
    def __init__(self, hearing: _Hearing) -> None:
        super().__init__(llm=hearing)
        self.prompt = _Worded(self._ask)

    def _ask(self, data: Any) -> str:
        self.llm.about = data.context
        return prompts.useful(data.question, data.answer, data.context)


class _AnswerRelevancy(AnswerRelevancy):  # type: ignore[misc]
    def __init__(self, hearing: _Hearing) -> None:
        super().__init__(llm=hearing, embeddings=_Meaning(hearing.judge.embedder), strictness=1)
        self.prompt = _Worded(lambda data: prompts.answered(data.response))


async def _faithfulness(hearing: _Hearing, sample: Sample) -> float:
    metric = _Faithfulness(llm=hearing)
    return float((await metric.ascore(sample.question, sample.response, list(sample.contexts))).value)


async def _factual_correctness(hearing: _Hearing, sample: Sample) -> float:
    return float((await _FactualCorrectness(llm=hearing).ascore(sample.response, sample.reference)).value)


async def _context_precision(hearing: _Hearing, sample: Sample) -> float:
    metric = _ContextPrecision(hearing)
    return float((await metric.ascore(sample.question, sample.reference, list(sample.contexts))).value)


async def _answer_relevancy(hearing: _Hearing, sample: Sample) -> float:
    return float((await _AnswerRelevancy(hearing).ascore(sample.question, sample.response)).value)


_METRICS: Mapping[str, Callable[[_Hearing, Sample], Any]] = {
    "faithfulness": _faithfulness,
    "answer_relevancy": _answer_relevancy,
    "factual_correctness": _factual_correctness,
    "context_precision": _context_precision,
}
