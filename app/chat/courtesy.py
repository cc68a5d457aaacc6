"""Greetings, thanks and good-byes that ask nothing: answered in kind, without a search and without a model.

Only a message that is nothing but courtesy counts; "你好，年费多少" is a question.
"""

from __future__ import annotations

import re
from typing import Literal

Courtesy = Literal["greeting", "thanks", "farewell", "who"]

_SOFT = r"[\s，,。.!！~～?？、^_^😊🙏👋❤️]*"
_SAID: tuple[tuple[Courtesy, str], ...] = (
    (
        "greeting",
        r"(?:您|你)好(?:呀|啊|哇)?|(?:您|你)们好|哈喽|嗨|在吗|在不在|有人吗|(?:早上|上午|中午|下午|晚上)好|早安|"
        r"hello|hi|hey|good (?:morning|afternoon|evening)",
    ),
    (
        "thanks",
        r"(?:好的?|嗯+|行|ok|okay)?[，,\s]*(?:非常|十分|太)?(?:谢谢|感谢|多谢|辛苦)(?:您|你|了|啦|哈|您了|你了|你们)*|"
        r"(?:thank you|thanks|thx)(?: (?:so|very) much| a lot)?",
    ),
    ("farewell", r"再见|拜拜|回头见|没(?:有)?(?:别的|其他)?(?:问题|事)了|bye|goodbye|good bye|see you"),
    (
        "who",
        r"(?:请问)?(?:您|你)(?:是|叫)(?:谁|什么|什么名字|机器人吗|真人吗|人工吗|ai吗)|(?:您|你)(?:能|可以|会)(?:做|干|帮我做)(?:什么|啥|些什么)|"
        r"who are you|are you (?:a )?(?:robot|bot|human)|what can you do",
    ),
)
_PATTERNS = tuple(
    (kind, re.compile(rf"{_SOFT}(?:{said})(?:{_SOFT}(?:{said}))*{_SOFT}", re.IGNORECASE)) for kind, said in _SAID
)
# Courtesies are short; a longer text is never matched, so the patterns' cost has a bound.
_LONGEST = 40


def recognise(text: str) -> Courtesy | None:
    """What courtesy the whole message is, in Simplified Chinese or English; None when it may ask something."""
    if len(text) > _LONGEST:
        return None
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(text.strip())), None)
