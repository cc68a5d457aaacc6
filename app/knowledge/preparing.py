"""The seam between governance (app.knowledge.library) and parsing (the ingestion package).

`app` defines what it needs; `ingestion` implements it; only app.api.knowledge joins the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from app.errors import AppError
from app.knowledge.index import IndexPoint
from app.knowledge.passage import Audience, Kind, text_sha256


@dataclass(frozen=True, slots=True)
class Source:
    """An uploaded file. path: its path under the ingested folder (also gives the extension)."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a person (form, manifest) said about a document; None = not said, to be proposed from the text.

    left_empty: fields of which a person has said that there is nothing to say, so nothing is proposed. Nothing in a
    text tells who may read it: an audience not said is that of the version before, or everyone.
    """

    kind: Kind | None = None
    title: str | None = None
    product_code: str | None = None
    risk_level: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    audience: Audience | None = None
    left_empty: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's wording in place of a passage that was read wrongly. It is kept with the version, beside the file.

    original, ordinal: the SHA-256 and the place of the text as it was read from the file; so the correction finds its
    passage again whenever the file is read again. at: RFC 3339, UTC.
    """

    original: str
    ordinal: int
    text: str
    comment: str
    actor: str
    at: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the editor and the approver should see; never blocks by itself."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A piece of the file that did not become knowledge. reason: the code of its notice (hidden_text,
    instructions_quarantined and so on)."""

    text: str
    section: str
    page: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive. path: within it. metadata: what its manifest says, over what was said of the whole.

    family: the manifest's own name for a document of which this is one version.
    """

    path: str
    content: bytes
    metadata: Metadata
    family: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedMember:
    path: str
    error: Notice


@dataclass(frozen=True, slots=True)
class Prepared:
    """A parsed, split and encoded version: points carry passages with approved=False."""

    metadata: Metadata
    points: Sequence[IndexPoint]
    warnings: Sequence[Notice] = field(default=())
    pages: int = 0
    kept_out: Sequence[KeptOut] = ()


def corrected(texts: Sequence[str], corrections: Sequence[Correction]) -> tuple[list[str], list[Notice]]:
    """The texts of a file's passages with the corrections applied; a notice for each that found no passage.

    A file read by a newer parser may be cut elsewhere: then the nearest passage of the original's text counts.
    """
    result = list(texts)
    lost: list[Notice] = []
    if not corrections:
        return result, lost
    hashes = [text_sha256(text) for text in texts]
    for correction in corrections:
        places = [at for at, sha256 in enumerate(hashes) if sha256 == correction.original]
        if places:
            result[min(places, key=lambda at: abs(at - correction.ordinal))] = correction.text
        else:
            opening = correction.text[:20]
            lost.append(Notice("correction_lost", f"更正“{opening}……”在文件中找不到原来的段落，请重新更正。"))
    return result, lost


class PreparationFailed(AppError):
    """The file cannot become knowledge. warnings, kept_out: as in Prepared, of a file of which nothing is left.

    Codes: empty_file, unknown_format, mislabelled, too_large, encrypted,
    corrupt, no_text, parse_timeout, archive_bomb, entity_bomb; of archives too: nested_archive, unsafe_path,
    too_many_members, empty_archive."""

    status, code, title = 422, "corrupt", "文件无法读取，请检查文件后重新上传。"
    warnings: Sequence[Notice] = ()
    kept_out: Sequence[KeptOut] = ()


class Prepare(Protocol):
    def inspect(self, source: Source) -> None:
        """Cheap checks before accepting an upload (empty, unknown, mislabelled). Raises PreparationFailed."""

    def is_archive(self, path: str) -> bool:
        """True for a file whose members are documents of their own."""

    async def unpack(self, source: Source, metadata: Metadata) -> Sequence[Member | RefusedMember]:
        """An archive's members, oldest version first. metadata: said of all of them. Raises PreparationFailed."""

    async def prepare(
        self,
        source: Source,
        metadata: Metadata,
        *,
        tenant: str,
        document_id: str,
        version: int,
        on_progress: Callable[[str, int, int], None] | None = None,
        corrections: Sequence[Correction] = (),
    ) -> Prepared:
        """Parse, split, correct, encode in another process. on_progress(step, done, total). Raises PreparationFailed.

        Passages are numbered in reading order from 0.
        """

    async def render(self, source: Source, page: int, width: int) -> bytes:
        """One page (1-based) as a PNG about `width` pixels wide. Raises PreparationFailed: no_page_image for formats
        without pages, no_page beyond the last one."""

    async def close(self) -> None: ...
