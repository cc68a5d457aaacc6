"""What the customer is told about their ticket. Traditional Chinese is made from Simplified by whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.clock import SHANGHAI

# Puts a Chinese sentence into the customer's script.
Show = Callable[[str, str], str]

_WORDS: dict[str, tuple[str, str]] = {
    "queued": (
        "已为您登记人工服务，排在第 {position} 位。",
        "A colleague has been asked to help you; you are number {position} in the queue.",
    ),
    "joined": ("您已经在与客服人员对话，请直接说。", "You are already talking to a colleague; just go on."),
    "wait": ("预计等待约 {minutes} 分钟。", "The wait is about {minutes} minutes."),
    "soon": ("客服人员很快会接入。", "Someone will be with you shortly."),
    "meanwhile": ("等待时您可以继续问我其他问题。", "You can keep asking me other things meanwhile."),
    "closed": (
        "现在是人工服务时间以外，您的留言和前面的对话已经记下，客服人员{opens}起为您处理。您也可以预约回电时间。",
        "Our colleagues are not in now. Your message and our conversation are kept; they will take care of it "
        "from {opens}. You can also choose a time to be called back.",
    ),
    "closed.unknown": (
        "现在是人工服务时间以外，您的留言和前面的对话已经记下，客服人员上班后为您处理。",
        "Our colleagues are not in now. Your message and our conversation are kept for them.",
    ),
    "hotline": (
        "情况紧急时请不要等待，立即拨打24小时热线 {hotline}。",
        "If it is urgent, do not wait: call our 24-hour hotline {hotline} now.",
    ),
    "assigned": (
        "客服 {agent} 已接入，正在看前面的对话，您不用重复说明。",
        "{agent} from customer service has joined and is reading our conversation; no need to repeat it.",
    ),
    "transferred": (
        "正在为您转给{skill}的同事，请稍候，前面的对话会一并转过去。",
        "You are being passed on to a colleague who can help better; they will see our conversation.",
    ),
    "resolved": (
        "客服 {agent} 已结束本次服务。您可以为这次服务评分，也可以继续问我。",
        "{agent} has ended this conversation. You may rate it, or go on asking me.",
    ),
    "returned": (
        "客服 {agent} 已把对话交回给我，您可以继续问我；需要时随时可以再转人工。",
        "{agent} has handed the conversation back to me. Ask me any time, or ask for a person again.",
    ),
    "left": (
        "您已取消排队，可以继续问我；需要时随时可以再转人工。",
        "You have left the queue. Go on asking me, or ask for a person again any time.",
    ),
    "answer_found": (
        "您之前问的“{question}”，现在有了经过审核的答案。",
        "You once asked “{question}”. There is an approved answer now.",
    ),
    "callback": ("已为您预约 {at} 回电，号码 {contact}。", "We will call you back at {at}, on {contact}."),
}


def plain(text: str, language: str) -> str:  # noqa: ARG001 - the signature of a Show
    return text


def tell(key: str, language: str, show: Show = plain, **values: object) -> str:
    chinese, english = _WORDS[key]
    text = (english if language == "en" else chinese).format(**values)
    return show(text, language)


def when(moment: datetime, now: datetime, language: str) -> str:
    """今天 14:00 · 明天 09:00 · 11月28日 09:00, in Shanghai time."""
    local, today = moment.astimezone(SHANGHAI), now.astimezone(SHANGHAI).date()
    days = (local.date() - today).days
    clock = f"{local:%H:%M}"
    if language == "en":
        return f"{clock} " + {0: "today", 1: "tomorrow"}.get(days, f"on {local:%d} {_MONTHS[local.month - 1]}")
    return {0: "今天 ", 1: "明天 "}.get(days, f"{local.month}月{local.day}日 ") + clock


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
