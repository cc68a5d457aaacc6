"""Synonyms come from three sources, are found as the longest phrase, and change without a restart."""

from collections.abc import Sequence
from pathlib import Path

from app.knowledge.normalise import Normaliser
from app.knowledge.synonyms import SynonymBook, Thesaurus, parse

normalise = Normaliser()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_every_word_of_a_group_brings_the_others() -> None:
    thesaurus = Thesaurus([("打钱", "转账", "汇款"), ("打钱", "付款")])
    (meaning,) = thesaurus.find("怎么打钱给他")
    assert (meaning.start, meaning.end, meaning.phrase) == (2, 4, "打钱")
    assert meaning.others == ("转账", "汇款", "付款")
    assert thesaurus.find("汇款")[0].others == ("打钱", "转账")


def test_the_longest_phrase_wins_and_english_matches_whole_words() -> None:
    thesaurus = Thesaurus([("提前还", "提前还款"), ("提前还清", "提前结清"), ("fee", "手续费")])
    assert [one.phrase for one in thesaurus.find("提前还清可以吗")] == ["提前还清"]
    assert thesaurus.find("coffee") == []
    assert thesaurus.find("the fee?")[0].others == ("手续费",)


def test_lines_that_are_no_groups_are_skipped() -> None:
    lines = ["\ufeff# 说明", "打錢 = 转账", "只有一个词", " = ", "!门槛", "花呗＝分期"]
    assert parse(lines, normalise) == ([("打钱", "转账"), ("花呗", "分期")], {"门槛"})


async def test_the_shipped_groups_are_there_without_any_file() -> None:
    book = SynonymBook(normalise)
    assert "转账" in book.of("demo").find("打钱")[0].others


async def test_the_users_file_adds_removes_and_is_read_again(tmp_path: Path) -> None:
    file, clock = tmp_path / "synonyms.txt", Clock()
    book = SynonymBook(normalise, file, monotonic=clock)
    assert book.of("demo").find("搬钱") == []
    file.write_text("搬钱 = 转账\n!打钱\n", encoding="utf-8")
    assert book.of("demo").find("搬钱") == []
    clock.now = 5.0
    assert book.of("demo").find("搬钱")[0].others == ("转账",)
    assert book.of("demo").find("打钱") == []
    file.unlink()
    clock.now = 10.0
    assert book.of("demo").find("搬钱") == []
    assert book.of("demo").find("打钱")


async def test_each_tenant_has_its_own_groups() -> None:
    async def stored(tenant: str) -> Sequence[Sequence[str]] | None:
        return [["小金库", "活期存款"]] if tenant == "a" else None

    book = SynonymBook(normalise, stored=stored)
    for tenant in ("a", "b"):
        await book.refresh(tenant)
    assert book.of("a").find("小金库")[0].others == ("活期存款",)
    assert book.of("b").find("小金库") == []


async def test_a_failing_store_keeps_the_groups_before() -> None:
    answers: list[Sequence[Sequence[str]] | None] = [[["小金库", "活期存款"]]]

    async def stored(tenant: str) -> Sequence[Sequence[str]] | None:
        return answers.pop()

    book = SynonymBook(normalise, stored=stored)
    await book.refresh("a")
    await book.refresh("a")
    assert book.of("a").find("小金库")


def test_whom_one_speaks_to_may_stand_within_a_phrase() -> None:
    thesaurus = Thesaurus([("存在银行", "存款"), ("转账", "汇款")])
    (meaning,) = thesaurus.find("钱存在你们银行安全吗")
    assert (meaning.phrase, meaning.others) == ("存在你们银行", ("存款",))
    assert thesaurus.find("转你账") == []  # words of two characters are whole
