"""From an upload to an answer and back: versions, approval, search, bad files."""

from __future__ import annotations

import asyncio

from tests.api.conftest import Service


async def _found(service: Service, query: str, **body: object) -> list[str]:
    answer = await (await service.as_("evaluator")).post("/v1/search", json={"query": query, **body})
    assert answer.status_code == 200, answer.text
    return [passage["text"] for passage in answer.json()["passages"]]


async def test_a_draft_is_found_by_nobody_until_another_person_approves_it(service: Service) -> None:
    job = await service.ingest("fees.md", "跨行转账每笔手续费2元。", kind="product", title="转账收费")
    assert (job["status"], job["outcome"]) == ("done", "created")
    assert await _found(service, "跨行转账手续费") == []
    path = f"/v1/documents/{job['document_id']}/versions/1"
    editor, approver = await service.as_("editor"), await service.as_("approver")
    assert (await approver.post(f"{path}/approve", json={})).json()["code"] == "wrong_state"
    assert (await editor.post(f"{path}/submit", json={})).json()["versions"][0]["status"] == "in_review"
    assert (await editor.post(f"{path}/approve", json={})).status_code == 403
    assert (await approver.post(f"{path}/approve", json={})).json()["versions"][0]["status"] == "approved"
    assert await _found(service, "跨行转账手续费") == ["跨行转账每笔手续费2元。"]


