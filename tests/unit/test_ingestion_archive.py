"""Zips: honest members are read, whatever their names are written in; every trick has its code."""

from __future__ import annotations

import io
import zipfile

import pytest

from app.knowledge.preparing import Metadata, PreparationFailed
from ingestion.archive import unpack
from ingestion.manifest import BadManifest, members_of, missing_members


def zipped(members: dict[str, bytes], *, compressed: bool = True) -> bytes:
    buffer = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return buffer.getvalue()


def in_gbk(name: str, content: bytes) -> bytes:
    """As Windows writes it: the raw bytes of the name, without the flag for UTF-8."""
    placeholder = "n" * len(name.encode("gb18030"))
    return zipped({placeholder: content}).replace(placeholder.encode(), name.encode("gb18030"))


def encrypted(content: bytes) -> bytes:
    """The flag of a password on the first member, in its own head and in the directory."""
    flagged = bytearray(content)
    flagged[6] |= 1
    flagged[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(flagged)


def codes(content: bytes) -> dict[str, str]:
    return {member.path: member.code for member in unpack(content)}


def test_members_keep_their_paths_and_bytes() -> None:
    members = unpack(zipped({"产品/甲.md": b"a", "b.txt": b"b", "__MACOSX/._b.txt": b"x", ".DS_Store": b"x"}))
    assert [(member.path, member.content) for member in members] == [("产品/甲.md", b"a"), ("b.txt", b"b")]


def test_names_in_gb18030_are_decoded() -> None:
    (member,) = unpack(in_gbk("收费标准.md", b"a"))
    assert (member.path, member.content, member.code) == ("收费标准.md", b"a", "")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("/etc/a.md", "unsafe_path"),
        ("../a.md", "unsafe_path"),
        ("x/../../a.md", "unsafe_path"),
        ("C:/a.md", "unsafe_path"),
        ("inner.zip", "nested_archive"),
        ("inner.rar", "nested_archive"),
    ],
)
def test_each_trick_has_its_code_and_the_others_are_read(name: str, code: str) -> None:
    assert codes(zipped({name: b"x", "good.md": b"y"})) == {name: code, "good.md": ""}


def test_windows_separators_are_paths_too() -> None:
    assert codes(zipped({"a/b.md": b"x"}).replace(b"a/b.md", b"a\\b.md")) == {"a/b.md": ""}
    assert codes(zipped({"../b.md": b"x"}).replace(b"../b.md", b"..\\b.md")) == {"../b.md": "unsafe_path"}


def test_a_member_that_unfolds_is_refused() -> None:
    assert codes(zipped({"bomb.txt": bytes(30_000_000), "good.md": b"y"})) == {
        "bomb.txt": "archive_bomb",
        "good.md": "",
    }


def test_a_link_is_refused() -> None:
    link = zipfile.ZipInfo("link.md")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr(link, "/etc/passwd")
    assert codes(buffer.getvalue()) == {"link.md": "unsafe_path"}


def test_a_member_with_a_password_and_a_damaged_one_have_their_codes() -> None:
    assert codes(encrypted(zipped({"a.md": b"secret", "b.md": b"open"}))) == {"a.md": "encrypted", "b.md": ""}
    damaged = zipped({"a.md": b"one text", "b.md": b"another"}, compressed=False).replace(b"one text", b"two text")
    assert codes(damaged) == {"a.md": "corrupt", "b.md": ""}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped({"a.md": b"x"})[:20], "corrupt"),
        (b"PK\x03\x04 no archive at all", "corrupt"),
        (zipped({}), "empty_archive"),
        (zipped({"__MACOSX/x": b"x"}), "empty_archive"),
        (zipped({f"{n}.md": b"" for n in range(2001)}), "too_many_members"),
    ],
    ids=["truncated", "garbage", "empty", "only_noise", "too_many"],
)
def test_an_archive_nothing_can_be_taken_from_is_named(content: bytes, code: str) -> None:
    with pytest.raises(PreparationFailed) as failure:
        unpack(content)
    assert failure.value.code == code


def test_a_manifest_inside_adds_to_what_was_said_of_all() -> None:
    manifest = b'[{"path": "b.md", "title": "B", "valid_from": "2025-01-01", "document_id": "x"}, {"path": "a.md"}]'
    members = members_of(
        {"manifest.json": manifest, "a.md": b"a", "b.md": b"b"}, Metadata(kind="faq", audience="staff")
    )
    assert [(m.path, m.metadata.title, m.metadata.kind, m.metadata.audience, m.family) for m in members] == [
        ("a.md", None, "faq", "staff", None),
        ("b.md", "B", "faq", "staff", "x"),
    ]


def test_a_manifest_in_a_zipped_folder_speaks_for_that_folder() -> None:
    contents = {
        "资料/manifest.json": '[{"path": "收费.txt", "valid_from": "2026-07-01"}]'.encode(),
        "资料/收费.txt": b"a",
        "资料/贷款/manifest.json": b'[{"path": "./b.txt", "document_id": "x"}]',
        "资料/贷款/b.txt": b"b",
        "资料/网页/manifest.json": b'{"name": "an app"}',
    }
    members = members_of(contents, Metadata())
    assert [(m.path, str(m.metadata.valid_from), m.family) for m in members] == [
        ("资料/贷款/b.txt", "None", "资料/贷款/x"),
        ("资料/网页/manifest.json", "None", None),
        ("资料/收费.txt", "2026-07-01", None),
    ]
    assert missing_members(contents, ()) == []


def test_the_manifest_of_the_whole_holds_over_one_inside_it() -> None:
    contents = {
        "a/manifest.json": b'[{"path": "b.txt", "title": "inner"}]',
        "manifest.json": b'[{"path": "a/b.txt", "title": "outer"}]',
        "a/b.txt": b"b",
    }
    assert [member.metadata.title for member in members_of(contents, Metadata())] == ["outer"]


def test_a_path_that_only_the_manifest_knows_is_told() -> None:
    manifest = '[{"path": "收费标淮.txt"}, {"path": "locked.pdf"}, {"path": "a.txt"}]'.encode()
    contents = {"资料/manifest.json": manifest, "资料/a.txt": b"a", "资料/收费标准.txt": b"b"}
    (missing,) = missing_members(contents, {"资料/locked.pdf"})
    assert (missing.path, missing.error.code) == ("资料/收费标淮.txt", "missing_file")


def test_a_manifest_of_the_whole_folder_that_is_no_list_is_refused() -> None:
    with pytest.raises(BadManifest):
        members_of({"资料/manifest.json": b'{"files": []}', "资料/a.txt": b"a"}, Metadata())
