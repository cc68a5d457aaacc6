"""Drafts from documents are cases in form, of every kind; gaps and what agents resolved become drafts too."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import yaml

from eval.cases import Suite
from eval.drafts import KINDS, Source, drafted
from eval.imports import as_yaml, read_cases

TEXT = (
    "个人定期存款按下表计息。\n存期：1年；年利率：0.95%\n存期：2年；年利率：1.05%\n"
    "提前还款违约金为1%，当年不再计。贷款资金不得用于购买股票，也不得转借。起存金额为50元。"
)
SOURCES = [Source("products/loan.md", "个人贷款说明书", TEXT, date(2026, 7, 1))]


def test_every_kind_is_drafted_with_what_a_person_needs_to_confirm_it() -> None:
    cases = drafted(SOURCES)
    by_kind = {kind: [case for case in cases if case["tag"] == kind] for kind in KINDS}
    assert all(by_kind.values())
    assert by_kind["fact"][0]["question"] == "个人贷款的提前还款违约金是多少？"
    assert by_kind["fact"][0]["gold"] == [{"path": "products/loan.md", "contains": ["提前还款违约金", "1%"]}]
    assert by_kind["calculation"][0]["answer_facts"] == ["1000元"]
    assert (by_kind["table"][0]["question"], by_kind["table"][0]["answer_facts"]) == (
        "个人贷款里存期1年的年利率是多少？",
        ["0.95%"],
    )
    follow_up = by_kind["follow_up"][0]
    assert (follow_up["history"], follow_up["question"], follow_up["answer_facts"]) == (
        ["个人贷款里存期1年的年利率是多少？"],
        "那2年呢？",
        ["1.05%"],
    )
    assert by_kind["negation"][0]["question"] == "个人贷款，贷款资金可以用于购买股票吗？"
    assert (by_kind["removed"][0]["as_of"], by_kind["removed"][0]["expect"]) == (date(2026, 6, 30), "abstained")


def test_drafts_are_a_suite_once_confirmed() -> None:
    suite = Suite.model_validate(yaml.safe_load(as_yaml("mine", drafted(SOURCES), date(2026, 11, 26))))
    assert len({case.id for case in suite.cases}) == len(suite.cases) >= 6
    assert abs(sum(case.seen for case in suite.cases) * 2 - len(suite.cases)) <= 1


def test_gaps_and_what_agents_resolved_become_drafts_without_personal_data(tmp_path: Path) -> None:
    gaps = {
        "gaps": [
            {
                "question": "我手机13812345678能开通吗",
                "count": 3,
                "questions": [{"question": "我手机13812345678能开通吗"}, {"question": "怎么开通？"}],
            }
        ]
    }
    (tmp_path / "gaps.json").write_text(json.dumps(gaps), encoding="utf-8")
    (case,) = read_cases(tmp_path / "gaps.json")
    assert "13812345678" not in case["question"]
    assert (case["tag"], case["note"]) == ("gap", "asked 3 times; also: 怎么开通？")
    assert "# to be added: answer_facts, gold" in as_yaml("mine", [case])

    tickets = [
        {"resolution": "凭身份证到网点办理。", "summary": {"reusable_question": "怎么开通？"}},
        {"resolution": None, "question": "没有结果的"},
    ]
    (tmp_path / "tickets.json").write_text(json.dumps({"tickets": tickets}), encoding="utf-8")
    (resolved,) = read_cases(tmp_path / "tickets.json")
    assert (resolved["question"], resolved["reference"]) == ("怎么开通？", "凭身份证到网点办理。")
