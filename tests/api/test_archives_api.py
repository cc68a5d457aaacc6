"""Zips over HTTP: a document for each member; what was kept out of a file is shown to its readers."""

from __future__ import annotations

from tests.api.conftest import Service


async def test_every_member_of_a_zip_is_a_document_of_its_own(service: Service) -> None:
    editor = await service.as_("editor")
    content = "!../a.md=x\n费用/b.md=年费10元。\nc.exe=x\nd.md=挂失5元。".encode()
    answer = await editor.post("/v1/documents", files={"file": ("包.zip", content)}, data={"kind": "product"})
    assert answer.status_code == 202
    body = answer.json()
    members = {member["path"]: member for member in body["members"]}
    assert members["!../a.md"]["error"]["code"] == "unsafe_path"
    assert members["c.exe"]["error"]["code"] == "unknown_format"
    assert {name: body[name] for name in ("document_id", "version", "job_id")} == {
        name: members["费用/b.md"][name] for name in ("document_id", "version", "job_id")
    }
    for path in ("费用/b.md", "d.md"):
        assert (await service.ended(members[path]["job_id"]))["outcome"] == "created"
    listed = (await editor.get("/v1/documents")).json()["documents"]
    assert {document["path"] for document in listed} == {"包.zip/费用/b.md", "包.zip/d.md"}
    again = (await editor.post("/v1/documents", files={"file": ("包.zip", content)}, data={"kind": "product"})).json()
    assert again["document_id"] == body["document_id"]
    assert (await service.ended(again["job_id"]))["outcome"] == "unchanged"


async def test_a_zip_nothing_can_be_taken_from_is_refused_with_its_reason(service: Service) -> None:
    editor = await service.as_("editor")
    refused = await editor.post("/v1/documents", files={"file": ("包.zip", b"!../a.md=x")})
    assert (refused.status_code, refused.json()["code"]) == (422, "unsafe_path")
    version = await editor.post("/v1/documents", files={"file": ("包.zip", b"a.md=x")}, data={"document_id": "d"})
    assert (version.status_code, version.json()["code"]) == (422, "archive_is_no_version")


async def test_what_was_kept_out_is_counted_and_shown_to_staff_of_this_tenant(service: Service) -> None:
    job = await service.ingest("a.md", "年费10元。\n#hidden 内部价")
    path = f"/v1/documents/{job['document_id']}/versions/1/quarantine"
    editor = await service.as_("editor")
    assert (await editor.get(path)).json() == {
        "items": [{"text": "#hidden 内部价", "section": "", "page": None, "reason": "hidden_text"}]
    }
    document = (await editor.get(f"/v1/documents/{job['document_id']}")).json()
    assert document["versions"][0]["quarantined"] == 1
    assert (await editor.get(path.replace("/1/", "/2/"))).status_code == 404
    assert (await editor.get("/v1/documents/unknown/versions/1/quarantine")).status_code == 404
