"""Simulated customers: who is stuck, who hears something else the second time, what a model that plays one may say."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.settings import LlmSettings
from eval.loopback import serving
from eval.simulated_words import ModelCustomer
from eval.simulation import Customer, FromTheFile, Mood, Need, Talk, crossed, customers, load, measured, play
from tests.judge_server import JudgeServer

FEE = Need(seen=True, says=("年费多少？", "一年收多少？"), facts=("800元",))
RENT = Need(seen=True, says=("租金多少？", "租一年多少钱？"), absent=True)
CALM = Mood(opens=("",), patience=2)


def service(answers: dict[str, dict[str, Any]]) -> httpx.AsyncClient:
    """Answers by words of the message; a person comes only when it is asked for and there is one."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("visitor"):
            return httpx.Response(200, json={"access_token": "t"})
        if not request.url.path.endswith("messages"):
            return httpx.Response(200, json={"id": "c"})
        text = request.read().decode()
        text = text.encode().decode("unicode_escape") if "\\u" in text else text
        found = next((turn for words, turn in answers.items() if words in text), {})
        plain = {"status": "abstained", "reason": "", "ticket_id": None, "citations": []}
        return httpx.Response(200, json=plain | {"text": f"没有查到：{text}"} | found)

    return httpx.AsyncClient(transport=httpx.MockTransport(handle), base_url="http://test")


async def played(answers: dict[str, dict[str, Any]], *needs: Need) -> Talk:
    async with service(answers) as client:
        return await play(client, Customer("x", CALM, needs), load().as_of, FromTheFile())


ANSWER = {"status": "answered", "text": "年费800元[1]。", "citations": [{"n": 1}]}
PERSON = {"status": "handed_off", "reason": "explicit_human", "ticket_id": "t1", "text": "好的，已为您转接。"}


async def test_who_is_answered_asks_once_more_and_hears_the_same() -> None:
    talk = await played({"多少": ANSWER}, FEE)
    assert [text for text, _, _ in talk.turns] == ["年费多少？", "再跟您确认一下，一年收多少？"]
    assert (talk.met, talk.dead_end, talk.contradiction) == ([True], False, False)


async def test_other_figures_the_second_time_are_a_contradiction_and_more_of_them_are_not() -> None:
    other = ANSWER | {"text": "年费600元[1]。"}
    assert (await played({"确认": other, "年费多少": ANSWER}, FEE)).contradiction
    more = ANSWER | {"text": "年费800元[1]，附属卡400元[1]。"}
    assert not (await played({"确认": more, "年费多少": ANSWER}, FEE)).contradiction


async def test_who_finds_neither_answer_nor_person_has_met_a_dead_end() -> None:
    talk = await played({}, FEE)
    assert [status for _, status, _ in talk.turns] == ["abstained"] * 3
    assert (talk.met, talk.wanted, talk.person, talk.dead_end) == ([False], True, False, True)
    helped = await played({"人工": PERSON}, FEE)
    assert (helped.met, helped.person, helped.dead_end) == ([False], True, False)
    assert crossed([talk], {"simulation": {"nobody_meets_a_dead_end": 1.0}}) == [
        "simulation nobody_meets_a_dead_end (seen) 0.000 of 1, least 1.000"
    ]
    assert measured([talk, helped])["nobody_meets_a_dead_end"]["all"].mean == 0.5


async def test_the_same_words_three_times_are_a_loop() -> None:
    same = {"text": "请换个说法。"}
    assert (await played({"多少": same}, RENT, RENT)).met == [True, True]
    stuck = await played({"": ANSWER | {"text": "您好！"}}, FEE)
    assert stuck.loops
    assert stuck.dead_end


async def test_a_model_plays_the_customer_in_shape_or_the_file_speaks() -> None:
    server = JudgeServer({"年费": "spoken", "租金": "garbage"})
    async with serving(server.app) as url:
        customer = ModelCustomer(LlmSettings(base_url=f"{url}/v1"), patience_s=60)
        someone = Customer("x", CALM, [FEE])
        said = [await customer.ask(someone, need, 0, Talk(someone)) for need in (FEE, RENT)]
        await customer.close()
    assert said == ["我想问问年费要多少钱呀", "租金多少？"]
    assert (customer.own, customer.failed) == (1, 1)


def test_every_customer_has_every_mood_and_half_of_them_only_count() -> None:
    simulation = load()
    everyone = customers(simulation)
    assert len(everyone) == len(simulation.customers) * len(simulation.moods) >= 40
    assert 0.4 <= sum(customer.seen for customer in everyone) / len(everyone) <= 0.6
    with pytest.raises(ValueError, match="a need has facts"):
        Need(seen=True, says=("x",))
