"""Files that a Word document holds in its text (altChunk), which Word unfolds when it opens it.

Programs that write Word files out of web pages put everything they have to say into one of these.
"""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from typing import Any

from docx.opc.part import Part, PartFactory

from app.knowledge.preparing import Notice, PreparationFailed
from ingestion.blocks import Loaded
from ingestion.load import html, plain

_WORD = "wordprocessingml.document"
_UNREAD = Notice("embedded_left_out", "文档里嵌入的另一份文件读不出来，未收录，请另存为普通 DOCX 后重新上传。")
_usual_class: Any = PartFactory.part_class_selector


def _class_of(kind: str, relation: str) -> Any:
    """A held document is opened by nobody but us: python-docx would take it for the main part of its holder."""
    return Part if relation.endswith("/aFChunk") else _usual_class(kind, relation)


PartFactory.part_class_selector = _class_of


def chunk(part: Any, word: Callable[[bytes], Loaded]) -> Loaded:
    """What the part says. part: of python-docx, None where the document has none; word: reads a DOCX."""
    content, kind = (part.blob, part.content_type.lower()) if part is not None else (b"", "")
    try:
        if "html" in kind:
            return html.load(content, furnished=False)
        if kind == "message/rfc822":
            return _archived(content)
        if kind == "text/plain":
            return plain.load(content)
        if _WORD in kind:
            return word(content)
    except PreparationFailed:
        pass
    return Loaded((), warnings=(_UNREAD,))


def _archived(content: bytes) -> Loaded:
    """The page of a web archive (MHTML)."""
    for part in message_from_bytes(content.lstrip()).walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            page = part.get_payload(decode=True)
            charset = part.get_content_charset()
            if isinstance(page, bytes):
                return html.load(b'<meta charset="%s">' % charset.encode() + page if charset else page, furnished=False)
    return Loaded((), warnings=(_UNREAD,))
