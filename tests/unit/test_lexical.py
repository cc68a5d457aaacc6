"""Terms of texts: stable ids, the field's words, BM25's shape."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.knowledge.lexical import Names, Segmenter, pairs, passage_weights, placed_pairs, sparse, term_id
from tests.fakes import shared_segmenter


@pytest.fixture(scope="module")
def segment() -> Segmenter:
    return shared_segmenter()


def test_terms_have_the_same_id_in_every_process() -> None:
    assert term_id("转账") == 3167927853
    assert 0 <= term_id("贷款") < 2**32


def test_search_mode_gives_a_long_word_and_the_words_in_it(segment: Segmenter) -> None:
    assert {"转账限额", "转账", "限额"} <= set(segment("手机银行转账限额"))


def test_words_of_the_field_stay_whole(segment: Segmenter) -> None:
    assert "业绩比较基准" in segment("本产品业绩比较基准为")


def test_the_compiled_dictionary_is_kept_in_our_cache_and_not_where_others_write(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from app.knowledge.lexical import Segmenter; "
        "print(*Segmenter(Path(sys.argv[1]))('业绩比较基准'))"
    )
    cache, others = tmp_path / "cache", tmp_path / "others"
    others.mkdir()
    command = [sys.executable, "-c", script, str(cache)]
    for _ in "once", "again":
        done = subprocess.run(command, env={**os.environ, "TMPDIR": str(others)}, capture_output=True, check=True)
        assert "业绩比较基准" in done.stdout.decode().split()
        assert [path.name for path in cache.rglob("*") if path.is_file()] == ["jieba.cache"]
        assert list(others.iterdir()) == []


def test_rare_words_surprise_more_than_common_ones(segment: Segmenter) -> None:
    assert segment.surprise("保管箱") > segment.surprise("银行") > segment.surprise("的")


def test_pairs_never_cross_a_border_and_keep_numbers_whole() -> None:
    assert pairs("年费,100元 r2级") == ["年费", "100", "元", "r2", "级"]
    assert placed_pairs("a 转账额") == [(0, "a"), (2, "转账"), (3, "账额")]


def test_longer_passages_weigh_a_word_less_and_repetition_saturates() -> None:
    short, long = passage_weights(["转账"] * 2, 100), passage_weights(["转账"] * 2 + ["词"] * 200, 100)
    once = passage_weights(["转账"], 100).values[0]
    assert max(long.values) != pytest.approx(max(short.values))
    assert short.values[0] > long.values[long.indices.index(term_id("转账"))]
    assert once < passage_weights(["转账"] * 10, 100).values[0] < once * 3


def test_sparse_vectors_have_each_id_once_in_order() -> None:
    vector = sparse({"转账": 1.0, "限额": 2.0})
    assert list(vector.indices) == sorted({term_id("转账"), term_id("限额")})
    assert dict(zip(vector.indices, vector.values, strict=True))[term_id("限额")] == 2.0


def test_names_are_found_with_the_shorter_names_in_them_and_replaced_whole() -> None:
    names = Names(["稳盈固收", "稳盈固收90天", "卡"])
    assert names.find("买稳盈固收90天的卡") == ["稳盈固收90天", "稳盈固收"]
    assert "卡" not in names
    names.replace(["天天稳"])
    assert names.find("买稳盈固收") == []
