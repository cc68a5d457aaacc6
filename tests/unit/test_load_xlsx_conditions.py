"""Values that a conditional format takes out of sight are left out and told; those it only colours are read."""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl.formatting.rule import CellIsRule, FormulaRule, Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat

from ingestion.blocks import Loaded, Table
from ingestion.load import load
from tests.fixtures.office_files import fill, workbook

HEADER = ["业务", "项目", "收费"]
ROWS = [["银行卡", "工本费", 5], ["银行卡", "年费", 0], ["存折", "挂失费", 10], ["存折", "补登", 0.5]]
WHITE, RED = Font(color="FFFFFFFF"), Font(color="FFFF0000")
NOTHING = DifferentialStyle(numFmt=NumberFormat(numFmtId=200, formatCode=";;;"))


def read(*rules: tuple[str, Any], painted: bool = False) -> Loaded:
    def build(book: Any) -> None:
        sheet = book.active
        fill(sheet, 1, 1, [HEADER, *ROWS])
        if painted:
            sheet["C3"].fill = PatternFill("solid", fgColor="FF203864")
        for place, rule in rules:
            sheet.conditional_formatting.add(place, rule)

    return load("a.xlsx", workbook(build))


def cells(loaded: Loaded) -> list[tuple[str, ...]]:
    (table,) = loaded.blocks
    assert isinstance(table, Table)
    return [row.cells for row in table.rows]


def hidden(loaded: Loaded) -> list[str]:
    assert {item.code for item in loaded.left_out} <= {"hidden_text"}
    return [item.text for item in loaded.left_out]


@pytest.mark.parametrize(
    ("rule", "gone"),
    [
        (CellIsRule(operator="equal", formula=["0"], font=WHITE), ["0"]),
        (CellIsRule(operator="lessThan", formula=["1"], font=WHITE), ["0", "0.5"]),
        (CellIsRule(operator="between", formula=["4", "10"], font=WHITE), ["5", "10"]),
        (CellIsRule(operator="notBetween", formula=["0", "5"], font=WHITE), ["10"]),
        (CellIsRule(operator="equal", formula=["$C$4"], font=WHITE), ["10"]),
        (FormulaRule(formula=["C2=0"], font=WHITE), ["0"]),
        (FormulaRule(formula=['$B2="挂失费"'], font=WHITE), ["10"]),
        (Rule(type="cellIs", operator="equal", formula=["0"], dxf=NOTHING), ["0"]),
        (CellIsRule(operator="equal", formula=["0"], font=RED), []),
        (CellIsRule(operator="equal", formula=["0"], font=WHITE, fill=PatternFill(bgColor="FFC00000")), []),
        (CellIsRule(operator="equal", formula=["0"], font=RED, fill=PatternFill(bgColor="FFFF0000")), ["0"]),
        (CellIsRule(operator="equal", formula=["7"], font=WHITE), []),
    ],
)
def test_a_value_goes_where_its_condition_holds(rule: Any, gone: list[str]) -> None:
    loaded = read(("C2:C5", rule))
    assert hidden(loaded) == gone
    assert [row[2] for row in cells(loaded)] == ["" if text in gone else text for text in ("5", "0", "10", "0.5")]
    assert loaded.warnings == ()


def test_white_letters_on_a_painted_cell_are_read() -> None:
    assert hidden(read(("C2:C5", CellIsRule(operator="equal", formula=["0"], font=WHITE)), painted=True)) == []


def test_the_first_rule_that_holds_decides() -> None:
    red, white = (CellIsRule(operator="lessThan", formula=["1"], font=font) for font in (RED, WHITE))
    assert hidden(read(("C2:C5", red), ("C2:C5", white))) == []
    red, white = (CellIsRule(operator="lessThan", formula=["1"], font=font) for font in (RED, WHITE))
    assert hidden(read(("C2:C5", white), ("C2:C5", red))) == ["0", "0.5"]


def test_a_name_put_out_of_sight_because_it_repeats_the_one_above_stays() -> None:
    loaded = read(("A2:A5", FormulaRule(formula=["A2=A1"], font=WHITE)))
    assert hidden(loaded) == []
    assert [row[0] for row in cells(loaded)] == ["银行卡", "银行卡", "存折", "存折"]


def test_a_text_is_hidden_by_what_it_contains() -> None:
    rule = Rule(type="containsText", operator="containsText", text="补", formula=['NOT(ISERROR(SEARCH("补",B2)))'])
    rule.dxf = DifferentialStyle(font=WHITE)
    assert hidden(read(("B2:B5", rule))) == ["补登"]


def test_a_condition_that_only_a_spreadsheet_program_can_tell_is_told() -> None:
    loaded = read(("C2:C5", FormulaRule(formula=["AND(C2>1,ISNUMBER(B2))"], font=WHITE)))
    assert hidden(loaded) == []
    assert [notice.code for notice in loaded.warnings] == ["conditional_hiding"]
