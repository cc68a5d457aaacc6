"""A page of a PDF as a picture, for people who check what was read from it."""

from __future__ import annotations

import struct
import zlib

import pypdfium2

from ingestion.failures import failure
from ingestion.load.pdf import opened

WIDEST = 2400  # pixels
_MOST_PIXELS = 12_000_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def render(content: bytes, page: int, width: int) -> bytes:
    """A PNG. page: 1-based. width: pixels; a page much taller than wide comes smaller.

    Raises PreparationFailed: no_page, encrypted, corrupt, too_large.
    """
    document = opened(content)
    try:
        if not 1 <= page <= len(document):
            raise failure("no_page")
        source = document[page - 1]
        try:
            wide, high = source.get_size()
            if wide <= 0 or high <= 0:
                raise failure("corrupt")
            scale = min(min(width, WIDEST) / wide, (_MOST_PIXELS / (wide * high)) ** 0.5)
            bitmap = source.render(scale=scale, rev_byteorder=True, force_bitmap_format=pypdfium2.raw.FPDFBitmap_BGR)
            try:
                return _png(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride)
            finally:
                bitmap.close()
        finally:
            source.close()
    except pypdfium2.PdfiumError:
        raise failure("corrupt") from None
    finally:
        document.close()


def _png(pixels: bytes, width: int, height: int, stride: int) -> bytes:
    """RGB rows, `stride` bytes apart, as a file (RFC 2083)."""
    packer = zlib.compressobj(6)
    packed: list[bytes] = []
    for row in range(height):
        packed.append(packer.compress(b"\0" + pixels[row * stride : row * stride + 3 * width]))
    packed.append(packer.flush())
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", b"".join(packed)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
