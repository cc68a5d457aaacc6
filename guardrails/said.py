"""What a sentence says by itself, whatever it is checked against: read once, since many answers say the same.

The bank's own wording comes back in every quote, and a model answers a common question in the same words again and
again. Sentences with personal data are never kept.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from guardrails.cleaning import clean
from guardrails.disguises import Disguises
from guardrails.engine import Hit, RuleEngine
from guardrails.likenesses import Likenesses
from guardrails.masking import find_personal_data, mask
from guardrails.normal import Normaliser, NormalText
from guardrails.verdict import Meant

# Sentences; about 2 KB each.
_KEPT = 2048
_MARK = re.compile(r"\[\d{1,2}\]")


class Said:
    """One sentence, taken apart as far as anyone has asked. text: without links and markup; plain, folded: its plain
    form, as it is and bare of spaces and citation marks; readings: as written and, if it hides something, undisguised.
    """

    def __init__(self, reader: SentenceReader, sentence: str) -> None:
        self._reader = reader
        self.cleaned = clean(sentence)
        self.text = self.cleaned.text
        self.plain = reader.normaliser.plain(self.text)
        self.folded = squeezed(unmarked(self.plain))
        self.core = core(self.plain)
        self.personal = find_personal_data(self.text, reader.phones)

    @cached_property
    def normal(self) -> NormalText:
        return self._reader.normaliser.normalise(self.text)

    @cached_property
    def readings(self) -> Sequence[NormalText]:
        unmasked = self._reader.disguises.unmask(self.normal)
        return (self.normal,) if unmasked is None else (self.normal, unmasked)

    @cached_property
    def hits(self) -> Sequence[Hit]:
        return self._reader.engine.match_readings(self.readings)

    @cached_property
    def likenesses(self) -> Sequence[Hit]:
        """Read by its wording and, where that leaves a doubt, by its meaning too."""
        reader = self._reader
        meant = None
        if reader.embed is not None and reader.likenesses.doubts(self.readings):
            meant = reader.embed(mask(unmarked(self.text)))
        return reader.likenesses.match(self.readings, reader.engine.hints, meant)[0]

    @cached_property
    def names(self) -> Sequence[str]:
        return tuple(self._reader.names(self.plain))


class SentenceReader:
    """names: finds what a sentence in plain form names. Keeps the last sentences; safe within one event loop.

    embed: the embedding of a sentence, at once; None where there is no embedder, or it fails.
    """

    def __init__(
        self,
        engine: RuleEngine,
        normaliser: Normaliser,
        disguises: Disguises,
        likenesses: Likenesses,
        phones: frozenset[str],
        names: Callable[[str], Iterable[str]],
        kept: int = _KEPT,
    ) -> None:
        self.engine, self.normaliser, self.disguises, self.likenesses = engine, normaliser, disguises, likenesses
        self.phones, self.names = phones, names
        self.embed: Callable[[str], Meant | None] | None = None
        self._kept = kept
        self._said: OrderedDict[str, Said] = OrderedDict()

    def read_meanings(self, embed: Callable[[str], Meant | None]) -> None:
        """From now on; what was read before is forgotten."""
        self.embed = embed
        self._said.clear()

    def read(self, sentence: str) -> Said:
        said = self._said.get(sentence)
        if said is not None:
            self._said.move_to_end(sentence)
            return said
        said = Said(self, sentence)
        if not said.personal:
            self._said[sentence] = said
            if len(self._said) > self._kept:
                self._said.popitem(last=False)
        return said


def core(sentence: str) -> str:
    """A sentence without spaces, list marks and closing punctuation."""
    return squeezed(sentence).strip("。！？!?.;；,，-*•>#|[]\"”“'")


def unmarked(text: str) -> str:
    """Without citation marks."""
    return _MARK.sub("", text)


def squeezed(text: str) -> str:
    return "".join(text.split()).lower()
