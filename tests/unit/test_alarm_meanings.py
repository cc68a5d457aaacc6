"""Words by meaning where two claims are compared: what is near, what is unknown, and that no side comes first."""

from __future__ import annotations

import numpy as np
import pytest

from app.alarms.alignment import FEATURES, features
from app.alarms.claims import ClaimReader
from app.alarms.meanings import Meanings, shipped
from app.alarms.nearness import FEATURES as MEANT
from app.alarms.nearness import nearness
from app.knowledge.passage import Passage
from app.settings import Settings


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return ClaimReader(Settings(_env_file=None).cache_dir)


def test_a_word_is_nearer_to_one_of_like_meaning_than_to_another() -> None:
    booking, reserving, rate = shipped().of(["预约", "预订", "利率"])
    assert booking @ reserving > booking @ rate + 0.2


def test_a_word_that_the_table_lacks_is_read_by_its_characters_and_one_without_any_means_nothing() -> None:
    table = Meanings(["甲", "乙", "丙"], np.array([[10, 0], [0, 10], [-10, 0]], np.int8))
    both, none = table.of(["甲乙", "xyz"])
    assert both == pytest.approx([2**-0.5, 2**-0.5])
    assert not none.any()


def test_rewording_leaves_claims_nearer_than_another_subject(reader: ClaimReader) -> None:
    (base,) = reader.read(_passage("预约管理办法", "提取金条须提前3个工作日预约。"))
    (reworded,) = reader.read(_passage("金条问答", "要取走金条，请提前5个工作日预订。"))
    (other,) = reader.read(_passage("金条问答", "银章定制须8个工作日交货。"))
    share = MEANT.index("own_share_more")
    near, far = (nearness(base, one, reader.meanings)[share] for one in (reworded, other))
    assert near < far


def test_features_are_the_same_from_either_side(reader: ClaimReader) -> None:
    (one,) = reader.read(_passage("转账价格表", "柜台跨行转账每笔收取手续费10元。"))
    (other,) = reader.read(_passage("转账问答", "在网点办理跨行汇款，手续费为每笔15元。"))
    there, back = (features(*pair, reader.senses, reader.meanings) for pair in ((one, other), (other, one)))
    assert there == pytest.approx(back, abs=1e-5)
    assert len(there) == len(FEATURES)


def _passage(title: str, text: str) -> Passage:
    return Passage(text, text, 1, 0, "demo", "product", title, "", text, text, approved=True)
