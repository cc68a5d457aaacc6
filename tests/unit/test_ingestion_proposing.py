"""What a document says about itself, and that a person's word wins."""

from __future__ import annotations

from datetime import date

import pytest

from app.knowledge.preparing import Metadata
from ingestion.load import load
from ingestion.proposing import propose
from ingestion.structure import recognise


def proposed(text: str, path: str = "a.md", said: Metadata | None = None) -> tuple[Metadata, list[str]]:
    loaded = load(path, text.encode())
    metadata, notices = propose(path, loaded, recognise(loaded), said or Metadata())
    return metadata, [notice.code for notice in notices]


def test_a_product_sheet_proposes_everything_and_says_so() -> None:
    text = (
        "# 稳盈一号说明书\n\n产品代码：WY-R2-01\n\n"
        "风险等级：R2（中低风险），自2026年7月1日起执行，有效期至2027年6月30日。"
    )
    metadata, notices = proposed(text)
    assert metadata == Metadata(
        kind="product",
        title="稳盈一号说明书",
        product_code="WY-R2-01",
        risk_level="R2",
        valid_from=date(2026, 7, 1),
        valid_to=date(2027, 6, 30),
    )
    assert notices == ["proposed_product_code", "proposed_risk_level", "proposed_valid_from", "proposed_valid_to"]


def test_codes_and_levels_are_found_in_tables() -> None:
    metadata, _ = proposed("# 某产品\n\n| 项目 | 内容 |\n|---|---|\n| 产品代码 | WY001 |\n| 风险等级 | R3 |\n")
    assert (metadata.product_code, metadata.risk_level) == ("WY001", "R3")


def test_what_a_person_said_is_kept_and_a_contradiction_is_shown() -> None:
    said = Metadata(title="人写的", risk_level="R1", product_code="X1", valid_from=date(2026, 1, 1))
    metadata, notices = proposed("# 另一个\n\n产品代码：Y2\n\n风险等级：R4，自2026年7月1日起施行。", said=said)
    assert (metadata.title, metadata.risk_level, metadata.product_code) == ("人写的", "R1", "X1")
    assert metadata.valid_from == date(2026, 1, 1)
    assert notices == ["risk_level_differs"]


def test_two_answers_are_no_answer() -> None:
    metadata, notices = proposed(
        "# 比较\n\n风险等级：R2。\n\n风险等级：R4。\n\n自2025年1月1日起执行；自2026年1月1日起执行。"
    )
    assert (metadata.risk_level, metadata.valid_from, notices) == (None, None, [])


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("本办法自二〇二六年十月二十一日起施行。", date(2026, 10, 21)),
        ("生效日期：2026-03-05", date(2026, 3, 5)),
        ("自 2026 年 2 月 30 日起施行。", None),
        ("自2026年1月1日起计算利息。", None),
    ],
)
def test_days_are_read_in_both_scripts(text: str, day: date | None) -> None:
    assert proposed(f"# 某某管理办法\n\n{text}")[0].valid_from == day


@pytest.mark.parametrize(
    ("text", "path", "kind"),
    [
        ("# 理财产品管理办法\n\n第一条 总则。", "a.md", "regulation"),
        ("# 适当性要点\n\n依据：《金融机构产品适当性管理办法》。", "a.md", "regulation"),
        ("# 定期存款\n\n产品代码：DQ001。依据《储蓄管理条例》。", "a.md", "product"),
        ("问题,答案\n甲？,乙。\n", "a.csv", "faq"),
    ],
)
def test_the_kind_is_proposed(text: str, path: str, kind: str) -> None:
    assert proposed(text, path)[0].kind == kind


def test_the_file_names_a_document_without_headings() -> None:
    assert proposed("只有正文，没有标题。", "目录/收费公告.md")[0].title == "收费公告"
