"""DOCX: loans, credit cards, insurance; headings, merged table cells and footers as Word users make them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import docx

from eval.cell_documents.layout import LEFT, UP, Layout, merges, settled

LOANS = (
    Layout(
        "个人贷款执行利率",
        [["贷款品种", "1年期", "1至5年期（含）", "5年期以上", "最高成数"]],
        [
            ["首套住房按揭贷款", "—", "3.05%", "3.15%", "85%"],
            ["二套住房按揭贷款", "—", "3.35%", "3.45%", "75%"],
            ["商用房贷款", "—", "3.80%", "4.10%", "50%"],
            ["装修分期贷款", "3.60%", "3.90%", "—", "100%"],
            ["新能源汽车贷款", "3.20%", "3.40%", "—", "80%"],
            ["经营性抵押贷款", "3.10%", "3.30%", "3.55%", "70%"],
        ],
        note="执行利率按合同签订日公布的贷款市场报价利率加减点确定。",
    ),
    Layout(
        "提前还款违约金",
        [["已还款期数", "违约金", LEFT], [UP, "住房按揭贷款", "装修分期贷款"]],
        [
            ["未满12期", "提前还款金额的1.0%", "剩余本金的3.0%"],
            ["满12期未满36期", "提前还款金额的0.5%", "剩余本金的2.0%"],
            ["满36期及以上", "免收", "剩余本金的1.0%"],
        ],
    ),
    Layout(
        "抵押物评估费",
        [["评估价值", "评估费率", "承担方"]],
        [
            ["100万元以下", "0.35%", "银行"],
            ["100万元至500万元", "0.25%", "银行"],
            ["500万元至1000万元", "0.15%", "借款人"],
            ["1000万元以上", "0.10%", "借款人"],
        ],
    ),
)

CREDIT_CARDS = (
    Layout(
        "信用卡年费",
        [["卡片等级", "年费（元/年）", LEFT, "免年费条件"], [UP, "主卡", "附属卡", UP]],
        [
            ["普卡", "100", "50", "年刷卡满3次"],
            ["金卡", "200", "100", "年刷卡满6次"],
            ["白金卡", "680", "300", "年消费满8万元"],
            ["无限卡", "3600", "1800", "年消费满50万元"],
        ],
    ),
    Layout(
        "账单分期手续费率",
        [["分期期数", "每期费率", LEFT], [UP, "普卡、金卡", "白金卡及以上"]],
        [
            ["3期", "0.90%", "0.80%"],
            ["6期", "0.75%", "0.65%"],
            ["12期", "0.66%", "0.55%"],
            ["24期", "0.68%", "0.58%"],
        ],
    ),
    Layout(
        "其他收费",
        [["项目", "境内", "境外"]],
        [
            ["预借现金手续费", "取现金额的1%，最低10元", "取现金额的3%，最低30元"],
            ["卡片挂失", "40元/卡", "40元/卡"],
            ["紧急替代卡", "—", "155美元/卡"],
            ["补寄账单", "5元/期", "5元/期"],
        ],
    ),
)

INSURANCE = (
    Layout(
        "年交保费表（每10万元基本保额）",
        [["投保年龄", "男性（元）", LEFT, "女性（元）", LEFT], [UP, "10年交", "20年交", "10年交", "20年交"]],
        [
            ["0至17周岁", "620", "350", "580", "330"],
            ["18至30周岁", "1,150", "640", "1,060", "600"],
            ["31至40周岁", "1,780", "990", "1,620", "910"],
            ["41至50周岁", "2,660", "1,480", "2,390", "1,340"],
            ["51至55周岁", "3,520", "不承保", "3,140", "不承保"],
        ],
    ),
    Layout(
        "等待期与给付比例",
        [["保险责任", "等待期", "给付比例", "给付次数"]],
        [
            ["重大疾病", "180天", "100%", "1次"],
            ["中症疾病", "180天", "60%", "2次"],
            ["轻症疾病", "90天", "30%", "3次"],
            ["身故", "无", "返还已交保费", "1次"],
        ],
    ),
)

DOCUMENTS: Mapping[str, tuple[str, str, Sequence[Layout]]] = {
    "个人贷款利率与费用.docx": ("个人贷款利率与费用说明", "个人信贷部", LOANS),
    "信用卡收费说明.docx": ("信用卡收费说明", "信用卡中心", CREDIT_CARDS),
    "安泰重疾险费率.docx": ("安泰重大疾病保险费率说明", "保险代理业务", INSURANCE),
}


def files() -> Mapping[str, bytes]:
    return {name: _document(*said) for name, said in DOCUMENTS.items()}


def _document(title: str, footer: str, layouts: Sequence[Layout]) -> bytes:
    made = docx.Document()
    made.add_heading(title, 0)
    made.sections[0].footer.paragraphs[0].text = footer
    made.add_paragraph("以下标准自公布之日起执行，具体以办理时的公告为准。")
    for layout in layouts:
        made.add_heading(layout.title, 1)
        grid = layout.grid
        table = made.add_table(rows=len(grid), cols=len(grid[0]))
        for down, row in enumerate(grid):
            for across, text in enumerate(row):
                if text not in (LEFT, UP):
                    table.cell(down, across).text = str(text)
        for row_at, column, high, wide in merges(grid):
            table.cell(row_at, column).merge(table.cell(row_at + high - 1, column + wide - 1))
        if layout.note:
            made.add_paragraph(layout.note)
    buffer = io.BytesIO()
    made.save(buffer)
    return settled(buffer.getvalue())