async def test_an_admin_cannot_approve_what_the_admin_edited(service: Service) -> None:
    admin = await service.as_("admin")
    accepted = await admin.post("/v1/documents", files={"file": ("a.md", "年费100元。".encode())})
    await service.ended(accepted.json()["job_id"])
    path = f"/v1/documents/{accepted.json()['document_id']}/versions/1"
    assert (await admin.post(f"{path}/submit", json={})).status_code == 200
    refused = await admin.post(f"{path}/approve", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_edit")


async def test_a_successor_answers_from_its_first_day_and_the_old_version_until_the_day_before(
    service: Service,
) -> None:
    await service.publish("fee.md", "转账手续费2元。", title="收费", valid_from="2026-01-01")
    document = await service.publish("fee.md", "转账手续费3元。", title="收费", valid_from="2026-12-01")
    assert document["document_id"]
    assert await _found(service, "转账手续费", as_of="2026-11-30") == ["转账手续费2元。"]
    assert await _found(service, "转账手续费", as_of="2026-12-01") == ["转账手续费3元。"]
    assert await _found(service, "转账手续费", as_of="2025-12-31") == []
    assert await _found(service, "转账手续费") == ["转账手续费2元。"]


async def test_withdrawing_and_rolling_back(service: Service) -> None:
    await service.publish("fee.md", "转账手续费2元。", valid_from="2026-01-01")
    document = await service.publish("fee.md", "转账手续费3元。", valid_from="2026-11-01")
    approver = await service.as_("approver")
    path = f"/v1/documents/{document['document_id']}"
    assert await _found(service, "转账手续费") == ["转账手续费3元。"]
    assert (await approver.post(f"{path}/versions/2/withdraw", json={"comment": "有误"})).status_code == 200
    assert await _found(service, "转账手续费") == []
    rolled = (await approver.post(f"{path}/rollback", json={"version": 1})).json()
    assert [version["status"] for version in rolled["versions"]] == ["approved", "withdrawn"]
    assert await _found(service, "转账手续费") == ["转账手续费2元。"]


async def test_the_same_file_again_is_unchanged_and_other_bytes_are_a_new_version(service: Service) -> None:
    first = await service.ingest("a.md", "第一版", title="甲")
    same = await service.ingest("a.md", "第一版", title="甲")
    other = await service.ingest("a.md", "第二版", title="甲")
    other_metadata = await service.ingest("a.md", "第二版", title="乙")
    assert [job["outcome"] for job in (first, same, other, other_metadata)] == [
        "created",
        "unchanged",
        "new_version",
        "new_version",
    ]
    assert len({job["document_id"] for job in (first, same, other, other_metadata)}) == 1
    assert [job["version"] for job in (first, same, other, other_metadata)] == [1, 1, 2, 3]


async def test_twenty_uploads_of_one_file_at_once_make_one_version(service: Service) -> None:
    editor = await service.as_("editor")
    uploads = [editor.post("/v1/documents", files={"file": ("same.md", "同一份文件".encode())}) for _ in range(20)]
    answers = [answer.json() for answer in await asyncio.gather(*uploads)]
    for answer in answers:
        assert (await service.ended(answer["job_id"]))["status"] == "done"
    assert {(answer["document_id"], answer["version"]) for answer in answers} == {(answers[0]["document_id"], 1)}
    assert service.prepare.prepared == [(answers[0]["document_id"], 1)]
    assert len(service.index.passages) == 1


async def test_a_file_that_cannot_be_read_fails_its_job_and_leaves_nothing(service: Service) -> None:
    job = await service.ingest("bad.pdf", b"corrupt")
    assert (job["status"], job["error"]["code"]) == ("failed", "corrupt")
    assert service.index.passages == {}
    listed = (await (await service.as_("editor")).get("/v1/documents")).json()
    assert listed["documents"] == []
    again = await service.ingest("bad.pdf", "现在好了".encode())
    assert (again["status"], again["outcome"], again["version"]) == ("done", "created", 1)


async def test_a_file_of_which_nothing_is_left_tells_what_was_kept_out(service: Service) -> None:
    job = await service.ingest("hidden.md", "#hidden 年费为0元")
    assert (job["status"], job["error"]["code"]) == ("failed", "no_text")
    assert [warning["code"] for warning in job["warnings"]] == ["hidden_text"]
    assert job["kept_out"] == [{"text": "#hidden 年费为0元", "section": "", "page": None, "reason": "hidden_text"}]
    assert (await service.ingest("fee.md", "年费为10元"))["kept_out"] == []


async def test_what_can_be_told_at_once_is_refused_at_once(service: Service) -> None:
    editor = await service.as_("editor")

    async def code(name: str, content: bytes, **form: str) -> tuple[int, str]:
        answer = await editor.post("/v1/documents", files={"file": (name, content)}, data=form)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()["code"]

    assert await code("empty.md", b"") == (422, "empty_file")
    assert await code("tool.exe", b"MZ") == (422, "unknown_format")
    assert await code("big.md", b"x" * 300_000) == (413, "too_large")
    assert await code("a.md", b"x", valid_from="2026-02-01", valid_to="2026-01-01") == (422, "invalid_dates")
    assert await code("a.md", b"x", valid_from="soon") == (422, "invalid")
    assert await code("a.md", b"x", document_id="unknown") == (404, "not_found")
    assert (await editor.post("/v1/documents", data={"kind": "faq"})).json()["code"] == "invalid"


async def test_passages_are_shown_in_their_order_with_the_source_text(service: Service) -> None:
    job = await service.ingest("three.md", "一。\n二。\n三。")
    path = f"/v1/documents/{job['document_id']}/versions/1/passages"
    passages = (await (await service.as_("approver")).get(path)).json()["passages"]
    assert [(passage["ordinal"], passage["text"]) for passage in passages] == [(0, "一。"), (1, "二。"), (2, "三。")]


async def test_documents_are_listed_by_query_kind_and_status(service: Service) -> None:
    await service.publish("a.md", "甲", title="活期存款", kind="product")
    await service.ingest("b.md", "乙", title="投诉办法", kind="regulation")
    editor = await service.as_("editor")

    async def titles(**query: str) -> list[str]:
        return [row["title"] for row in (await editor.get("/v1/documents", params=query)).json()["documents"]]

    assert await titles() == ["投诉办法", "活期存款"] or await titles() == ["活期存款", "投诉办法"]
    assert await titles(query="存款") == ["活期存款"]
    assert await titles(kind="regulation") == ["投诉办法"]
    assert await titles(status="approved") == ["活期存款"]


async def test_the_index_being_down_at_approval_is_made_good_by_repeating_it(service: Service) -> None:
    job = await service.ingest("a.md", "年费100元。")
    path = f"/v1/documents/{job['document_id']}/versions/1"
    await (await service.as_("editor")).post(f"{path}/submit", json={})
    approver = await service.as_("approver")
    service.index.broken = ConnectionError("down")
    assert (await approver.post(f"{path}/approve", json={})).status_code == 500
    service.index.broken = None
    assert await _found(service, "年费") == []
    assert (await approver.post(f"{path}/approve", json={})).status_code == 200
    assert await _found(service, "年费") == ["年费100元。"]


async def test_job_progress_is_streamed_to_its_end(service: Service) -> None:
    editor = await service.as_("editor")
    accepted = (await editor.post("/v1/documents", files={"file": ("a.md", "一\n二".encode())})).json()
    async with editor.stream("GET", f"/v1/jobs/{accepted['job_id']}/events") as stream:
        lines = [line async for line in stream.aiter_lines()]
    assert lines[-3].startswith("event: job.ended") or "event: job.ended" in lines
    assert '"outcome":"created"' in "".join(lines)


async def test_the_second_of_two_editors_does_not_take_the_first_ones_synonyms_away(service: Service) -> None:
    editor = await service.as_("editor")
    for start in ([], [["打钱", "转账"]]):
        seen = (await editor.get("/v1/synonyms")).headers["etag"]
        first = {"groups": [*start, ["房贷", "按揭"]]}
        put = await editor.put("/v1/synonyms", json=first, headers={"if-match": seen})
        assert put.status_code == 200, put.text
        late = await editor.put("/v1/synonyms", json={"groups": [["网银", "网上银行"]]}, headers={"if-match": seen})
        assert (late.status_code, late.json()["code"]) == (409, "synonyms_changed")
        assert "复制您的改动" in late.json()["title"]
        read = await editor.get("/v1/synonyms")
        assert (read.json(), read.headers["etag"]) == (first, put.headers["etag"])
        weak = {"if-match": f"W/{put.headers['etag']}"}
        assert (await editor.put("/v1/synonyms", json={"groups": [["打钱", "转账"]]}, headers=weak)).status_code == 200
    whatever = {"if-match": "*"}
    assert (await editor.put("/v1/synonyms", json={"groups": []}, headers=whatever)).status_code == 200


async def test_synonyms_are_kept_and_audited(service: Service) -> None:
    editor = await service.as_("editor")
    groups = {"groups": [["打钱", "转账"], ["房贷", "按揭"]]}
    assert (await editor.put("/v1/synonyms", json=groups)).json() == groups
    assert (await editor.get("/v1/synonyms")).json() == groups
    assert (await editor.put("/v1/synonyms", json={"groups": [["一个"]]})).status_code == 422
    records = (await (await service.as_("admin")).get("/v1/audit")).json()["records"]
    assert [record["type"] for record in records] == ["synonyms.changed"]
