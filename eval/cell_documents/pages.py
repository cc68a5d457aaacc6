"""HTML: foreign exchange, wealth products, benefits, gold; thead, rowspan and colspan inside a site's own furniture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from eval.cell_documents.layout import LEFT, UP, Cell, Layout, merges

EXCHANGE = (
    Layout(
        "外币兑换与现钞业务收费",
        [["业务", "币种", "收费标准", LEFT], [UP, UP, "普通客户", "财富客户"]],
        [
            ["外币现钞存入", "美元", "免费", "免费"],
            [UP, "日元", "存入金额的0.25%", "存入金额的0.10%"],
            ["外币现钞取出", "美元", "取出金额的0.50%", "取出金额的0.20%"],
            [UP, "欧元", "取出金额的0.60%", "取出金额的0.30%"],
            ["旅行支票兑付", "各币种", "兑付金额的0.75%", "兑付金额的0.40%"],
        ],
    ),
    Layout(
        "个人结售汇便利化额度",
        [["业务类型", "每人每年额度", "办理渠道"]],
        [
            ["个人购汇", "等值5万美元", "柜面、网上银行、手机银行"],
            ["个人结汇", "等值5万美元", "柜面、网上银行、手机银行"],
            ["境外刷卡消费", "不占用额度", "—"],
            ["提取外币现钞", "当日等值1万美元", "柜面"],
        ],
    ),
)

WEALTH = (
    Layout(
        "在售理财产品费率",
        [["产品名称", "固定管理费", "托管费", "销售服务费", "业绩报酬"]],
        [
            ["稳享7天持有期", "0.15%/年", "0.02%/年", "0.20%/年", "不收取"],
            ["稳享30天持有期", "0.20%/年", "0.02%/年", "0.25%/年", "不收取"],
            ["稳享180天持有期", "0.25%/年", "0.03%/年", "0.30%/年", "超过基准部分的20%"],
            ["进取混合一年定开", "0.50%/年", "0.05%/年", "0.40%/年", "超过基准部分的30%"],
            ["美元固收90天", "0.10%/年", "0.02%/年", "0.15%/年", "不收取"],
        ],
    ),
    Layout(
        "购买起点与赎回到账",
        [["产品名称", "首次购买起点", "追加金额", "赎回到账时间", "单日赎回上限"]],
        [
            ["稳享7天持有期", "1元", "1元", "T+1", "无"],
            ["稳享30天持有期", "1元", "1元", "T+1", "无"],
            ["稳享180天持有期", "1,000元", "100元", "T+2", "500万元"],
            ["进取混合一年定开", "1万元", "1,000元", "T+5", "1,000万元"],
            ["美元固收90天", "100美元", "10美元", "T+2", "100万美元"],
        ],
    ),
)

BENEFITS = (
    Layout(
        "客户等级与权益",
        [["权益", "金卡", "白金卡", "钻石卡", "私人银行"]],
        [
            ["月日均资产门槛（万元）", "5", "50", "300", "600"],
            ["机场贵宾厅（次/年）", "0", "4", "10", "不限"],
            ["道路救援（次/年）", "1", "2", "4", "8"],
            ["健康体检（次/年）", "0", "1", "1", "2"],
            ["保管箱租金折扣", "无", "9折", "7折", "免费"],
            ["取号优先", "否", "是", "是", "专属柜台"],
        ],
    ),
)

GOLD = (
    Layout(
        "实物贵金属手续费",
        [["规格", "黄金", LEFT, "白银", LEFT], [UP, "购买加价", "回购折价", "购买加价", "回购折价"]],
        [
            ["10克", "18元/克", "3.0元/克", "—", "—"],
            ["50克", "14元/克", "2.5元/克", "1.2元/克", "0.5元/克"],
            ["100克", "12元/克", "2.0元/克", "1.0元/克", "0.4元/克"],
            ["1000克", "8元/克", "1.5元/克", "0.8元/克", "0.3元/克"],
        ],
    ),
    Layout(
        "贵金属保管费",
        [["保管期限", "费率（年）", "最低收费"]],
        [["一年以内", "0.10%", "50元"], ["一年至三年", "0.08%", "120元"], ["三年以上", "0.06%", "200元"]],
    ),
)

DOCUMENTS: Mapping[str, tuple[str, Sequence[Layout]]] = {
    "外汇业务收费.html": ("外汇业务收费公示", EXCHANGE),
    "理财产品费率.html": ("理财产品费率与交易规则", WEALTH),
    "客户权益.html": ("客户等级权益一览", BENEFITS),
    "贵金属业务.html": ("贵金属业务收费", GOLD),
}

_STYLE = ".menu{display:flex} .old{display:none} thead th{color:#fff;background:#1f4e79}"


def files() -> Mapping[str, bytes]:
    return {name: _page(*said).encode() for name, said in DOCUMENTS.items()}


def _page(title: str, layouts: Sequence[Layout]) -> str:
    tables = "".join(f"<h2>{escape(layout.title)}</h2>{_table(layout)}" for layout in layouts)
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><nav class=menu><a>首页</a><a>个人</a><a>公司</a></nav>"
        f"<main><h1>{escape(title)}</h1>{tables}<p class=old>上一版标准已作废。</p></main>"
        "<footer>版权所有</footer></body></html>"
    )


def _table(layout: Layout) -> str:
    grid = layout.grid
    spans = {(row, column): (high, wide) for row, column, high, wide in merges(grid)}
    deep = len(layout.header)
    head = "".join(_row(grid, row, spans, "th") for row in range(deep))
    body = "".join(_row(grid, row, spans, "td") for row in range(deep, len(grid)))
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(grid: list[list[Cell]], row: int, spans: Mapping[tuple[int, int], tuple[int, int]], tag: str) -> str:
    cells = []
    for column, text in enumerate(grid[row]):
        if text in (LEFT, UP):
            continue
        high, wide = spans.get((row, column), (1, 1))
        cells.append(f'<{tag} rowspan="{high}" colspan="{wide}">{escape(str(text))}</{tag}>')
    return f"<tr>{''.join(cells)}</tr>"
