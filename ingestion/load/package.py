"""Office files (DOCX, XLSX, PPTX) are zip packages of XML: what makes one unreadable is told before any part is parsed.

No honest writer puts a document type into a part, so one is refused unread: entities could unfold without end.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from ingestion.failures import failure
from ingestion.inspection import is_encrypted_office
from ingestion.load.strict_package import transitional

_LARGEST = 300 * 1024 * 1024  # unpacked bytes
_RATIO = 200  # honest Office files stay below 50
_SMALL = 20 * 1024 * 1024  # below this the ratio does not matter
_HEAD = 4096  # a document type stands before the first element
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_UNREADABLE = (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, KeyError)


def sound_package(content: bytes) -> bytes:
    """The package as our readers know it. Raises PreparationFailed: encrypted, corrupt, archive_bomb, entity_bomb."""
    if is_encrypted_office(content):
        raise failure("encrypted")
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            parts = package.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise failure("encrypted")
            unpacked = sum(part.file_size for part in parts)
            if unpacked > _LARGEST or (unpacked > _SMALL and unpacked > _RATIO * len(content)):
                raise failure("archive_bomb")
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    with package.open(part) as opened:
                        head = opened.read(_HEAD)
                    if _DOCTYPE.search(head.replace(b"\0", b"")):  # UTF-16 hides it between zeros
                        raise failure("entity_bomb")
        return transitional(content)
    except _UNREADABLE:
        raise failure("corrupt") from None


def parsed(part: bytes) -> Any:
    """The root element of a part, without comments. Entities stay unread, and nothing is fetched."""
    from lxml import etree  # slow to import, and many files have no part that is read so

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    return etree.fromstring(part, parser)


def texts_of_parts(content: bytes, names: re.Pattern[str], tags: tuple[str, ...]) -> Iterator[str]:
    """The text of every element with one of these local names, in the parts whose path matches: comments, mostly."""
    from lxml import etree

    with zipfile.ZipFile(BytesIO(content)) as package:
        for name in package.namelist():
            if not names.fullmatch(name):
                continue
            for element in parsed(package.read(name)).iter():
                if etree.QName(element).localname in tags:
                    text = " ".join("".join(map(str, element.itertext())).split())
                    if text:
                        yield text
