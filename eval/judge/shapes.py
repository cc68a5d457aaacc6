"""What a judge may write: one line of JSON whose every character is bound, so that nothing else can be generated.

A shape is a regular expression for the server's decoder and a reader for what comes back. The reason stands before the
verdict: a model that has to say why first judges better than one that explains what it has already said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

Held = TypeVar("Held")
# No quote, escape or line break: the string ends where it must, and no loop of blanks can fill the answer.
_CHARACTER = r'[^"\\\n\r\t]'


def line(least: int, most: int) -> str:
    """A string of so many characters, its quotes included."""
    return f'"{_CHARACTER}{{{least},{most}}}"'


class Verdict(BaseModel):
    """reason: why, in the judge's own words. verdict: 1 = yes, 0 = no."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=1)
    verdict: int = Field(ge=0, le=1)


class Answered(BaseModel):
    """question: what an answer answers. noncommittal: 1 = it evades."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(min_length=1)
    noncommittal: int = Field(ge=0, le=1)


class Garbled(Exception):
    """What came back has not the shape: the server does not bind its decoder, or ended early."""


class Shape(Generic[Held]):
    """pattern: what the decoder is bound to. most_tokens: enough for the longest text that fits the pattern."""

    def __init__(self, pattern: str, kind: Any, most_characters: int) -> None:
        self.pattern = pattern
        # A tokenizer without Chinese words needs up to two tokens a character.
        self.most_tokens = 2 * most_characters
        self._kind: TypeAdapter[Held] = TypeAdapter(kind)

    def read(self, text: str) -> Held:
        """Raises Garbled."""
        if not re.fullmatch(self.pattern, text.strip()):
            raise Garbled(text[:80])
        try:
            return self._kind.validate_python(json.loads(text))
        except (ValueError, ValidationError) as failure:
            raise Garbled(text[:80]) from failure


def verdicts(count: int, reason: int) -> Shape[Sequence[Verdict]]:
    """Exactly so many verdicts. reason: most characters of each reason."""
    one = f'\\{{"reason":{line(2, reason)},"verdict":[01]\\}}'
    pattern = f"\\[{','.join([one] * count)}\\]"
    return Shape(pattern, list[Verdict], count * (reason + 26) + 2)


def answered(longest: int) -> Shape[Answered]:
    pattern = f'\\{{"question":{line(2, longest)},"noncommittal":[01]\\}}'
    return Shape(pattern, Answered, longest + 36)
