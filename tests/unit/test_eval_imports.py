"""Cases drafted from tables and conversations: masked, numbered, and honest about what they lack."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import yaml

from eval.cases import Suite
from eval.imports import CannotImport, as_yaml, read_cases

ROWS = [
    ["问题", "要点", "出处", "应当", "原因", "前文"],
    ["那白金卡呢？", "800元；免收", "products/xinyongka.md：主卡年费；800元", "回答", "", "金卡年费多少？"],
    ["我手机13812345678，要投诉", "", "", "转人工", "complaint", ""],
]


def written(folder: Path, suffix: str) -> Path:
    path = folder / f"cases{suffix}"
    if suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in ROWS:
            book.active.append(row)
        book.save(path)
    else:
        path.write_text("\n".join(",".join(row) for row in ROWS), encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_table_becomes_a_suite_that_can_be_measured(tmp_path: Path, suffix: str) -> None:
    text = as_yaml("mine", read_cases(written(tmp_path, suffix)), date(2026, 11, 26))
    suite = Suite.model_validate(yaml.safe_load(text))
    first, second = suite.cases
    assert (first.history, first.answer_facts) == (("金卡年费多少？",), ("800元", "免收"))
    assert (first.gold[0].path, first.gold[0].contains) == ("products/xinyongka.md", ("主卡年费", "800元"))
    assert (suite.ending(second), second.reason) == ("handed_off", "complaint")
    assert "13812345678" not in text
    assert [case.seen for case in suite.cases] == [True, False]


def test_a_conversation_becomes_cases_with_their_history_and_says_what_is_missing(tmp_path: Path) -> None:
    messages = [
        {"role": "customer", "text": "金卡年费多少？我的卡号6222021234567890128"},
        {"role": "bot", "status": "answered", "reason": "", "text": "每年200元。", "citations": []},
        {"role": "customer", "text": "转人工"},
        {"role": "bot", "status": "handed_off", "reason": "explicit_human", "text": "好的。", "citations": []},
    ]
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"id": "x", "messages": messages}, ensure_ascii=False))
    first, second = read_cases(path)
    assert (first["expect"], second["expect"], second["reason"]) == ("answered", "handed_off", "explicit_human")
    assert second["history"] == [first["question"]]
    text = as_yaml("talk", [first, second])
    assert "6222021234567890128" not in text
    assert text.count("# to be added: answer_facts, gold") == 1


@pytest.mark.parametrize(("name", "content"), [("a.csv", "x,y\n1,2"), ("a.json", "{}"), ("a.txt", "x")])
def test_what_is_no_list_of_cases_is_refused(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(CannotImport):
        read_cases(tmp_path / name)
