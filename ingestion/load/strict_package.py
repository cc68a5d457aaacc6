"""Strict Open XML, as Word, Excel and PowerPoint can save: the same files in namespaces that no reader here knows.

The names of ISO/IEC 29500 part 1 stand for those of part 4 one by one; the parts are the same otherwise.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

_ROOT = "_rels/.rels"
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/([\w/-]+)")
_RENAMED = {b"extendedProperties": b"extended-properties", b"customProperties": b"custom-properties"}
_PARTS = (".xml", ".rels", ".vml")


def transitional(content: bytes) -> bytes:
    """The package in the namespaces that Office writes by default; any other package as it is.

    Raises what zipfile raises for a broken one.
    """
    with zipfile.ZipFile(BytesIO(content)) as package:
        if _ROOT not in package.namelist() or not _STRICT.search(package.read(_ROOT)):
            return content
        made = BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as rewritten:
            for part in package.infolist():
                value = package.read(part)
                named = part.filename.lower().endswith(_PARTS)
                rewritten.writestr(part.filename, _STRICT.sub(_renamed, value) if named else value)
        return made.getvalue()


def _renamed(found: re.Match[bytes]) -> bytes:
    family, name = found.groups()
    folder, slash, last = name.rpartition(b"/")
    return b"http://schemas.openxmlformats.org/%s/2006/%s" % (family, folder + slash + _RENAMED.get(last, last))
