"""The customer's words for every decision, read from the Colang files: one name a reply, `… en` for its English.

The bank's name and hotline are filled in once; Traditional Chinese is made from Simplified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opencc import OpenCC


class Replies:
    """say(key, language) is the whole reply; keys are the bot messages of config/*.co."""

    def __init__(self, messages: Mapping[str, Sequence[str]], *, bank: str, hotline: str) -> None:
        self._messages = {
            key: "\n".join(texts).replace("{bank}", bank).replace("{hotline}", hotline)
            for key, texts in messages.items()
        }
        self._traditional = OpenCC("s2t")

    def knows(self, key: str) -> bool:
        return key in self._messages and f"{key} en" in self._messages

    def say(self, key: str, language: str = "zh-Hans", **values: str) -> str:
        """KeyError for an unknown key: a rule without words is refused when the guard is built."""
        text = self._messages[f"{key} en" if language == "en" else key]
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return self.in_script(text, language)

    def in_script(self, text: str, language: str) -> str:
        return self._traditional.convert(text) if language == "zh-Hant" else text

    def all(self) -> list[str]:
        return list(self._messages.values())


def language_of(text: str) -> str:
    """ "en" when a message has Latin letters and no Chinese, else "zh-Hans"; the caller may know better."""
    if any("\u3400" <= char <= "\u9fff" for char in text):
        return "zh-Hans"
    return "en" if sum(char.isascii() and char.isalpha() for char in text) >= 3 else "zh-Hans"
