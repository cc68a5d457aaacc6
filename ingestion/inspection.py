"""Cheap checks before a file is accepted: its size, its extension, and whether its first bytes agree with it."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import PurePosixPath

from app.knowledge.preparing import Source
from ingestion.failures import failure

FORMATS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "plain",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".pptx": "pptx",
    ".pdf": "pdf",
}
ARCHIVE = ".zip"
_OLD = (".doc", ".dot", ".xls", ".xlt", ".xlsb", ".ppt", ".pps", ".wps", ".et", ".dps", ".rtf")
_PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic")

_PARTS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}

_PDF = b"%PDF-"
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = (
    *(_PDF, _ZIP, _OLE, b"\x89PNG", b"\xff\xd8\xff", b"GIF8"),
    *(b"\x7fELF", b"MZ\x90", b"Rar!", b"\x1f\x8b", b"{\\rtf"),
)
_HEAD = 1024  # readers accept a PDF whose mark is anywhere in the first kilobyte

# A password-protected Office file is an OLE container that holds this stream.
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


def format_of(path: str) -> str:
    """The loader's name for a file's extension. Raises PreparationFailed: unknown_format."""
    ending = PurePosixPath(path.replace("\\", "/")).suffix.lower()
    if ending in FORMATS:
        return FORMATS[ending]
    more = "_old" if ending in _OLD else "_picture" if ending in _PICTURES else ""
    raise failure(f"unknown_format{more}")


def inspect(source: Source, *, limit: int) -> None:
    """limit: bytes. Raises PreparationFailed: empty_file, unknown_format, too_large, mislabelled."""
    content = source.content
    if not content.strip(b" \t\r\n\0"):
        raise failure("empty_file")
    kind = format_of(source.path)
    if len(content) > limit:
        raise failure("too_large")
    head = content[:_HEAD]
    if kind == "pdf":
        agrees = _PDF in head
    elif kind in _PARTS:
        agrees = _is_office(content, _PARTS[kind])
    else:
        agrees = not head.startswith(_BINARY) and _looks_like_text(head)
    if not agrees:
        raise failure("mislabelled")


def is_encrypted_office(content: bytes) -> bool:
    return content.startswith(_OLE) and _ENCRYPTED_STREAM in content


def is_archive(path: str) -> bool:
    return PurePosixPath(path.replace("\\", "/")).suffix.lower() == ARCHIVE


def inspect_archive(source: Source, *, limit: int) -> None:
    """limit: bytes. Raises PreparationFailed: empty_file, too_large, mislabelled."""
    if not source.content:
        raise failure("empty_file")
    if len(source.content) > limit:
        raise failure("too_large")
    if not source.content.startswith((_ZIP, _EMPTY_ZIP)):
        raise failure("mislabelled")


def _is_office(content: bytes, folder: str) -> bool:
    """A package with parts in this folder; one too damaged to list is left to the parser, which calls it corrupt."""
    if is_encrypted_office(content):
        return True
    if not content.startswith(_ZIP):
        return False
    try:
        names = zipfile.ZipFile(BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return b"[Content_Types].xml" in content or folder.encode() in content
    return any(name.startswith(folder) for name in names)


def _looks_like_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return b"\0" not in head
