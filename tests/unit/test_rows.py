"""Packed rows are the rows: whatever their words, pages and width."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.blocks import Row
from ingestion.rows import packed_rows

CELLS = st.text(alphabet=st.sampled_from("甲乙0.5%元 \n,\x1e\x1f😀"), max_size=6)


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    width = draw(st.integers(0, 4))
    page = st.none() | st.integers(1, 3)
    row = st.builds(Row, st.tuples(*[CELLS] * width), page)
    return draw(st.lists(row, max_size=6))


@given(tables())
def test_packed_rows_are_the_same_by_place_from_the_end_in_slices_and_in_order(rows: list[Row]) -> None:
    packed = packed_rows(rows)
    assert list(packed) == rows
    assert len(packed) == len(rows)
    assert [packed[at] for at in range(-len(rows), len(rows))] == rows * 2
    assert list(packed[1:-1]) == rows[1:-1]
    assert packed == tuple(rows)


def test_a_place_beyond_the_last_row_is_none() -> None:
    packed = packed_rows([Row(("年费", "10元"), 1)])
    for at in (1, -2):
        try:
            packed[at]
        except IndexError:
            continue
        raise AssertionError(at)


def test_packed_rows_hold_little_more_than_their_words() -> None:
    words = [(f"业务{at}之{at % 7}", f"{at % 9}元", f"0.{at % 97}%", "按笔收取") for at in range(5_000)]
    letters = sum(len(cell) for row in words for cell in row)
    tracemalloc.start()
    try:
        packed = packed_rows([Row(row, 1) for row in words])
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Two bytes a Chinese letter, and a separator a cell and an end a row beside them.
    assert held < 2 * (letters + 4 * len(packed)) + 8 * len(packed) + 4_096


@pytest.mark.parametrize("across", [True, False, None])
def test_packed_rows_keep_what_is_known_of_their_merges(across: bool | None) -> None:
    packed = packed_rows([Row(("甲", "甲"), None, across), Row(("乙", "丙"), None, False)])
    assert [row.across for row in packed] == [across, False]
