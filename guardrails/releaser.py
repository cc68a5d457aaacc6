"""One turn's release of a streamed answer: only whole, checked sentences leave; a blocked one is replaced once.

feed() and finish() give what may be shown now, in order; nothing given is ever taken back.
"""

from __future__ import annotations

from dataclasses import dataclass

from guardrails.answers import Checked, bare
from guardrails.cleaning import clean
from guardrails.guard import Guard
from guardrails.sentences import SentenceBuffer
from guardrails.verdict import Release, Verdict


@dataclass(frozen=True, slots=True)
class ReleasedSentence:
    """What may be shown. replaced: text is the safe replacement of a blocked sentence, verdict says why.

    text keeps the line breaks around it, so that the sentences joined read as the answer.
    """

    text: str
    verdict: Verdict
    replaced: bool = False


class Releaser:
    """Holds the buffer and the verdicts of one answer. reset() drops what is buffered, for another generator."""

    def __init__(self, guard: Guard, release: Release) -> None:
        self._guard = guard
        self._checked = guard.prepare(release)
        self._language = release.language
        self._buffer = SentenceBuffer()
        self._said: set[str] = set()
        self._withheld_last = False
        self._carried = ""
        self.verdicts: list[Verdict] = []

    @property
    def checked(self) -> Checked:
        """The evidence as read, and which sentences passed: for Guard.check_output."""
        return self._checked

    def feed(self, delta: str) -> list[ReleasedSentence]:
        return self._release(self._buffer.feed(delta))

    def finish(self) -> list[ReleasedSentence]:
        """The last sentence, complete or not. Disclosures are the turn's to add (Guard.disclosures)."""
        released = self._release(self._buffer.flush())
        self._carried = ""
        return released

    def reset(self) -> None:
        """Forget what is not released; replacements already shown are not repeated."""
        self._buffer = SentenceBuffer()
        self._withheld_last = False
        self._carried = ""

    def _release(self, sentences: list[str]) -> list[ReleasedSentence]:
        released = []
        for sentence in sentences:
            one = self._release_one(sentence)
            if one is not None:
                released.append(one)
        return released

    def _release_one(self, sentence: str) -> ReleasedSentence | None:
        cleaned = clean(sentence)
        if not cleaned.addresses and not any(char.isalnum() for char in cleaned.text):
            # Line breaks and stray marks go with the next sentence, or nowhere after a withheld one.
            if not self._withheld_last:
                self._carried += cleaned.text if cleaned.text.strip() else cleaned.text.replace(" ", "")
            return None
        verdict = self._guard.check_prepared(sentence, self._checked)
        self.verdicts.append(verdict)
        lead, self._carried = self._carried, ""
        if verdict.allowed:
            self._withheld_last = False
            self._checked.passed.add(bare(verdict.masked_text))
            return ReleasedSentence(lead + verdict.masked_text, verdict)
        self._withheld_last = True
        if verdict.reply_key in self._said:
            return None
        self._said.add(verdict.reply_key)
        opening = sentence[: len(sentence) - len(sentence.lstrip())]
        breaks = "\n" * opening.count("\n")
        ending = "\n" if sentence.endswith("\n") else ""
        return ReleasedSentence(lead + breaks + verdict.reply + ending, verdict, replaced=True)
