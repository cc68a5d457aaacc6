"""What a document tells about a person is named to its editor and approver, and the notice itself does not tell it."""

from __future__ import annotations

import pytest

from app.knowledge.preparing import Metadata
from ingestion.reader import read

# Numbers with the right check digits that belong to nobody.
IDENTITY, CARD, MOBILE = "11010519491231002X", "6222020000000000018", "13800138000"


def noted(path: str, text: str) -> list[str]:
    told = read(path, text.encode(), Metadata(), lambda _: None)
    return [one["title"] for one in told["warnings"] if one["code"] == "personal_data"]


def test_kinds_are_counted_and_the_first_one_is_masked() -> None:
    (title,) = noted("a.md", f"# 案例\n\n客户证件号{IDENTITY}，手机{MOBILE}。\n\n联系人另留{MOBILE[:-1]}1。")
    assert "手机号 2 处、身份证号 1 处" in title
    assert not any(number in title for number in (IDENTITY, MOBILE))


def test_a_cell_is_read_with_its_columns_name() -> None:
    (title,) = noted("名单.csv", "姓名,护照号,卡号\n甲,E12345678,无\n乙,无," + CARD + "\n")
    assert "护照号 1 处" in title
    assert "银行卡号 1 处" in title


def test_a_cell_over_several_columns_is_one_and_a_category_is_read() -> None:
    table = f"<table><tr><th>甲</th><th>乙</th></tr><tr><td colspan=2>客户{MOBILE}</td></tr></table>"
    (title,) = noted("a.html", f"<html><body><h1>名单</h1>{table}</body></html>")
    assert "手机号 1 处" in title
    assert noted("faq.csv", f"question,answer,category\n年费多少,金卡200元,客户{MOBILE}\n")


@pytest.mark.parametrize(
    "text",
    [
        "客服热线400-000-0000，反诈专线96110，网点电话010-88880000。",
        "来信请寄示范市中心路100号示范大厦，邮箱service@example.com。",
        "定期存款三年期年利率1.55%，1万元起存，产品代码WY-R2-01，备案编号C1234567890123。",
        "请妥善保管密码，密码为6位数字；登录密码：6-12位字母或数字。",
        "统一社会信用代码：911101087109286539。",
    ],
)
def test_what_belongs_to_the_bank_is_nobodys(text: str) -> None:
    assert noted("a.md", f"# 说明\n\n{text}") == []
