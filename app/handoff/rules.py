"""The desk's rules of a tenant: the packaged ones, with what the tenant replaced."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

_PACKAGED = Path(__file__).with_name("rules.yaml")

Span = Annotated[tuple[time, time], Field(description="From, to (exclusive), Shanghai time.")]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
Seconds = Annotated[int, Field(gt=0, le=7 * 86400)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OpenHours(_Part):
    workday: Span | None
    holiday: Span | None


class Skill(_Part):
    id: Id
    name: Annotated[str, StringConstraints(min_length=1, max_length=20)]


class FirstResponse(_Part):
    P0: Seconds
    P1: Seconds
    P2: Seconds


class DeskRules(_Part):
    """rules.yaml says what each means."""

    hours: OpenHours
    special_days: dict[date, Span | None]
    skills: tuple[Skill, ...] = Field(min_length=1, max_length=50)
    skill_by_reason: dict[str, Id]
    skill_by_words: dict[Id, tuple[str, ...]]
    first_response_s: FirstResponse
    complaint_days: int = Field(ge=1, le=60)
    remind_after: float = Field(gt=0, lt=1)
    capacity: int = Field(ge=1, le=50)
    languages: tuple[Literal["zh-Hans", "zh-Hant", "en"], ...] = Field(min_length=1)
    callback_slots: int = Field(ge=0, le=24)
    callback_after_s: int = Field(ge=0, le=86400)
    least_measured: int = Field(ge=1, le=50)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        known = {skill.id for skill in self.skills}
        unknown = ({*self.skill_by_reason.values()} | {*self.skill_by_words}) - known
        if unknown:
            raise ValueError(f"没有这些技能：{'、'.join(sorted(unknown))}")
        for span in (self.hours.workday, self.hours.holiday, *self.special_days.values()):
            if span is not None and span[0] >= span[1]:
                raise ValueError("服务时间的开始须早于结束")
        return self

    def skill_ids(self) -> tuple[str, ...]:
        return tuple(skill.id for skill in self.skills)

    def skill_name(self, skill_id: str) -> str:
        return next((skill.name for skill in self.skills if skill.id == skill_id), skill_id)


@cache
def _packaged() -> Mapping[str, Any]:
    content: Mapping[str, Any] = yaml.safe_load(_PACKAGED.read_text(encoding="utf-8"))
    return content


def read_rules(own: Mapping[str, Any] | None = None) -> DeskRules:
    """own: the parts a tenant replaces, each as a whole. Raises pydantic's ValidationError when they make no sense."""
    return DeskRules.model_validate({**_packaged(), **(own or {})})
