"""PDF: safe boxes, treasury bonds, limits, insurance, company accounts; with lines, without, over a page break."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.pdf_file import PdfPage, pdf_file

_TOP, _BOTTOM, _ROW = 740.0, 80.0, 24.0
_INTRODUCTION = (
    "以下内容自公布之日起执行，由示范银行股份有限公司负责解释，客户办理业务前请仔细阅读，如有疑问请咨询网点工作人员。"
)
Rows = Sequence[Sequence[str]]
# (row, column) of a merged cell's first place: how many rows and columns it covers.
Merged = Mapping[tuple[int, int], tuple[int, int]]


def files() -> dict[str, bytes]:
    return {
        "保管箱业务收费.pdf": pdf_file(_plain("保管箱业务收费标准", (60, 200, 330, 450), BOXES)),
        "储蓄国债发行公告.pdf": pdf_file(_ruled("储蓄国债（电子式）发行公告", (60, 190, 290, 400, 530), BONDS, {})),
        "电子银行转账限额.pdf": pdf_file(
            _ruled(
                "电子银行转账限额",
                (60, 170, 260, 350, 440, 530),
                LIMITS,
                {(0, 0): (2, 1), (0, 1): (1, 2), (0, 3): (1, 2)},
            )
        ),
        "安康意外险保费表.pdf": pdf_file(_ruled("安康意外伤害保险保费表", (60, 210, 370, 530), PREMIUMS, {})),
        "企业账户服务收费.pdf": pdf_file(
            _ruled("企业账户服务收费", (60, 180, 340, 530), ACCOUNTS, {(1, 0): (3, 1), (4, 0): (2, 1)})
        ),
    }


BOXES = [
    ["保管箱规格", "尺寸（毫米）", "年租金（元）", "押金（元）"],
    ["A型（小号）", "75×125×600", "200", "500"],
    ["B型（中号）", "125×250×600", "380", "800"],
    ["C型（大号）", "250×250×600", "760", "1000"],
    ["D型（特大）", "500×250×600", "1500", "2000"],
]
BONDS = [
    ["期次", "期限", "票面年利率", "发行期"],
    ["2026年第五期", "3年", "1.63%", "4月10日至19日"],
    ["2026年第六期", "5年", "1.70%", "4月10日至19日"],
    ["2026年第九期", "3年", "1.58%", "8月10日至19日"],
    ["2026年第十期", "5年", "1.65%", "8月10日至19日"],
]
LIMITS = [
    ["认证方式", "手机银行", "", "网上银行", ""],
    ["", "单笔", "日累计", "单笔", "日累计"],
    ["短信验证码", "5万元", "20万元", "1万元", "5万元"],
    ["人脸识别", "50万元", "100万元", "不支持", "不支持"],
    ["蓝牙盾", "200万元", "500万元", "300万元", "600万元"],
    ["USB盾", "不支持", "不支持", "500万元", "1000万元"],
]
# Long enough to go on over the page; the header stands on the first page only.
PREMIUMS = [["投保年龄", "十万元保额年保费（男）", "十万元保额年保费（女）"]] + [
    [f"{age}周岁", f"{62 + 3 * age}元", f"{58 + 2 * age}元"] for age in range(18, 66)
]
ACCOUNTS = [
    ["账户类型", "服务项目", "收费标准"],
    ["基本存款账户", "账户开立", "免费"],
    ["", "账户年度管理", "360元/年"],
    ["", "预留印鉴变更", "50元/次"],
    ["一般存款账户", "账户开立", "100元/户"],
    ["", "账户年度管理", "240元/年"],
]


def _page(title: str) -> PdfPage:
    page = PdfPage().write(60, 815, "示范银行　服务收费公示", 9).write(60, _TOP + 40, title, 16)
    page.paragraph(_TOP + 15, _INTRODUCTION[:42], 11)
    return page


def _plain(title: str, xs: Sequence[float], rows: Rows) -> list[PdfPage]:
    """No line at all: columns by white space."""
    page = _page(title)
    for at, row in enumerate(rows):
        page.write(xs[0], _TOP - 15 - _ROW * at, "\t".join(row), columns=tuple(xs[1:]))
    page.paragraph(_TOP - _ROW * (len(rows) + 2), _INTRODUCTION)
    return [page]


def _ruled(title: str, xs: Sequence[float], rows: Rows, merged: Merged) -> list[PdfPage]:
    """Every line but those inside merged cells; rows that do not fit go on at the top of the next page."""
    pages = [_page(title)]
    top, start = _TOP, 0
    while start < len(rows):
        fit = rows[start : start + int((top - _BOTTOM) / _ROW)]
        inside = {(row - start, column): size for (row, column), size in merged.items() if row >= start}
        _draw(pages[-1], xs, top, fit, inside)
        start += len(fit)
        if start < len(rows):
            pages.append(PdfPage().write(60, 815, "示范银行　服务收费公示", 9))
            top = 790.0
        else:
            pages[-1].paragraph(top - _ROW * len(fit) - 30, _INTRODUCTION)
    return pages


def _draw(page: PdfPage, xs: Sequence[float], top: float, rows: Rows, merged: Merged) -> None:
    owner = {(row, column): (row, column) for row in range(len(rows)) for column in range(len(xs) - 1)}
    for (row, column), (down, across) in merged.items():
        for place in owner:
            if row <= place[0] < row + down and column <= place[1] < column + across:
                owner[place] = (row, column)
    for (row, column), first in owner.items():
        y, x = top - _ROW * row, xs[column]
        if owner.get((row - 1, column)) != first:
            page.drawn.append(b"%.1f %.1f m %.1f %.1f l S" % (x, y, xs[column + 1], y))
        if owner.get((row, column - 1)) != first:
            page.drawn.append(b"%.1f %.1f m %.1f %.1f l S" % (x, y, x, y - _ROW))
        if first == (row, column):
            page.write(x + 4, y - 16, rows[row][column])
    bottom = top - _ROW * len(rows)
    page.drawn.append(b"%.1f %.1f m %.1f %.1f l S" % (xs[0], bottom, xs[-1], bottom))
    page.drawn.append(b"%.1f %.1f m %.1f %.1f l S" % (xs[-1], top, xs[-1], bottom))
