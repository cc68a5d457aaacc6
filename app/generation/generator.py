"""The Generator protocol: a question and its evidence in, a stream of text out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.knowledge.passage import Passage

GeneratorName = Literal["vllm", "quote", "rule"]
Language = Literal["zh-Hans", "zh-Hant", "en"]


@dataclass(frozen=True, slots=True)
class Request:
    """question: what the customer wrote; standalone: the same, understandable without the conversation.

    history: (role, text) pairs, oldest first, already masked. evidence: best first.
    standing: the search's score of each passage, where it is known. understood: the question as the search understood
    it, where that differs. synonyms: groups of a phrase of the question and others for the same.
    """

    question: str
    standalone: str
    evidence: Sequence[Passage]
    history: Sequence[tuple[str, str]] = ()
    language: Language = "zh-Hans"
    standing: Sequence[float] = ()
    understood: str = ""
    synonyms: Sequence[Sequence[str]] = ()


class GenerationFailed(Exception):
    """The model is absent, too slow or broken; the caller falls back. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Generator(Protocol):
    name: GeneratorName

    def stream(self, request: Request) -> AsyncIterator[str]:
        """Pieces of text as they come. Closing the iterator aborts the work upstream.

        Raises GenerationFailed before or between pieces.
        """
