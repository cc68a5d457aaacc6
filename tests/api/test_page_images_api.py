"""The picture of a page over HTTP: for staff, cached by what it depends on, and honest about what it cannot show."""

from __future__ import annotations

from tests.api.conftest import Service

URL = "/v1/documents/{document_id}/versions/{version}/pages/"


async def test_staff_sees_the_page_and_a_browser_that_has_it_is_told_so(service: Service) -> None:
    uploaded = await service.ingest("fees.pdf", "第一页\n第二页")
    url = URL.format(**uploaded)
    editor = await service.as_("editor")
    first = await editor.get(url + "2", params={"width": 800})
    assert (first.status_code, first.headers["content-type"], first.content) == (200, "image/png", b"\x89PNG 2 800")
    assert "private" in first.headers["cache-control"]
    again = await editor.get(url + "2", params={"width": 800}, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    wider = await editor.get(url + "2", params={"width": 900}, headers={"If-None-Match": first.headers["etag"]})
    assert wider.status_code == 200
    assert service.prepare.rendered == [(2, 800), (2, 900)]


async def test_what_cannot_be_shown_says_why(service: Service) -> None:
    pdf, text = await service.ingest("fees.pdf", "第一页"), await service.ingest("fees.txt", "第一页")
    editor = await service.as_("editor")
    answers = [
        await editor.get(URL.format(**pdf) + "2"),
        await editor.get(URL.format(**text) + "1"),
        await editor.get(URL.format(document_id=pdf["document_id"], version=7) + "1"),
        await editor.get(URL.format(**pdf) + "0"),
        await editor.get(URL.format(**pdf) + "1", params={"width": 99_999}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers[:2]] == [
        (404, "no_page"),
        (404, "no_page_image"),
    ]
    assert [answer.status_code for answer in answers[2:]] == [404, 422, 422]
    assert service.prepare.rendered == []


async def test_a_customer_sees_no_page(service: Service) -> None:
    uploaded = await service.ingest("fees.pdf", "第一页")
    visitor = await service.as_("visitor")
    assert (await visitor.get(URL.format(**uploaded) + "1")).status_code == 403
