"""Cuts a stream of text into whole sentences as early as the text itself allows.

Where a sentence ends depends only on the characters, never on how they were chunked; the sentences joined are the text.
A Chinese terminator ends a sentence at once (the customer should not wait for one more token); a Latin full stop needs
the next character, because of "1.5" and "e.g.".
"""

from __future__ import annotations

import re

_OPENERS = {"（": "）", "(": ")", "「": "」", "『": "』", "“": "”", "《": "》", "【": "】", "[": "]", "‘": "’"}
_CLOSERS = frozenset(_OPENERS.values())
_CJK_STOPS = frozenset("。！？｡")
_LATIN_STOPS = frozenset(".!?")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(（\u4e00-\u9fff])(?:e\.g|i\.e|etc|mr|mrs|ms|dr|no|nos|vs|approx|inc|ltd|co|corp|a\.m|p\.m|u\.s|st|fig|art"
    r"|sec|para|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|[a-z])$",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"^[\s>#*_-]*\d{1,3}$")
_SOFT = "，,；;、 "
_TELLING = re.compile("[\n" + "".join(map(re.escape, [*_OPENERS, *_CLOSERS, *_CJK_STOPS, *_LATIN_STOPS, *_SOFT])) + "]")
_LONG = 300
_TOO_LONG = 1200


class SentenceBuffer:
    """feed() returns the sentences completed so far, flush() the rest. Joined, they are the text fed, unchanged."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._open: list[str] = []
        self._soft = 0

    def feed(self, delta: str) -> list[str]:
        self._text += delta
        return self._cut(final=False)

    def flush(self) -> list[str]:
        sentences = self._cut(final=True)
        if self._text:
            sentences.append(self._text)
        self._text, self._at, self._open, self._soft = "", 0, [], 0
        return sentences

    def _cut(self, *, final: bool) -> list[str]:
        sentences: list[str] = []
        while self._at < len(self._text):
            if self._at + 1 < _LONG:
                # Below that length only these characters can end a sentence or say where one may be cut.
                telling = _TELLING.search(self._text, self._at)
                self._at = min(telling.start() if telling else len(self._text), _LONG - 1)
                if self._at == len(self._text):
                    break
            end = self._end_at(self._at, final=final)
            if end is None:
                break
            self._at += 1
            if end:
                sentences.append(self._take(end))
        return sentences

    def _take(self, end: int) -> str:
        sentence, self._text = self._text[:end], self._text[end:]
        self._at, self._open, self._soft = max(0, self._at - end), [], 0
        # A cut behind the reading position (a long sentence cut at its last comma): read the rest again.
        self._at = 0
        return sentence

    def _end_at(self, at: int, *, final: bool) -> int | None:
        """Where a sentence ends because of the character at `at`: 0 = nowhere, None = the next character decides."""
        char = self._text[at]
        if char == "\n":
            return at + 1 if self._text[:at].strip() else 0
        if char in _OPENERS:
            self._open.append(_OPENERS[char])
        elif char in _CLOSERS:
            if char in self._open:
                del self._open[self._open.index(char) :]
            if not self._open and at and self._text[at - 1] in _CJK_STOPS and self._has_words(at):
                return at + 1
        elif char in _CJK_STOPS:
            if not self._open and self._has_words(at):
                return at + 1
        elif char in _LATIN_STOPS:
            if at + 1 >= len(self._text) and not final:
                return None
            if self._latin_stop(at):
                return at + 1
        elif char in _SOFT:
            self._soft = at + 1
        return self._length_limit(at)

    def _length_limit(self, at: int) -> int:
        """A sentence nobody ends is cut at its last comma or space, never inside a number."""
        if at + 1 >= _LONG and self._soft:
            following = self._text[self._soft : self._soft + 1]
            preceding = self._text[self._soft - 2 : self._soft - 1]
            if not (following.isdigit() and preceding.isdigit()) and self._text[: self._soft].strip():
                return self._soft
            self._soft = 0
        if at + 1 >= _TOO_LONG and not self._text[at].isdigit() and self._text[at] not in ".,%":
            return at + 1
        return 0

    def _has_words(self, end: int) -> bool:
        """Stray punctuation ("！" after "好！") opens the next sentence instead of being one."""
        return any(c.isalnum() for c in self._text[:end])

    def _latin_stop(self, at: int) -> bool:
        char, head = self._text[at], self._text[:at]
        following = self._text[at + 1 : at + 2]
        if self._open or not self._has_words(at):
            return False
        if following and not (following.isspace() or following in _CLOSERS or "\u2e80" <= following <= "\uffef"):
            return False
        if following and following in _CLOSERS:
            return False
        if char != ".":
            return True
        if _LIST_MARK.match(head) or _ABBREVIATION.search(head):
            return False
        return not (head[-1:].isdigit() and following.isdigit())
