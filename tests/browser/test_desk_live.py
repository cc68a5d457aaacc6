"""A customer's browser and an agent's, against the whole real service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat_page import ChatPage, OpenChat
from tests.browser.desk_page import DeskPage, OpenDesk
from tests.browser.real_service import RealService

pytestmark = pytest.mark.browser

MORNING = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, a working day
GUIDE = """# 个人住房贷款服务指南

## 提前还款

个人住房贷款放款满一年后申请提前还款，不收取违约金；未满一年的，按提前还款本金的1%收取违约金。

## 办理渠道

提前还款可以在手机银行“贷款”栏目申请，也可以携带身份证到贷款经办网点办理。
"""
DEFERRAL = """# 延期还本须知

## 申请材料

申请延期还本须提交收入变动证明和身份证原件。

## 办理地点

延期还本在贷款经办网点的个人信贷窗口办理，不能在线上办理。
"""
QUESTION = "房贷提前还款要收违约金吗？"


@pytest.fixture(scope="module", autouse=True)
def guide(bank: RealService) -> None:
    bank.clock.put(MORNING)
    bank.publish("个人住房贷款服务指南.md", GUIDE, valid_from="2026-01-01")


@pytest.fixture
def customer(chromium: Browser, bank: RealService) -> Iterator[ChatPage]:
    opener = OpenChat(chromium, bank.url)
    yield opener()
    opener.close()


@pytest.fixture
def agent(chromium: Browser, bank: RealService) -> Iterator[DeskPage]:
    opener = OpenDesk(chromium, bank.url)
    yield opener("agent")
    opener.close()


def heard(customer: ChatPage) -> list[str]:
    """What the person said, as the customer sees it."""
    return customer.page.locator(".spoken .bubble").all_text_contents()


def end(agent: DeskPage) -> None:
    agent.page.locator(".talk-head").click()
    agent.press("e")
    agent.dialog.get_by_label("处理结果").fill("已说明满一年不收违约金。")
    agent.dialog.get_by_role("button", name="办结").click()
    expect(agent.page.locator(".talk-foot")).to_contain_text("已经结束")


def test_an_angry_customer_is_helped_by_a_person_rates_and_goes_on_with_the_bot(
    customer: ChatPage, agent: DeskPage
) -> None:
    customer.ask(QUESTION)
    expect(customer.answer).to_contain_text("违约金")
    customer.finished()
    customer.ask("你们说的我看不懂，气死我了，马上给我转人工！")
    expect(customer.page.get_by_text(re.compile("您排在第.1.位"))).to_be_visible()
    expect(agent.queue.get_by_role("link")).to_have_count(1)
    agent.press("n")
    expect(agent.field).to_be_focused()
    expect(agent.context).to_contain_text("气死我了")
    expect(agent.lines.first).to_have_text(QUESTION)
    expect(customer.page.get_by_text("正在为您服务")).to_be_visible()
    agent.field.press_sequentially("您好")
    expect(customer.page.get_by_text("人工客服正在输入")).to_be_visible()
    agent.say("您好，让您着急了。您的贷款满一年了吗？")
    expect(customer.page.locator(".spoken .bubble")).to_have_text("您好，让您着急了。您的贷款满一年了吗？")
    expect(agent.page.locator(".line-read")).to_contain_text("已读")
    customer.page.get_by_role("textbox").fill("满了，2024年办的")
    customer.page.get_by_role("textbox").press("Enter")
    expect(agent.lines.last).to_have_text("满了，2024年办的")
    expect(customer.page.locator(".asked .read")).to_have_text("对方已读")
    agent.say("那就不收违约金。")
    expect(customer.page.locator(".spoken .bubble")).to_have_count(2)
    end(agent)
    customer.page.get_by_role("button", name="很满意").click()
    expect(customer.page.get_by_text("谢谢您的评价。")).to_be_visible()
    answers = customer.answers.count()
    customer.ask("那在哪里办理？")
    expect(customer.answers).to_have_count(answers + 1)
    expect(customer.answer).to_contain_text("手机银行")
    customer.finished()
    assert heard(customer) == ["您好，让您着急了。您的贷款满一年了吗？", "那就不收违约金。"]
    assert customer.faults == agent.faults == []


def test_a_victim_of_fraud_reads_the_safety_words_before_anything_else_and_comes_first(
    customer: ChatPage, agent: DeskPage
) -> None:
    customer.ask("有人自称公安，让我马上把钱转到安全账户")
    banner = customer.page.get_by_role("heading", name="请先停一下，钱先不要转")
    expect(banner).to_be_visible()
    numbers = customer.answer.get_by_role("link")
    expect(numbers.first).to_have_attribute("href", "tel:110")
    first = customer.page.evaluate("document.querySelector('.answer-text, .note').className")
    assert "answer-text" in first
    expect(agent.queue.get_by_role("link").first).to_contain_text("疑似诈骗")
    expect(agent.page).to_have_title(re.compile("【紧急 1】"))
    agent.press("n")
    agent.page.get_by_text("客户已经看到的安全提示").click()
    expect(agent.page.locator(".safety")).to_contain_text("96110")
    agent.say("我是人工客服，请先不要转账，慢慢说。")
    expect(customer.page.locator(".spoken .bubble")).to_have_text("我是人工客服，请先不要转账，慢慢说。")
    end(agent)


def test_a_customer_whose_network_drops_during_the_reply_loses_and_doubles_nothing(
    customer: ChatPage, agent: DeskPage
) -> None:
    customer.page.get_by_role("button", name="转人工").click()
    expect(agent.queue.get_by_role("link").first).to_contain_text("要求人工")
    agent.press("n")
    agent.say("第一句")
    expect(customer.page.locator(".spoken .bubble")).to_have_text(["第一句"])
    customer.page.context.set_offline(True)
    expect(customer.page.get_by_text("网络已断开")).to_be_visible()
    agent.say("第二句")
    agent.say("第三句")
    expect(agent.own).to_have_text(["第一句", "第二句", "第三句"])
    expect(agent.page.locator(".is-going")).to_have_count(0)
    customer.page.get_by_role("textbox").fill("我这边断了一下")
    customer.page.get_by_role("textbox").press("Enter")
    customer.page.context.set_offline(False)
    expect(customer.page.locator(".spoken .bubble")).to_have_text(["第一句", "第二句", "第三句"])
    expect(agent.lines.last).to_have_text("我这边断了一下")
    agent.say("第四句")
    expect(customer.page.locator(".spoken .bubble")).to_have_text(["第一句", "第二句", "第三句", "第四句"])
    assert customer.questions.all_text_contents() == ["我这边断了一下"]
    said = [text for text in agent.lines.all_text_contents() if text.startswith(("第", "我"))]
    assert said.count("我这边断了一下") == 1
    end(agent)


def test_an_agents_answer_reaches_the_customer_who_had_asked_it_in_vain(customer: ChatPage, bank: RealService) -> None:
    """The agent's, the editor's and the approver's parts over HTTP; the page shows what the customer sees of it."""
    question, answer = "社保卡的金融账户怎么激活？", "请持社保卡和本人身份证件到任一网点激活，当场生效。"
    customer.ask(question)
    customer.answer.get_by_role("button", name="有答案时告诉我").click()
    expect(customer.answer.get_by_text("会在这个对话里告诉您")).to_be_visible()
    with bank.as_("customer") as other, bank.as_("agent") as agent:
        conversation = other.post("/v1/conversations", json={}).json()["id"]
        other.post(f"/v1/conversations/{conversation}/messages", json={"text": "社保卡金融账户要如何激活"})
        ticket = other.post(f"/v1/conversations/{conversation}/handoff").json()["ticket_id"]
        agent.post(f"/v1/tickets/{ticket}/accept")
        done = agent.post(f"/v1/tickets/{ticket}/resolve", json={"resolution": answer, "reusable": True})
        assert done.status_code == 200, done.text
        job = bank.until(lambda: agent.get(f"/v1/tickets/{ticket}").json()["draft"])
    with bank.as_("editor") as editor:
        path = f"/v1/documents/{job['document_id']}"
        bank.until(lambda: editor.get(path).json()["versions"][0]["ready"])
        texts = [one["text"] for one in editor.get(f"{path}/versions/1/passages").json()["passages"]]
        assert any(answer in text for text in texts)
    bank.approve(job)
    notice = customer.page.get_by_role("note")
    expect(notice).to_contain_text(f"您之前问的“{question}”，现在有了经过审核的答案。")
    notice.get_by_role("button", name="再问一次").click()
    expect(customer.answer).to_contain_text("到任一网点激活")
    customer.finished()
    customer.page.reload()
    expect(notice).to_have_count(1)
    assert customer.faults == []


def test_a_topic_that_only_the_agent_named_is_remembered_by_the_bot(bank: RealService) -> None:
    bank.publish("延期还本须知.md", DEFERRAL, valid_from="2026-01-01")
    with bank.as_("customer") as customer, bank.as_("agent") as agent:
        path = f"/v1/conversations/{customer.post('/v1/conversations', json={}).json()['id']}"

        def ask(text: str) -> dict[str, Any]:
            return dict(customer.post(f"{path}/messages", json={"text": text}).json())

        assert ask("房贷提前还款在哪里办理？")["status"] == "answered"
        ticket = customer.post(f"{path}/handoff").json()["ticket_id"]
        agent.post(f"/v1/tickets/{ticket}/accept")
        assert ask("我最近手头紧，这个月还不上，怎么办")["status"] == "relayed"
        agent.post(f"/v1/tickets/{ticket}/messages", json={"text": "您好，别担心。您可以申请延期还本。"})
        agent.post(f"/v1/tickets/{ticket}/return")
        turn = ask("那要带什么材料？")
        assert turn["status"] == "answered", turn
        assert "收入变动证明" in turn["text"]
        assert "手机银行" not in ask("那在哪里办理？")["text"]
