"""Greetings, thanks, good-byes and words that only take note: answered in kind, without a search and without a model.

Only a message that is nothing but courtesy counts; "你好，年费多少" is a question, and "好" and "嗯" alone may say yes
to the person that was offered. Who wants no person asks nothing either: a search for that would find nothing, and
finding nothing twice brings the very person.
"""

from __future__ import annotations

import re
from typing import Literal

Courtesy = Literal["greeting", "thanks", "farewell", "who", "noted", "no_person"]

# The reason of a turn whose message told personal data and nothing else; and of those that asked nothing.
UNASKED = "personal_data"
ASKS_NOTHING = frozenset({"courtesy", UNASKED})

_SOFT = r"[\s，,。.!！~～?？、^_^😊🙏👋❤️]*"
# What opens thanks or takes note.
_OH = r"好的?|好嘞|嗯+|行|哦+|噢|喔|明白了?|知道了|懂了|ok|okay"
_SAID: tuple[tuple[Courtesy, str], ...] = (
    (
        "greeting",
        r"(?:您|你)好(?:呀|啊|哇)?|(?:您|你)们好|哈喽|嗨|在吗|在不在|有人吗|(?:早上|上午|中午|下午|晚上)好|早安|"
        r"hello|hi|hey|good (?:morning|afternoon|evening)",
    ),
    (
        "thanks",
        rf"(?:{_OH})?[，,\s]*(?:非常|十分|太)?(?:谢谢|感谢|多谢|辛苦)(?:您|你|了|啦|哈|您了|你了|你们)*|"
        r"(?:thank you|thanks|thx)(?: (?:so|very) much| a lot)?",
    ),
    (
        "noted",
        rf"(?:{_OH})?[，,\s]*(?:我|这下)?(?:知道|明白|清楚|了解|懂|收到|记住|记下)(?:了|啦|哦)|"
        r"[哦噢喔]|那?(?:好吧|算了)|"
        r"(?:那|唉)?[，,\s]*(?:我)?(?:再|先)(?:想想|看看|考虑(?:一下|考虑)?|了解一下)(?:吧)?|"
        r"i see|got it|understood|never mind",
    ),
    (
        "no_person",
        r"(?:那|先|暂时|我)?(?:就)?(?:不用|不需要|不必|不要|无需|别)(?:再|帮我|给我)?(?:转|找|接|换)?(?:到|成)?(?:个)?(?:人工|真人|客服)"
        r"(?:客服|服务|坐席)?(?:了|啦|吧)*|(?:先|暂时|我)?不(?:转|找|接)(?:人工|真人|客服)(?:了|啦)?|"
        r"no (?:need for |need to (?:talk|speak) to )?(?:a |an )?(?:human|person|agent)(?: needed)?",
    ),
    ("farewell", r"再见|拜拜|回头见|没(?:有)?(?:别的|其他)?(?:问题|事)了|bye|goodbye|good bye|see you"),
    (
        "who",
        r"(?:请问)?(?:您|你)(?:是|叫)(?:谁|什么|什么名字|机器人吗|真人吗|人工吗|ai吗)|(?:您|你)(?:能|可以|会)(?:做|干|帮我做)(?:什么|啥|些什么)|"
        r"who are you|are you (?:a )?(?:robot|bot|human)|what can you do",
    ),
)
_PATTERNS = tuple(
    # Thanks may follow anything: "不用人工了，谢谢" is still no more than that.
    (kind, re.compile(rf"{_SOFT}(?:{said})(?:{_SOFT}(?:{said}|{dict(_SAID)['thanks']}))*{_SOFT}", re.IGNORECASE))
    for kind, said in _SAID
)
# Courtesies are short; a longer text is never matched, so the patterns' cost has a bound.
_LONGEST = 40


def recognise(text: str) -> Courtesy | None:
    """What courtesy the whole message is, in Simplified Chinese or English; None when it may ask something."""
    if len(text) > _LONGEST:
        return None
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(text.strip())), None)
