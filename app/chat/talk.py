"""A conversation as briefings read it: what was asked, tried and left open. Pure; everything is already masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.store.records import Said, Ticket, Turn

# As many of a kind as an agent takes in at a glance.
EACH = 8
_ANSWER_CHARS = 400
_UNANSWERED = frozenset({"abstained", "failed"})
ASKS = re.compile(
    r"[?？]|吗|呢|么[。！!]?$|什么|怎么|多少|几|哪|为何|能不能|可不可以|是否|\b(?:what|how|when|where|why|can|is|do)\b",
    re.I,
)
_WANTS = {
    "explicit_human": "要求人工服务",
    "complaint": "要投诉",
    "anger": "对服务不满",
    "fraud": "可能正遭遇诈骗",
    "card_loss": "卡或账户此刻有风险",
    "self_harm": "流露轻生的念头，先顾人",
    "hardship": "还款有困难，想协商",
    "privacy_request": "行使个人信息权利",
    "mis_selling": "反映被误导购买",
    "vulnerable": "需要有人协助",
    "repeated_failure": "多次没有得到答案",
    "down_rated": "对答案不满意",
}


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation as briefings read it. open: what the customer said that nobody has answered, oldest first."""

    recalled: Sequence[Turn | Said]
    turns: Sequence[Turn]
    open: Sequence[Turn]

    @property
    def texts(self) -> list[str]:
        return [turn.question for turn in self.turns]


def read_talk(recalled: Sequence[Turn | Said]) -> Talk:
    """recalled: oldest first."""
    waiting: list[Turn] = []
    for item in recalled:
        if isinstance(item, Said):
            waiting.clear()
        elif item.status == "relayed":
            waiting.append(item)
    return Talk(recalled, [item for item in recalled if isinstance(item, Turn)], waiting)


def wants(ticket: Ticket, question: str) -> str:
    said = question or str(ticket.summary.get("question", ""))
    reason = _WANTS.get(ticket.reason, "")
    return f"{reason}：{said}" if reason and said else said or reason


def tried(turn: Turn) -> dict[str, Any]:
    return {
        "turn_id": turn.id,
        "question": turn.question,
        "status": turn.status,
        "answer": turn.text[:_ANSWER_CHARS],
        "citations": [
            {"title": row.get("title", ""), "section": row.get("section", ""), "quote": row.get("quote", "")}
            for row in turn.result.get("citations", ())
        ],
    }


def open_questions(talk: Talk) -> list[str]:
    """What was asked and not answered: by the bot, then by the agent."""
    settled = {turn.standalone or turn.question for turn in talk.turns if turn.status == "answered"}
    unanswered = [
        turn.question
        for turn in talk.turns
        if (turn.status in _UNANSWERED or turn.reason == "repeated_failure")
        and (turn.standalone or turn.question) not in settled
    ]
    return once([*unanswered, *(turn.question for turn in talk.open if ASKS.search(turn.question))])


def left_open(ticket: Ticket, talk: Talk) -> str:
    """What the bot could not answer, else what the person was asked, else what the ticket was opened with."""
    for turn in reversed(talk.turns):
        if turn.status in _UNANSWERED or turn.reason == "repeated_failure":
            return turn.standalone or turn.question
    told = (turn.question for turn in reversed(talk.turns) if turn.status == "relayed")
    opened = str(ticket.summary.get("question", ""))
    return next((text for text in (*told, opened) if ASKS.search(text)), "")


def comment(ticket: Ticket) -> list[str]:
    comment = ticket.summary.get("comment")
    return [str(comment)] if comment else []


def once(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))[-EACH:]
