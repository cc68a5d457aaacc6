"""Rows packed into integers add up to what they add up to one by one."""

from hypothesis import given
from hypothesis import strategies as st

from guardrails.tallies import Tallies

ROW = st.lists(st.integers(-65_535, 65_535), min_size=3, max_size=3)


@given(st.dictionaries(st.sampled_from("abcdefgh"), ROW), st.lists(st.sampled_from("abcdefghxy"), max_size=40))
def test_packed_rows_add_up_as_rows_do(rows: dict[str, list[int]], names: list[str]) -> None:
    known = [rows[name] for name in names if name in rows]
    expected = [sum(column) for column in zip(*known, strict=True)] if known else None
    assert Tallies(rows, 3).add_up(names) == expected
