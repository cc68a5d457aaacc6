"""A turn as the records hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select

from app.store.records import Turn
from app.store.schema import TurnRow

TURN = [getattr(TurnRow, name) for name in Turn.__dataclass_fields__]
_FIND_TURN = select(*TURN).where(TurnRow.id == bindparam("turn"))


def turn_of(row: Mapping[Any, Any]) -> Turn:
    return Turn(**{name: row[name] for name in Turn.__dataclass_fields__})


def find_turn(connection: Connection, turn_id: str) -> Turn | None:
    row = connection.execute(_FIND_TURN, {"turn": turn_id}).one_or_none()
    return turn_of(row._mapping) if row else None
