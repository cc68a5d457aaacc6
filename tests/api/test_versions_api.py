"""Versions over HTTP: confirmed metadata, corrections, differences, files, history, hindsight."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.api.conftest import Service


async def _version(service: Service, document_id: str, number: int = 1) -> dict[str, Any]:
    document = (await (await service.as_("approver")).get(f"/v1/documents/{document_id}")).json()
    return next(version for version in document["versions"] if version["version"] == number)


async def _passages(service: Service, document_id: str, number: int = 1) -> list[dict[str, Any]]:
    path = f"/v1/documents/{document_id}/versions/{number}/passages"
    return (await (await service.as_("editor")).get(path)).json()["passages"]


async def _found(service: Service, query: str, **body: object) -> list[str]:
    answer = await (await service.as_("evaluator")).post("/v1/search", json={"query": query, **body})
    assert answer.status_code == 200, answer.text
    return [passage["text"] for passage in answer.json()["passages"]]


async def _decide(service: Service, who: str, document_id: str, number: int, step: str, **body: str) -> dict[str, Any]:
    client = await service.as_(who)
    answer = await client.post(f"/v1/documents/{document_id}/versions/{number}/{step}", json=body)
    return {**answer.json(), "http": answer.status_code}


async def _publish(service: Service, job: dict[str, Any]) -> None:
    for who, step in (("editor", "submit"), ("approver", "approve")):
        done = await _decide(service, who, job["document_id"], job["version"], step)
        assert done["http"] == 200, done


async def _ready(service: Service, document_id: str, number: int) -> dict[str, Any]:
    while not (version := await _version(service, document_id, number))["ready"]:
        pass
    return version


# -- metadata -------------------------------------------------------------------------------------------------


async def test_confirmed_metadata_prepare_a_draft_again_and_hold_in_every_passage(service: Service) -> None:
    job = await service.ingest("fee.md", "手续费2元。\n年费100元。")
    editor = await service.as_("editor")
    path = f"/v1/documents/{job['document_id']}/versions/1"
    said = {"title": "收费标准", "kind": "product", "valid_from": "2026-12-01", "product_code": "F1"}
    changed = await editor.patch(path, json=said)
    assert changed.status_code == 200
    version = await _ready(service, job["document_id"], 1)
    assert {name: version[name] for name in said} == said
    assert version["passages"] == 2
    for passage in await _passages(service, job["document_id"]):
        assert (passage["title"], passage["valid_from"], passage["product_code"]) == ("收费标准", "2026-12-01", "F1")
    assert len(service.index.passages) == 2
    cleared = await editor.patch(path, json={"product_code": None, "valid_from": None})
    assert cleared.status_code == 200
    version = await _ready(service, job["document_id"], 1)
    assert (version["product_code"], version["valid_from"], version["title"]) == (None, None, "收费标准")
    actions = [entry["action"] for entry in version["history"]]
    assert actions == ["uploaded", "prepared", "edited", "prepared", "edited", "prepared"]


async def test_what_nobody_has_confirmed_is_told_as_proposed(service: Service) -> None:
    service.prepare.proposals = {"valid_from": "2026-12-01", "risk_level": "R2"}
    job = await service.ingest("fee.md", "手续费2元。", kind="product")
    assert set((await _version(service, job["document_id"]))["proposed"]) == {"title", "valid_from", "risk_level"}
    editor = await service.as_("editor")
    path = f"/v1/documents/{job['document_id']}/versions/1"
    await editor.patch(path, json={"valid_from": "2026-12-01", "risk_level": None})
    version = await _ready(service, job["document_id"], 1)
    assert (version["proposed"], version["risk_level"], version["valid_from"]) == (["title"], None, "2026-12-01")


async def test_only_drafts_are_edited_and_only_with_dates_that_fit(service: Service) -> None:
    document = await service.publish("fee.md", "手续费2元。")
    editor = await service.as_("editor")
    path = f"/v1/documents/{document['document_id']}/versions/1"
    assert (await editor.patch(path, json={"title": "新"})).json()["code"] == "wrong_state"
    draft = await service.ingest("b.md", "年费。", valid_from="2026-12-01")
    path = f"/v1/documents/{draft['document_id']}/versions/1"
    assert (await editor.patch(path, json={"valid_to": "2026-11-01"})).json()["code"] == "invalid_dates"
    assert (await editor.patch(path, json={"status": "approved"})).json()["code"] == "invalid"
    assert (await (await service.as_("approver")).patch(path, json={"title": "新"})).status_code == 403


async def test_who_edited_a_drafts_metadata_may_not_approve_it(service: Service) -> None:
    job = await service.ingest("fee.md", "手续费2元。")
    admin = await service.as_("admin")
    path = f"/v1/documents/{job['document_id']}/versions/1"
    assert (await admin.patch(path, json={"title": "收费"})).status_code == 200
    await _ready(service, job["document_id"], 1)
    await _decide(service, "editor", job["document_id"], 1, "submit")
    refused = await _decide(service, "admin", job["document_id"], 1, "approve")
    assert (refused["http"], refused["code"]) == (403, "own_edit")
    assert (await _decide(service, "approver", job["document_id"], 1, "approve"))["http"] == 200


# -- corrections ----------------------------------------------------------------------------------------------


async def test_a_correction_is_a_draft_of_the_same_file_and_changes_nothing_until_approved(service: Service) -> None:
    document = await service.publish("fee.md", "手续费2元。\n年费100元。\n换卡10元。", valid_from="2026-01-01")
    document_id = document["document_id"]
    second = (await _passages(service, document_id))[1]
    editor = await service.as_("editor")
    answer = await editor.patch(f"/v1/passages/{second['passage_id']}", json={"text": "年费200元。", "comment": "误读"})
    assert (answer.status_code, answer.json()["document_id"], answer.json()["version"]) == (202, document_id, 2)
    assert (await service.ended(answer.json()["job_id"]))["status"] == "done"
    assert "年费100元。" in await _found(service, "年费")
    texts = [passage["text"] for passage in await _passages(service, document_id, 2)]
    assert texts == ["手续费2元。", "年费200元。", "换卡10元。"]
    version = await _version(service, document_id, 2)
    assert (version["status"], version["corrected_from"], version["valid_from"]) == ("draft", 1, "2026-01-01")
    assert [(one["ordinal"], one["text"], one["comment"]) for one in version["corrections"]] == [
        (1, "年费200元。", "误读")
    ]
    await _decide(service, "editor", document_id, 2, "submit")
    assert (await _decide(service, "approver", document_id, 2, "approve"))["http"] == 200
    assert "年费200元。" in await _found(service, "年费")
    assert "年费100元。" not in await _found(service, "年费")


async def test_corrections_gather_in_one_draft_and_survive_being_prepared_again(service: Service) -> None:
    document = await service.publish("fee.md", "一。\n二。\n三。")
    document_id = document["document_id"]
    first, _, third = await _passages(service, document_id)
    editor = await service.as_("editor")

    async def correct(passage_id: str, text: str) -> int:
        answer = await editor.patch(f"/v1/passages/{passage_id}", json={"text": text, "comment": ""})
        assert answer.status_code == 202, answer.text
        await service.ended(answer.json()["job_id"])
        return int(answer.json()["version"])

    assert await correct(first["passage_id"], "壹。") == 2
    assert await correct(third["passage_id"], "叁。") == 2, "a second correction of the same version joins its draft"
    redone = (await _passages(service, document_id, 2))[0]
    assert redone["text"] == "壹。"
    assert await correct(redone["passage_id"], "壹壹。") == 2
    assert [one["text"] for one in await _passages(service, document_id, 2)] == ["壹壹。", "二。", "叁。"]
    await editor.patch(f"/v1/documents/{document_id}/versions/2", json={"title": "数字"})
    version = await _ready(service, document_id, 2)
    assert [one["text"] for one in await _passages(service, document_id, 2)] == ["壹壹。", "二。", "叁。"]
    assert (version["title"], len(version["corrections"])) == ("数字", 2)
    assert {passage.version for passage in service.index.passages.values()} == {1, 2}
    assert len(service.index.passages) == 6


async def test_every_editor_of_a_correction_is_kept_from_approving_it(service: Service) -> None:
    document = await service.publish("fee.md", "一。\n二。")
    passages = await _passages(service, document["document_id"])
    for name, passage in zip(("editor", "admin"), passages, strict=True):
        client = await service.as_(name)
        answer = await client.patch(f"/v1/passages/{passage['passage_id']}", json={"text": "改。", "comment": ""})
        await service.ended(answer.json()["job_id"])
    await _decide(service, "editor", document["document_id"], 2, "submit")
    assert (await _decide(service, "admin", document["document_id"], 2, "approve"))["code"] == "own_edit"


async def test_a_passage_nobody_has_cannot_be_corrected(service: Service) -> None:
    editor = await service.as_("editor")
    for passage_id in ("unknown", "6a1c2b5e-6f0e-5d52-9a53-6f3c8e1f7a10"):
        answer = await editor.patch(f"/v1/passages/{passage_id}", json={"text": "改。"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await editor.patch("/v1/passages/x", json={"text": "  "})).json()["code"] == "invalid"
    assert (await (await service.as_("agent")).patch("/v1/passages/x", json={"text": "改"})).status_code == 403


async def test_a_draft_that_could_not_be_prepared_again_stays_and_can_be_tried_again(service: Service) -> None:
    job = await service.ingest("fee.md", "一。\n二。")
    editor = await service.as_("editor")
    path = f"/v1/documents/{job['document_id']}/versions/1"
    service.prepare.broken = True
    await editor.patch(path, json={"title": "甲"})
    service.prepare.broken = False

    async def status() -> str:
        return (await editor.patch(path, json={"title": "乙"})).json().get("code", "")

    while await status() == "not_ready":
        pass
    assert (await _ready(service, job["document_id"], 1))["title"] == "乙"
    assert len(service.index.passages) == 2


# -- differences, files, history ------------------------------------------------------------------------------


async def test_a_difference_names_what_changed_word_by_word(service: Service) -> None:
    await service.publish(
        "fee.md", "手续费每笔2元。\n年费100元，首年免收。\n本行保留解释权。", title="收费", valid_from="2026-01-01"
    )
    job = await service.ingest(
        "fee.md", "手续费每笔2元。\n年费200元，首年免收。\n换卡工本费10元。", title="收费标准", valid_from="2026-12-01"
    )
    client = await service.as_("approver")
    found = (await client.get(f"/v1/documents/{job['document_id']}/versions/2/diff")).json()
    assert found["against"] == 1
    assert found["counts"] == {"same": 1, "added": 1, "removed": 1, "changed": 1}
    assert {field["field"]: (field["before"], field["after"]) for field in found["metadata"]} == {
        "title": ("收费", "收费标准"),
        "valid_from": ("2026-01-01", "2026-12-01"),
    }
    changed = next(passage for passage in found["passages"] if passage["change"] == "changed")
    assert (changed["before"], changed["after"]) == ("年费100元，首年免收。", "年费200元，首年免收。")
    assert [(span["op"], span["text"]) for span in changed["spans"]] == [
        ("equal", "年费"),
        ("delete", "100"),
        ("insert", "200"),
        ("equal", "元，首年免收。"),
    ]
    back = (await client.get(f"/v1/documents/{job['document_id']}/versions/1/diff?against=2")).json()
    assert back["counts"] == {"same": 1, "added": 1, "removed": 1, "changed": 1}
    alone = (await client.get(f"/v1/documents/{job['document_id']}/versions/1/diff")).json()
    assert (alone["against"], alone["counts"]["added"]) == (None, 3)
    assert (await client.get(f"/v1/documents/{job['document_id']}/versions/1/diff?against=9")).status_code == 404


async def test_the_uploaded_file_comes_back_byte_for_byte_and_only_to_save(service: Service) -> None:
    content = "手续费2元。\r\n<script>".encode()
    job = await service.ingest("收费 标准.md", content)
    path = f"/v1/documents/{job['document_id']}/versions/1/file"
    answer = await (await service.as_("approver")).get(path)
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E6%94%B6")
    assert (
        await (await service.as_("customer")).get(f"/v1/documents/{job['document_id']}/versions/1/file")
    ).status_code == 403


async def test_the_history_of_a_version_names_everyone_and_their_words(service: Service) -> None:
    job = await service.ingest("fee.md", "手续费2元。")
    document_id = job["document_id"]
    await _decide(service, "editor", document_id, 1, "submit", comment="请审")
    await _decide(service, "approver", document_id, 1, "reject", comment="日期不对")
    await _decide(service, "editor", document_id, 1, "submit")
    await _decide(service, "approver", document_id, 1, "approve", comment="可以")
    await _decide(service, "approver", document_id, 1, "withdraw", comment="有误")
    version = await _version(service, document_id)
    assert [(entry["actor"], entry["action"], entry["comment"]) for entry in version["history"]] == [
        ("editor", "uploaded", ""),
        ("ingestion", "prepared", ""),
        ("editor", "submitted", "请审"),
        ("approver", "rejected", "日期不对"),
        ("editor", "submitted", ""),
        ("approver", "approved", "可以"),
        ("approver", "withdrawn", "有误"),
    ]
    assert (version["submitted_by"], version["approver"]) == ("editor", "approver")


# -- hindsight, reasons ----------------------------------------------------------------------------------------


async def test_known_at_ignores_every_decision_made_since(service: Service) -> None:
    document_id = (await service.publish("fee.md", "转账手续费2元。", valid_from="2026-01-01"))["document_id"]
    instants = [service.clock.now]
    service.clock.now += timedelta(hours=1)
    await service.publish("fee.md", "转账手续费3元。", valid_from="2026-11-01")
    instants.append(service.clock.now)
    service.clock.now += timedelta(hours=1)
    await _decide(service, "approver", document_id, 2, "withdraw")
    instants.append(service.clock.now)
    service.clock.now += timedelta(hours=1)
    await (await service.as_("approver")).post(f"/v1/documents/{document_id}/rollback", json={"version": 1})
    instants.append(service.clock.now)

    async def known(at: object, **body: object) -> list[str]:
        return await _found(service, "转账手续费", known_at=str(at), **body)

    two, three = ["转账手续费2元。"], ["转账手续费3元。"]
    assert [await known(at.isoformat()) for at in instants] == [two, three, [], two]
    before = (instants[0] - timedelta(seconds=1)).isoformat()
    assert await known(before) == []
    assert await known(instants[1].isoformat(), as_of="2026-10-31") == two
    answer = await (await service.as_("evaluator")).post(
        "/v1/search", json={"query": "转账手续费", "known_at": instants[0].isoformat()}
    )
    [passage] = answer.json()["passages"]
    assert (passage["valid_from"], passage["valid_to"]) == ("2026-01-01", None), "as it was known then"


async def test_a_search_explains_itself_when_asked(service: Service) -> None:
    await service.publish("fee.md", "转账手续费2元。")
    evaluator = await service.as_("evaluator")
    plain = (await evaluator.post("/v1/search", json={"query": "手续费"})).json()
    assert "explain" not in plain
    at = service.clock.now.isoformat()
    body = {"query": "手续费", "explain": True, "audience": "staff", "known_at": at}
    explained = (await evaluator.post("/v1/search", json=body)).json()["explain"]
    assert set(explained) == {"threshold", "evidence", "filters"}
    filters = explained["filters"]
    assert (filters["audiences"], filters["approved"], filters["as_of"]) == (["public", "staff"], True, "2026-11-23")
    assert filters["known_at"] is not None
    assert (
        await evaluator.post("/v1/search", json={"query": "x", "known_at": "2026-11-23T00:00:00"})
    ).status_code == 422


# -- what nobody said again ------------------------------------------------------------------------------------


async def test_a_new_version_of_what_is_for_staff_stays_for_staff_until_somebody_says_else(service: Service) -> None:
    editor = await service.as_("editor")

    async def upload(text: str, **said: str) -> dict[str, Any]:
        sent = await editor.post("/v1/documents", files={"file": ("内部手册.md", text.encode())}, data=said)
        assert sent.status_code == 202, sent.text
        return {**sent.json(), **await service.ended(sent.json()["job_id"])}

    first = await upload("减免口径：金卡可减免年费。", audience="staff")
    await _publish(service, first)
    later = await upload("减免口径：金卡和白金卡可减免年费。", document_id=first["document_id"])
    assert later["outcome"] == "new_version"
    assert (await _version(service, first["document_id"], 2))["audience"] == "staff"
    await _publish(service, later)
    assert await _found(service, "减免口径") == []
    assert await _found(service, "减免口径", audience="staff") == ["减免口径：金卡和白金卡可减免年费。"]
    again = await upload("减免口径：金卡和白金卡可减免年费。", document_id=first["document_id"])
    assert again["outcome"] == "unchanged"
    opened = await upload("减免口径：请咨询网点。", document_id=first["document_id"], audience="public")
    assert (await _version(service, first["document_id"], opened["version"]))["audience"] == "public"


async def test_an_edition_of_former_days_never_takes_the_current_one_out_of_force(service: Service) -> None:
    job = await service.ingest("fee.md", "年费10元。", valid_from="2025-12-01")
    await _publish(service, job)
    old = await service.ingest(
        "fee.md", "年费8元。", document_id=job["document_id"], valid_from="2024-01-01", valid_to="2024-12-31"
    )
    await _publish(service, old)
    assert await _found(service, "年费") == ["年费10元。"]
    assert await _found(service, "年费", as_of="2024-06-01") == ["年费8元。"]
    vain = await service.ingest(
        "fee.md", "年费9元。", document_id=job["document_id"], valid_from="2026-01-01", valid_to="2026-02-01"
    )
    await _decide(service, "editor", job["document_id"], vain["version"], "submit")
    refused = await _decide(service, "approver", job["document_id"], vain["version"], "approve")
    assert (refused["http"], refused["code"]) == (422, "invalid_dates")
    assert await _found(service, "年费") == ["年费10元。"]


async def test_the_approver_of_a_temporary_edition_is_told_what_comes_after_it(service: Service) -> None:
    job = await service.ingest("fee.md", "年费10元。")
    await _publish(service, job)
    await service.ingest("fee.md", "年费5元。", document_id=job["document_id"], valid_to="2099-12-31")
    told = [one["code"] for one in (await _version(service, job["document_id"], 2))["warnings"]]
    assert told[0] == "ends_without_successor"
