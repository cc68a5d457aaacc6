"""Suites: questions with what a right answer must hold, read from YAML and checked before anything is asked.

Half of each suite is `seen` (may be looked at while tuning); the other half only measures. eval/suites/README.md tells
people who do not program how a case is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

SUITES = Path(__file__).parent / "suites"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Gold(_Strict):
    """A passage that answers: of the document at `path` (under the corpus), holding every snippet verbatim."""

    path: str
    contains: tuple[str, ...] = Field(min_length=1)


Ending = Literal["answered", "abstained", "refused", "handed_off"]


class CustomerProfile(_Strict):
    """What staff recorded of the customer who asks; None = not assessed."""

    tolerance: Literal["C1", "C2", "C3", "C4", "C5"] | None = None
    assessed_until: date | None = None
    birth_year: int | None = None


class Case(_Strict):
    """One question. history: earlier messages of the customer, asked first in the same conversation.

    answer_facts: all must be in the answer; "a|b" is satisfied by either. forbidden: none may be. as_of, expect:
    override the suite's. gold: any of these passages answers; gold_also: what one passage leaves open, any of these
    answers. reason: of a refusal or hand-over, "a|b" allows either. reference: a right answer in full, for comparing.
    profile: asked by a customer whom staff assessed so. note: for whoever reads the file.
    e2e, short: which part the end-to-end test uses it for, and whether its short run does.
    """

    id: str
    tag: str
    seen: bool
    question: str
    history: tuple[str, ...] = ()
    as_of: date | None = None
    profile: CustomerProfile | None = None
    reference: str = ""
    answer_facts: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    gold_also: tuple[Gold, ...] = ()
    forbidden: tuple[str, ...] = ()
    expect: Ending | None = None
    reason: str = ""
    note: str = ""
    e2e: Literal["answered", "absent", "follow_up"] | None = None
    short: bool = False

    @property
    def needs(self) -> tuple[tuple[Gold, ...], ...]:
        """What the answer must rest on: of each group any one passage."""
        return tuple(group for group in (self.gold, self.gold_also) if group)

    @property
    def reasons(self) -> frozenset[str]:
        return frozenset(self.reason.split("|")) if self.reason else frozenset()


class Suite(_Strict):
    """expect: how every turn of the suite should end. as_of: the day the questions are asked on."""

    name: str
    as_of: date
    expect: Ending
    cases: tuple[Case, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Suite:
        ids = [case.id for case in self.cases]
        if len(set(ids)) != len(ids):
            raise ValueError(f"{self.name}: an id occurs twice")
        for case in self.cases:
            ending = self.ending(case)
            if (ending == "answered") != bool(case.answer_facts and case.gold):
                raise ValueError(f"{case.id}: facts and gold belong to answerable questions, and to all of them")
            if case.gold_also and not case.gold:
                raise ValueError(f"{case.id}: gold_also comes after gold")
            if bool(case.reason) != (ending in ("refused", "handed_off")):
                raise ValueError(f"{case.id}: a reason belongs to a refusal or a hand-over, and to all of them")
        return self

    def day(self, case: Case) -> date:
        return case.as_of or self.as_of

    def ending(self, case: Case) -> Ending:
        return case.expect or self.expect


def suite_names(folder: Path = SUITES) -> list[str]:
    """Every suite of questions in the folder. Files of another shape (`kind:` names it) are left to their owners."""
    return [path.stem for path in sorted(folder.glob("*.yaml")) if "expect" in _read(path)]


def load_suites(names: Sequence[str] = (), folder: Path = SUITES) -> list[Suite]:
    """The named suites, or all. Raises FileNotFoundError for an unknown name, ValidationError for a malformed file."""
    return [Suite.model_validate(_read(folder / f"{name}.yaml")) for name in names or suite_names(folder)]


def _read(path: Path) -> dict[str, object]:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded if isinstance(loaded, dict) else {}
