"""XLSX: deposit rates, settlement fees, card limits, fund fees; values stored as numbers and shown by their format."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date

import openpyxl

from eval.cell_documents.layout import LEFT, UP, Layout, Shown, merges, settled


def _rate(value: float) -> Shown:
    return Shown(value, "0.00%")


def _whole(value: int) -> Shown:
    return Shown(value, "#,##0")


def _yuan(value: float) -> Shown:
    return Shown(value, '#,##0.00"元"')


def _day(year: int, month: int, day: int) -> Shown:
    return Shown(date(year, month, day), 'yyyy"年"m"月"d"日"')


DEPOSITS = {
    "整存整取": (
        Layout(
            "整存整取定期存款利率",
            [["期限", "起存金额（元）", "年利率", LEFT, LEFT], [UP, UP, "普通客户", "金卡客户", "白金客户"]],
            [
                ["三个月", _whole(50), _rate(0.0065), _rate(0.007), _rate(0.0075)],
                ["六个月", _whole(50), _rate(0.0085), _rate(0.009), _rate(0.0095)],
                ["一年", _whole(50), _rate(0.0095), _rate(0.0105), _rate(0.0115)],
                ["二年", _whole(50), _rate(0.0105), _rate(0.0115), _rate(0.0125)],
                ["三年", _whole(50), _rate(0.0125), _rate(0.014), _rate(0.0155)],
                ["五年", _whole(50), _rate(0.013), _rate(0.0145), _rate(0.016)],
            ],
            note="注：白金客户指月日均资产50万元以上的个人客户。",
        ),
    ),
    "大额存单": (
        Layout(
            "大额存单发行计划",
            [["期次", "期限", "起购金额（万元）", "年利率", "发行起始日", "可否转让"]],
            [
                ["2026年第一期", "一个月", _whole(20), _rate(0.009), _day(2026, 3, 2), "可转让"],
                ["2026年第二期", "六个月", _whole(20), _rate(0.0115), _day(2026, 3, 9), "可转让"],
                ["2026年第三期", "一年", _whole(30), _rate(0.0125), _day(2026, 4, 13), "不可转让"],
                ["2026年第四期", "二年", _whole(30), _rate(0.014), _day(2026, 5, 18), "不可转让"],
                ["2026年第五期", "三年", _whole(50), _rate(0.0165), _day(2026, 6, 22), "可转让"],
            ],
        ),
    ),
    "通知存款": (
        Layout(
            "通知存款利率",
            [["品种", "起存金额（万元）", "最低支取金额（万元）", "年利率"]],
            [
                ["一天通知存款", _whole(5), _whole(5), _rate(0.0045)],
                ["七天通知存款", _whole(5), _whole(5), _rate(0.0075)],
            ],
        ),
    ),
}

SETTLEMENT = {
    "转账汇款": (
        Layout(
            "个人跨行汇款手续费",
            [["每笔汇款金额", "手续费（元/笔）", LEFT, LEFT], [UP, "柜面", "网上银行", "手机银行"]],
            [
                ["2千元以下（含）", Shown(2, "0.00"), Shown(0, "0.00"), Shown(0, "0.00")],
                ["2千元至5千元（含）", Shown(5, "0.00"), Shown(2.5, "0.00"), Shown(0, "0.00")],
                ["5千元至1万元（含）", Shown(10, "0.00"), Shown(5, "0.00"), Shown(0, "0.00")],
                ["1万元至5万元（含）", Shown(15, "0.00"), Shown(7.5, "0.00"), Shown(4.5, "0.00")],
                ["5万元以上", "按0.03%收取，最高50元", "按0.015%收取，最高25元", "按0.01%收取，最高20元"],
            ],
            unit="单位：元",
        ),
        Layout(
            "境外汇款手续费",
            [["项目", "收费标准", "最低（元）", "最高（元）"]],
            [
                ["境外汇出汇款", "汇款金额的0.1%", _whole(30), _whole(260)],
                ["电讯费（港澳台）", "80元/笔", "", ""],
                ["电讯费（其他国家和地区）", "120元/笔", "", ""],
                ["汇款修改或撤销", "100元/笔", "", ""],
            ],
        ),
    ),
    "账户服务": (
        Layout(
            "个人账户服务收费",
            [["服务项目", "收费标准", "优惠", "适用客户"]],
            [
                ["存款证明", _yuan(20), "首份免费", "金卡及以上客户"],
                ["补打对账单", _yuan(5), "最近一年内免费", "全部客户"],
                ["书面挂失", _yuan(10), "代发工资客户免费", "全部客户"],
                ["短信通知", Shown(3, '0"元/月"'), "前三个月免费", "全部客户"],
                ["睡眠账户激活", _yuan(0), "", "全部客户"],
            ],
        ),
    ),
}

LIMITS = {
    "Sheet1": (
        Layout(
            "银行卡交易限额一览表",
            [
                ["账户类别", "网上银行", LEFT, "手机银行", LEFT, "自助设备（ATM）", LEFT],
                [UP, "单笔（万元）", "日累计（万元）", "单笔（万元）", "日累计（万元）", "单笔（元）", "日累计（元）"],
            ],
            [
                ["Ⅰ类户（普通）", _whole(50), _whole(100), _whole(20), _whole(50), _whole(5000), _whole(20000)],
                ["Ⅰ类户（私人银行）", _whole(500), _whole(2000), _whole(100), _whole(300), _whole(5000), _whole(50000)],
                ["Ⅱ类户", _whole(1), _whole(1), _whole(1), _whole(1), _whole(2000), _whole(10000)],
                [
                    "Ⅲ类户",
                    Shown(0.2, "0.0"),
                    Shown(0.2, "0.0"),
                    Shown(0.2, "0.0"),
                    Shown(0.2, "0.0"),
                    "不支持",
                    "不支持",
                ],
            ],
            note="注：Ⅱ类户年累计限额20万元，Ⅲ类户年累计限额5万元。",
        ),
    ),
}

FUNDS = {
    "费率": (
        Layout(
            "债券指数基金申购费率",
            [["申购金额（M）", "柜面申购费率", "手机银行申购费率"]],
            [
                ["M＜100万元", _rate(0.008), _rate(0.0008)],
                ["100万元≤M＜500万元", _rate(0.005), _rate(0.0005)],
                ["M≥500万元", "每笔1,000元", "每笔1,000元"],
            ],
        ),
        Layout(
            "债券指数基金赎回费率",
            [["持有天数", "赎回费率", "归入基金资产比例"]],
            [
                ["7天以内", _rate(0.015), Shown(1, "0%")],
                ["7天至30天", _rate(0.001), Shown(0.25, "0%")],
                ["30天以上", _rate(0), "—"],
            ],
        ),
    ),
}

BOOKS: Mapping[str, Mapping[str, Sequence[Layout]]] = {
    "个人存款利率表.xlsx": DEPOSITS,
    "结算业务收费标准.xlsx": SETTLEMENT,
    "银行卡交易限额.xlsx": LIMITS,
    "债券指数基金费率.xlsx": FUNDS,
}


def files() -> Mapping[str, bytes]:
    return {name: _workbook(sheets) for name, sheets in BOOKS.items()}


def _workbook(sheets: Mapping[str, Sequence[Layout]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, layouts in sheets.items():
        sheet = book.create_sheet(name)
        top = 1
        for layout in layouts:
            top = _place(sheet, layout, top) + 1
    buffer = io.BytesIO()
    book.save(buffer)
    return settled(buffer.getvalue())


def _place(sheet: openpyxl.worksheet.worksheet.Worksheet, layout: Layout, top: int) -> int:
    """The layout from this row on; gives the row below it."""
    grid = layout.grid
    sheet.cell(top, 1, layout.title)
    sheet.merge_cells(start_row=top, start_column=1, end_row=top, end_column=len(grid[0]))
    top += 1
    if layout.unit:
        sheet.cell(top, 1, layout.unit)
        top += 1
    for down, row in enumerate(grid):
        for across, value in enumerate(row):
            if isinstance(value, Shown):
                cell = sheet.cell(top + down, across + 1, value.value)
                cell.number_format = value.code
            elif value not in (LEFT, UP, ""):
                sheet.cell(top + down, across + 1, value)
    for row_at, column, high, wide in merges(grid):
        first = top + row_at
        sheet.merge_cells(start_row=first, start_column=column + 1, end_row=first + high - 1, end_column=column + wide)
    top += len(grid)
    if layout.note:
        sheet.cell(top, 1, layout.note)
        top += 1
    return top
