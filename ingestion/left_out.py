"""Text that stays out of knowledge, and what the editor is told about it: a notice for each kind, with its number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.knowledge.preparing import Notice
from ingestion.blocks import LeftOut

INSTRUCTIONS = "instructions_quarantined"

TITLES = {
    "hidden_sheet": "有 {n} 张隐藏的工作表未收录。",
    "hidden_row": "有 {n} 行隐藏的行未收录。",
    "hidden_column": "有 {n} 列隐藏的列未收录。",
    "hidden_slide": "有 {n} 页隐藏的幻灯片未收录。",
    "hidden_text": "有 {n} 处读者看不见的文字未收录（白色、极小、隐藏或在版面之外），请核对。",
    "tracked_deletion": "有 {n} 处划掉或修订中已删除的文字未收录。",
    "comment_left_out": "有 {n} 条批注未收录。",
    "notes_left_out": "有 {n} 页的演讲者备注未收录。",
    INSTRUCTIONS: "有 {n} 处写给智能助手的指令已隔离，未收录，请核对文件来源。",
}
_LONGEST = 500  # characters of one item that the editor is shown
_MOST = 200  # items of one file


def notices(items: Sequence[LeftOut]) -> list[Notice]:
    """One for each code, in the order of TITLES."""
    counts = Counter(item.code for item in items)
    return [Notice(code, title.format(n=counts[code])) for code, title in TITLES.items() if counts[code]]


def graphics(*, charts: int, pictures: int) -> tuple[Notice, ...]:
    """What a file shows as a picture only: nobody can quote it, so the editor is asked to write it down."""
    told = (
        (charts, "chart_left_out", f"有 {charts} 个图表未收录，图表里的数字请以表格或文字写明。"),
        (pictures, "picture_left_out", f"有 {pictures} 幅图片未收录，图片里的文字和数字请以文字或表格写明。"),
    )
    return tuple(Notice(code, title) for count, code, title in told if count)


def shown(items: Sequence[LeftOut]) -> list[LeftOut]:
    """What is kept for the editor: instructions first, each cut to a readable length."""
    ordered = sorted(items, key=lambda item: item.code != INSTRUCTIONS)[:_MOST]
    return [LeftOut(item.code, item.text[:_LONGEST], item.page, item.section) for item in ordered]
