"""Hours over the Chinese calendar, clocks, skills, offers and honest waits."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from app.clock import SHANGHAI
from app.handoff import tickets as machine
from app.handoff.hours import Hours, day_of
from app.handoff.routing import Waits, offers, skill_for
from app.handoff.rules import read_rules
from app.handoff.words import when
from app.store.desk import Staffing
from app.store.records import Agent, Ticket

RULES = read_rules()


def at(day: str, clock: str = "12:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00+08:00")


def agent(id: str, *skills: str, assigned: int = 0, capacity: int = 2) -> Agent:
    return Agent(id, "online", list(skills) or ["general"], ["zh-Hans"], capacity, None, assigned)


@pytest.mark.parametrize(
    ("day", "workday", "name"),
    [
        ("2026-10-01", False, "国庆节"),
        ("2026-10-10", True, None),  # a Saturday that is worked
        ("2026-02-17", False, "春节"),
        ("2026-11-25", True, None),
        ("2026-11-28", False, None),  # an ordinary Saturday
        ("2031-06-04", True, None),  # a year the calendar does not know yet
        ("2031-06-07", False, None),
    ],
)
def test_working_days_are_those_of_the_chinese_calendar(day: str, workday: bool, name: str | None) -> None:
    found = day_of(date.fromisoformat(day))
    assert (found.workday, found.name) == (workday, name)


def test_hours_end_and_begin_again_after_the_holiday() -> None:
    hours = Hours(RULES)
    assert hours.closes_at(at("2026-11-25")) == at("2026-11-25", "18:00")
    assert hours.opens_at(at("2026-11-25")) is None
    assert not hours.is_open(at("2026-11-25", "18:00")), "the end does not belong to it"
    assert hours.opens_at(at("2026-11-25", "08:59")) == at("2026-11-25", "09:00")
    assert hours.opens_at(at("2026-09-30", "20:00")) == at("2026-10-08", "09:00")
    assert hours.opens_at(at("2026-10-09", "20:00")) == at("2026-10-10", "09:00")


def test_a_tenants_special_days_come_before_the_calendar() -> None:
    rules = read_rules({"special_days": {"2026-11-25": None, "2026-11-28": ["10:00", "12:00"]}})
    hours = Hours(rules)
    assert hours.opens_at(at("2026-11-25")) == at("2026-11-26", "09:00")
    assert hours.is_open(at("2026-11-28", "11:00"))


def test_a_desk_that_never_opens_says_so_and_still_gives_terms() -> None:
    hours = Hours(read_rules({"hours": {"workday": None, "holiday": None}}))
    now = at("2026-11-25")
    assert (hours.opens_at(now), hours.slots(now)) == (None, [])
    assert hours.after(now, 60) == now + timedelta(seconds=60)


def test_a_first_response_is_due_in_open_hours_only() -> None:
    hours = Hours(RULES)
    assert hours.after(at("2026-11-25", "17:55"), 900) == at("2026-11-26", "09:10")
    assert hours.after(at("2026-11-25", "20:00"), 900) == at("2026-11-26", "09:15")
    assert hours.after(at("2026-11-25", "10:00"), 900) == at("2026-11-25", "10:15")


def test_callbacks_are_offered_on_full_open_hours_from_now_on() -> None:
    slots = Hours(RULES).slots(at("2026-11-25", "15:40"))
    assert [slot.astimezone(SHANGHAI).strftime("%d %H:%M") for slot in slots] == [
        "25 17:00", "26 09:00", "26 10:00", "26 11:00", "26 12:00", "26 13:00"]  # fmt: skip


@pytest.mark.parametrize(
    "own",
    [
        {"hours": {"workday": ["18:00", "09:00"], "holiday": None}},
        {"skill_by_reason": {"fraud": "nobody"}},
        {"skills": []},
        {"unheard_of": 1},
        {"remind_after": 1.5},
    ],
)
def test_rules_that_make_no_sense_are_refused(own: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        read_rules(own)


@pytest.mark.parametrize(
    ("reason", "question", "skill"),
    [
        ("fraud", "理财", "safety"),
        ("self_harm", "", "care"),
        ("mis_selling", "保险", "complaint"),
        ("explicit_human", "我的信用卡年费是多少", "card"),
        ("repeated_failure", "房贷提前还款要什么材料", "loan"),
        ("explicit_human", "你们几点开门", "general"),
    ],
)
def test_the_reason_decides_the_skill_and_then_the_question(reason: str, question: str, skill: str) -> None:
    assert skill_for(RULES, reason, question) == skill


def test_a_ticket_is_offered_to_the_least_busy_agent_who_fits() -> None:
    agents = [agent("all", "general", "loan"), agent("busy", "general", assigned=1), agent("loans", "loan")]
    waiting = [("1", "general", "zh-Hans"), ("2", "loan", "zh-Hans"), ("3", "loan", "en"), ("4", "card", "zh-Hans")]
    assert offers(waiting, agents) == {"1": "all", "2": "loans"}
    full = [agent("a", "general", assigned=2)]
    assert offers([("1", "general", "zh-Hans")], full) == {}


def test_a_wait_is_estimated_from_what_was_measured_and_else_not_known() -> None:
    def wait(agents: list[Agent], measured: int, ahead: int) -> int | None:
        staffing = Staffing(agents, [], [600.0] * measured)
        return Waits(staffing, 5).estimate_s("general", "zh-Hans", Counter({("general", "zh-Hans"): ahead}))

    assert wait([], 50, 0) is None, "nobody is there"
    assert wait([agent("a", "loan")], 50, 0) is None, "nobody who could take it"
    assert wait([agent("a")], 0, 0) == 0, "somebody is free"
    assert wait([agent("a", assigned=2)], 4, 0) is None, "too little was measured"
    assert wait([agent("a", assigned=2)], 5, 0) == 300
    assert wait([agent("a", assigned=2)], 5, 3) == 1200
    assert wait([agent("a", assigned=2), agent("b", assigned=2)], 5, 3) == 600


def test_tickets_that_others_take_do_not_keep_one_waiting() -> None:
    staffing = Staffing([agent("a", "general"), agent("b", "loan", assigned=2)], [], [600.0] * 5)
    before = Counter({("loan", "zh-Hans"): 9})
    assert Waits(staffing, 5).estimate_s("general", "zh-Hans", before) == 0


def _ticket(reason: str, created: datetime) -> Ticket:
    return Ticket("t", "t", "c", "c", "queued", reason, "P1", {}, created, created + timedelta(days=15),
                  respond_by=created + timedelta(minutes=5))  # fmt: skip


def test_a_complaint_has_two_clocks_and_each_reminds_before_it_runs_out() -> None:
    created = datetime(2026, 11, 2, 2, tzinfo=UTC)
    waiting = _ticket("complaint", created)
    assert not machine.due_soon(waiting, created + timedelta(minutes=3), 0.8)
    assert machine.due_soon(waiting, created + timedelta(minutes=4), 0.8)
    assert machine.overdue(waiting, created + timedelta(minutes=5))
    taken = machine.accept(waiting, "a", created).ticket
    answered = machine.speak(taken, "a", "您好", created + timedelta(minutes=1)).ticket
    assert not machine.overdue(answered, created + timedelta(days=14))
    assert machine.due_soon(answered, created + timedelta(days=12), 0.8)
    assert machine.overdue(answered, created + timedelta(days=15))
    other = machine.speak(
        machine.accept(_ticket("anger", created), "a", created).ticket, "a", "您好", created + timedelta(minutes=1)
    ).ticket
    assert not machine.overdue(other, created + timedelta(days=99)), "only a complaint has a second one"


def test_moments_are_told_as_people_say_them() -> None:
    now = at("2026-11-25", "20:00")
    assert when(at("2026-11-25", "21:00"), now, "zh-Hans") == "今天 21:00"
    assert when(at("2026-11-26", "09:00"), now, "zh-Hans") == "明天 09:00"
    assert when(at("2026-12-01", "09:00"), now, "en") == "09:00 on 01 December"
