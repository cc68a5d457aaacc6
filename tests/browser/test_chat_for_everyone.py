"""Everyone: keyboard, screen reader, input methods, large type, dark, three languages, small screens, contrast."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import DESK, ChatPage, OpenChat
from tests.browser.fake_service import FakeService
from tests.browser.scripts import ABSTAINED, EMERGENCY, FAILED, QUESTION, REFUSED, grounded

pytestmark = pytest.mark.browser

TOKENS = Path(__file__).parents[2] / "app" / "web" / "styles" / "tokens.css"


def test_a_screen_reader_hears_each_released_sentence_once(chat: ChatPage, service: FakeService) -> None:
    service.scripts[QUESTION] = grounded("second")
    chat.ask(QUESTION)
    expect(chat.answer).to_contain_text("单笔5万元")
    assert chat.said == ["短信验证码单笔5万元。"]
    service.release("second")
    chat.finished()
    assert chat.said == ["短信验证码单笔5万元。", "新设备每日5000元。", "更高限额请到网点签约。"]


def test_the_page_can_be_used_with_the_keyboard_alone(chat: ChatPage, service: FakeService) -> None:
    service.scripts["借记卡丢了怎么挂失？"] = grounded()
    keys = chat.page.keyboard

    def tab_to(name: str) -> None:
        for _ in range(40):
            keys.press("Tab")
            focused = chat.page.evaluate(
                """() => {
                  const { activeElement: at } = document;
                  return at.matches("button, a, textarea, input") ? at.ariaLabel || at.innerText : "";
                }"""
            )
            if name in focused:
                return
        raise AssertionError(f"Tab never reached {name}")

    chat.page.evaluate("document.activeElement.blur()")
    tab_to("借记卡丢了怎么挂失？")
    keys.press("Enter")
    expect(chat.page.get_by_role("region", name="依据原文")).to_be_visible()
    tab_to("查看依据 1")
    keys.press("Enter")
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    tab_to("下一条依据")
    keys.press("Space")
    expect(chat.page.get_by_role("dialog").locator("mark")).to_contain_text("网点签约")
    keys.press("Escape")
    tab_to("有帮助")
    keys.press("Enter")
    tab_to("输入您的问题")
    keys.type("第二问")
    keys.press("Enter")
    expect(chat.answer).to_contain_text("第二问")
    assert service.asked("POST", "/feedback")


def test_a_wish_keeps_the_focus_and_is_told_where_a_screen_reader_already_listens(
    chat: ChatPage, service: FakeService
) -> None:
    service.scripts["车位贷款几年"] = ABSTAINED
    chat.ask("车位贷款几年")
    chat.finished()
    status = chat.answer.locator(".wish").get_by_role("status")
    expect(status).to_have_count(1)
    expect(status).to_be_empty()
    chat.page.evaluate("document.querySelector('.wish [role=status]').dataset.mine = 'yes'")
    chat.answer.get_by_role("button", name="有答案时告诉我").press("Enter")
    expect(status).to_contain_text("会在这个对话里告诉您")
    expect(status).to_have_attribute("data-mine", "yes")
    expect(chat.answer.get_by_role("button", name="不用通知了")).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.answer.get_by_role("button", name="有答案时告诉我")).to_be_focused()
    expect(status).to_be_empty()


def test_an_enter_that_ends_a_composition_does_not_send(chat: ChatPage, service: FakeService) -> None:
    chat.field.fill("ni'hao")
    chat.field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    chat.field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    chat.field.press("Shift+Enter")
    chat.field.press("End")
    chat.page.keyboard.type("第二行")
    expect(chat.field).to_have_value("ni'hao\n第二行")
    assert service.asked("POST", "/messages") == []
    chat.field.press("Enter")
    expect(chat.questions).to_have_text(["ni'hao\n第二行"])


def test_a_message_over_the_limit_is_held_back_with_a_kind_word(chat: ChatPage, service: FakeService) -> None:
    chat.field.fill("字" * 2003)
    expect(chat.page.get_by_text("超出 3 字了。请分成几条发送")).to_be_visible()
    expect(chat.send).to_be_disabled()
    chat.field.press("Enter")
    assert service.asked("POST", "/messages") == []
    chat.field.fill("字" * 2000)
    expect(chat.send).to_be_enabled()


def test_large_type_enlarges_and_is_remembered(chat: ChatPage) -> None:
    size = "parseFloat(getComputedStyle(document.querySelector('.welcome-lead')).fontSize)"
    before = chat.page.evaluate(size)
    chat.page.get_by_role("button", name="长辈大字版").click()
    expect(chat.page.get_by_role("button", name="长辈大字版")).to_have_attribute("aria-pressed", "true")
    expect(chat.page.locator("html")).to_have_attribute("data-size", "large")
    assert chat.page.evaluate(size) >= 1.2 * before
    chat.page.reload()
    expect(chat.page.get_by_role("heading", name="您好")).to_be_visible()
    assert chat.page.evaluate(size) >= 1.2 * before
    assert chat.fits()


def test_dark_follows_the_system_and_can_be_chosen_against_it(open_chat: OpenChat) -> None:
    def has_paper(chat: ChatPage, colour: str) -> None:
        expect(chat.page.locator("body")).to_have_css("background-color", colour)

    dark = open_chat(color_scheme="dark")
    light = open_chat(color_scheme="light")
    has_paper(dark, "rgb(14, 21, 19)")
    has_paper(light, "rgb(244, 246, 243)")
    light.page.get_by_role("button", name="设置").click()
    light.page.get_by_role("dialog").get_by_role("radio", name="深色").check()
    has_paper(light, "rgb(14, 21, 19)")


def test_the_language_can_be_switched_and_the_documents_title_with_it(chat: ChatPage) -> None:
    chat.page.get_by_role("button", name="设置").click()
    dialog = chat.page.get_by_role("dialog")
    dialog.get_by_role("radio", name="繁體").check()
    expect(dialog.get_by_text("語言")).to_be_visible()
    expect(chat.page.locator("html")).to_have_attribute("lang", "zh-Hant")
    dialog.get_by_role("radio", name="English").check()
    expect(dialog.get_by_role("heading", name="Display and conversation")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("textbox", name="Your question")).to_be_visible()
    expect(chat.page.get_by_role("button", name="How do I report a lost debit card?")).to_be_visible()
    expect(chat.page).to_have_title(re.compile("Wenda"))
    assert chat.fits()


def test_a_browser_in_english_or_traditional_chinese_is_greeted_in_its_language(open_chat: OpenChat) -> None:
    expect(open_chat(locale="en-GB").page.get_by_role("heading", name="Hello.")).to_be_visible()
    expect(open_chat(locale="zh-TW").page.get_by_role("heading", name="想了解什麼")).to_be_visible()


@pytest.mark.parametrize("size", ["normal", "large"])
def test_nothing_is_cut_off_on_a_phone_in_any_state(open_chat: OpenChat, service: FakeService, size: str) -> None:
    service.readiness["demo"] = True
    service.readiness["parts"]["model"] = {"status": "loading", "percent": 45}
    chat = open_chat(initial=f"localStorage.setItem('wenda.preferences', '{{\"size\": \"{size}\"}}')")
    assert chat.fits()
    states = {QUESTION: grounded(), "不知道": ABSTAINED, "拒绝": REFUSED, "失败": FAILED, "诈骗": EMERGENCY}
    service.scripts.update(states)
    for text in [*states, "https://example.com/" + "a" * 200]:
        chat.ask(text)
        expect(chat.questions.last).to_have_text(text)
        chat.finished()
        assert chat.fits(), text
    chat.answers.first.get_by_role("button", name="查看依据 1").first.click()
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    assert chat.fits()


def test_everything_to_tap_is_large_enough_for_a_thumb(chat: ChatPage, service: FakeService) -> None:
    service.scripts[QUESTION] = grounded()
    chat.ask(QUESTION)
    chat.finished()
    small = chat.page.evaluate(
        """() => [...document.querySelectorAll("button, input[type=radio], .call")]
          .filter((element) => element.checkVisibility())
          .map((element) => {
            const box = element.getBoundingClientRect();
            const around = getComputedStyle(element, "::after");
            const grown = around.position === "absolute" && around.content !== "none";
            const width = grown ? parseFloat(around.width) : box.width;
            const height = grown ? parseFloat(around.height) : box.height;
            return { name: element.ariaLabel || element.innerText, width, height };
          })
          .filter(({ width, height }) => width < 43.5 || height < 43.5)"""
    )
    assert small == []


def test_less_motion_means_none(open_chat: OpenChat, service: FakeService) -> None:
    service.scripts[QUESTION] = grounded("never")
    chat = open_chat(reduced_motion="reduce")
    chat.ask(QUESTION)
    expect(chat.answer).to_contain_text("单笔5万元")
    assert chat.page.evaluate("document.getAnimations().length") == 0


def test_a_long_answer_is_read_from_its_beginning(open_chat: OpenChat, service: FakeService) -> None:
    chat = open_chat(viewport={"width": 390, "height": 560})
    service.scripts[QUESTION] = grounded()
    for text in ("第一问", "第二问", QUESTION):
        chat.ask(text)
        expect(chat.questions.last).to_have_text(text)
        chat.finished()
    expect(chat.questions.last).to_be_in_viewport()
    chat.page.get_by_role("button", name="回到最新消息").click()
    expect(chat.page.get_by_role("button", name="转账多久能到账？")).to_be_in_viewport()


def test_the_page_asks_nobody_but_its_own_service(open_chat: OpenChat, service: FakeService) -> None:
    asked: list[str] = []
    chat = open_chat(viewport=DESK)
    chat.page.on("request", lambda request: asked.append(request.url))
    chat.page.reload()
    chat.ask(QUESTION)
    chat.finished()
    assert asked
    assert all(url.startswith(service.url) for url in asked)
    assert chat.faults == []


def test_a_voice_is_offered_only_where_the_browser_has_one_and_after_consent(open_chat: OpenChat) -> None:
    mute = "delete window.SpeechRecognition; delete window.webkitSpeechRecognition; delete window.speechSynthesis;"
    silent = open_chat(initial=mute)
    expect(silent.page.get_by_role("button", name="语音输入")).to_have_count(0)
    heard = """
      window.webkitSpeechRecognition = class {
        start() { this.onresult({ results: [[{ transcript: "怎么挂失" }]] }); this.onend(); }
        stop() {}
        abort() {}
      };
      delete window.SpeechRecognition;
    """
    speaking = open_chat(initial=heard)
    speaking.page.get_by_role("button", name="语音输入").click()
    expect(speaking.field).to_have_value("")
    speaking.page.get_by_role("button", name="使用", exact=True).click()
    expect(speaking.field).to_have_value("怎么挂失")


def _theme(css: str, opening: str) -> dict[str, str]:
    body = css[css.index(opening) + len(opening) :]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", body[: body.index("}")]))


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_pair_of_text_and_ground_has_enough_contrast_in_both_themes() -> None:
    css = TOKENS.read_text()
    light = _theme(css, ":root {")
    dark = _theme(css, ':root[data-theme="dark"] {')
    assert dark == _theme(css, ':root:not([data-theme="light"]) {')
    pairs = [
        *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent") for ground in ("paper", "surface", "sunk")),
        *((ink, "accent-soft") for ink in ("ink", "accent")),
        ("on-accent", "accent"),
        ("on-accent", "accent-hover"),
        ("on-asked", "asked"),
        *((ink, "care-soft") for ink in ("care", "ink", "ink-2")),
        ("care", "surface"),
        ("care", "paper"),
        ("on-mark", "mark"),
    ]
    for name, theme in (("light", light), ("dark", dark)):
        weak = [(ink, ground) for ink, ground in pairs if _contrast(theme[ink], theme[ground]) < 4.5]
        assert weak == [], name
        assert _contrast(theme["line-strong"], theme["surface"]) >= 3, name
