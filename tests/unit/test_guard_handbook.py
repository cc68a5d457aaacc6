"""Every decision can be explained: whatever id a verdict names is in the handbook, with its law and its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import guardrails
from guardrails import Evidence, Guard, Product, Release
from guardrails.handbook import read_checks
from guardrails.numbers.lock import CAUSES
from guardrails.rules import RuleError

FOLDER = Path(guardrails.__file__).parent


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard.create("示范银行", "400-000-0000", [Product("WY-R2-01", "稳盈固收90天", "R2")])


def test_every_id_written_in_the_code_is_in_the_handbook(guard: Guard) -> None:
    known = {note.id for note in guard.handbook}
    for path in FOLDER.rglob("*.py"):
        for name in re.findall(r'"((?:in|out)\.[a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8")):
            assert name in known, f"{path.name}: {name}"


def test_every_cause_of_the_number_lock_and_kind_of_personal_data_is_explained(guard: Guard) -> None:
    code = "".join(
        (FOLDER / "numbers" / f"{name}.py").read_text(encoding="utf-8") for name in ("lock", "labels", "circumstances")
    )
    causes = set(re.findall(r'Unsupported\([^()]*(?:\[[0-9]\])?, "(\w+)"\)', code))
    causes |= set(re.findall(r'return (?:[^"\n]+, )?"(\w+)"\n', code)) & set(CAUSES)
    assert causes == set(CAUSES)
    for cause in causes:
        reason = "wrong_entity" if cause == "product" else "unsupported_number"
        assert guard.handbook.get(f"out.{reason}.{cause}") is not None, cause
    masking = [path.read_text(encoding="utf-8") for path in (FOLDER / "personal").glob("*.py")]
    kinds = {kind for text in masking for kind in re.findall(r'Found\("(\w+)"', text)}
    assert len(kinds) >= 7
    assert [kind for kind in kinds if guard.handbook.get(f"out.pii_leak.{kind}") is None] == []


def test_every_entry_has_its_law_its_words_and_a_reply(guard: Guard) -> None:
    for note in guard.handbook:
        assert note.catches, note.id
        assert note.source, note.id
        assert note.reply, note.id
        assert note.kind != "rule" or note.matches, note.id


async def test_a_span_tells_what_was_read_behind_a_disguise(guard: Guard) -> None:
    verdict = await guard.check_input("我 要 投 诉 你们")
    assert "投诉" in verdict.spans[0].read_as
    release = Release("保本吗", (Evidence("本产品不保本。"),))
    blocked = guard.check_release("亻呆本亻呆息，请放心购买。", release)
    assert any("保本" in span.read_as for span in blocked.spans)


def test_a_check_without_a_source_is_refused(tmp_path: Path) -> None:
    entry = "- {id: x, catches: c, direction: input, reason: r, action: refuse, severity: 1, reply: p}\n"
    (tmp_path / "checks.yaml").write_text(entry, encoding="utf-8")
    with pytest.raises(RuleError, match="source"):
        read_checks(tmp_path)
