"""The model that reads what claims ask for: it is the one that the alarm's weights were fitted on, it is taught on
nothing that is counted, and where it is absent the words stand alone only if another server embeds."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest

from app.alarms.asking import ASKING_CHANGES
from app.alarms.model import shipped
from app.composition import ModelMissing
from app.composition.searching import enter_asking_reader
from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.settings import Settings
from deploy.local.embedding_model import reader_name
from eval import claim_lessons
from eval.alarms import COUNTED, FILES, LEARNED, pairs

ASKED = "新车贷款首付比例不低于多少"
ALIKE, ELSE = "买新车办贷款，自己先要付车价的多少", "二手车贷款首付比例不低于多少"


def test_the_weights_were_fitted_on_the_reader_that_is_shipped() -> None:
    assert shipped().reader == reader_name(ASKING_CHANGES)


async def test_it_was_taught_to_tell_what_is_asked_whatever_the_words() -> None:
    models = Settings().cache_dir / "models"
    if not (models / shipped().reader / "manifest.json").exists():
        pytest.skip("the reader is not in the cache: python -m deploy.local.embedding_model")
    ahead = {}
    for name in (shipped().reader, "multilingual-e5-small-int8"):
        reader = OnnxE5Embedder(models / name)
        asked, alike, other = reader.encode_queries([ASKED, ALIKE, ELSE])
        await reader.close()
        assert np.linalg.norm(asked) == pytest.approx(1, abs=1e-3)
        ahead[name] = float(asked @ alike - asked @ other)
    taught, untaught = ahead.values()
    assert taught > max(untaught, 0.0)


async def test_without_it_the_service_does_not_start_unless_another_server_embeds(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(ModelMissing):
            await enter_asking_reader(stack, Settings(_env_file=None, cache_dir=tmp_path), shipped().reader)
        elsewhere = Settings(_env_file=None, cache_dir=tmp_path, embedding={"base_url": "http://embedder:8080/v1"})
        assert await enter_asking_reader(stack, elsewhere, shipped().reader) is None


def test_nothing_that_is_counted_is_taught_or_fitted() -> None:
    counted = {name for half in COUNTED for name in FILES[half]}

    assert not counted & {name for half in LEARNED for name in FILES[half]}


@pytest.mark.parametrize("half", range(len(claim_lessons.READERS)))
def test_a_family_is_fitted_as_a_reader_reads_it_that_never_saw_it(half: int) -> None:
    taught = claim_lessons.taught(half)
    known = {(pair.half, pair.family) for pair in taught}
    learned = [pair for which in claim_lessons.FITTED for pair in pairs(which)]
    fitted = {(pair.half, pair.family) for pair in learned if claim_lessons.half_of(pair) == half}

    assert {pair.half for pair in taught} == {"told", *claim_lessons.FITTED}
    assert {which for which, _ in fitted} == set(claim_lessons.FITTED)
    assert not known & fitted


def test_lessons_are_the_likeliest_pairs_of_a_passage() -> None:
    told = [pair for pair in pairs("told") if pair.family == 0]

    (rows,) = claim_lessons.lessons(told)

    contradicting = [pair for pair in told if pair.true and pair.kind not in ("wording", "permission")]
    same = [row for row in rows if row["same"] and row["weight"] == 1]
    assert 0 < len(same) <= len(contradicting)
    assert any(not row["same"] for row in rows)
    assert all(row[name].startswith("query: ") for row in rows for name in ("a", "b", "plain_a", "plain_b"))
    assert all(len(row["others"]) <= 3 for row in rows)


def test_what_contradicts_in_words_teaches_no_figure() -> None:
    worded = [pair for pair in pairs("told") if pair.kind == "wording"][:40]

    rows = [row for family in claim_lessons.lessons(worded) for row in family]

    assert rows
    assert not any(row["same"] for row in rows)
