"""How an index fails: for customers a kind sentence, for the log a note that names the cause."""

from __future__ import annotations

from app.errors import AppError


class IndexFailed(AppError):
    """The engine is out of reach, or refused a request; the cause is in the exception's note."""

    status, code, title = 503, "index_failed", "知识库暂时无法使用，请稍后再试，或联系人工客服。"


class IndexBusy(AppError):
    status, code, title = 503, "index_busy", "知识索引正被另一个进程使用，请先停止那个进程，或改用 Qdrant 服务。"


class IndexRebuilding(AppError):
    status, code, title = 503, "index_rebuilding", "知识索引正在重建，完成后即可查询，请稍后再试，或联系人工客服。"


class LayoutChanged(AppError):
    """Of a server's collection, which other processes may still use, and of a snapshot."""

    status, code = 503, "index_layout_changed"
    title = "知识索引的结构与当前版本不符：请改用新的集合名（WENDA_QDRANT__COLLECTION）或新的备份后重试。"


def failed(cause: str) -> IndexFailed:
    failure = IndexFailed()
    failure.add_note(cause)
    return failure
