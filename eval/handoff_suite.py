"""Conversations for the hand-over, read from YAML: what the customer does, step by step, and whether a person is due.

One half may be looked at while tuning; the other stands in a file of its own and only ever counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from eval.cases import SUITES

NAME = "handoff"
FILES = (SUITES / f"{NAME}.yaml", SUITES / f"{NAME}_unseen.yaml")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Press(_Strict):
    """The page's buttons: `person` asks for one, `leave` leaves the queue."""

    press: Literal["person", "leave"]


class Down(_Strict):
    """Rates the last answer down; an empty comment is a rating only."""

    down: str


class Up(_Strict):
    up: str


Step = str | Press | Down | Up


class Due(_Strict):
    """A person is called at this entry of `says` (from 1), for this reason; "a|b" allows either."""

    turn: int = Field(ge=1)
    reason: str

    @property
    def reasons(self) -> frozenset[str]:
        return frozenset(self.reason.split("|"))


class Dialogue(_Strict):
    """kind: what it tries. person: None = nobody is to be called."""

    id: str
    kind: str
    says: tuple[Step, ...] = Field(min_length=1)
    person: Due | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Dialogue:
        if self.person is not None and self.person.turn > len(self.says):
            raise ValueError(f"{self.id}: the person is due after the last entry")
        if isinstance(self.says[0], (Down, Up)):
            raise ValueError(f"{self.id}: there is nothing to rate yet")
        return self


class DialogueFile(_Strict):
    kind: Literal["handoff"]
    as_of: date
    seen: bool
    dialogues: tuple[Dialogue, ...]


def load(paths: Sequence[Path] = FILES) -> list[DialogueFile]:
    """Raises ValidationError for a malformed file, ValueError for an id that occurs twice."""
    files = [DialogueFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in paths]
    ids = [dialogue.id for file in files for dialogue in file.dialogues]
    if len(set(ids)) != len(ids):
        raise ValueError("an id occurs twice")
    return files
