"""Reads Chinese that was typed by its sound ("dingqi cunkuan lilv duoshao") as the words it most likely stands for.

A message is read so only when nearly all its Latin words are pinyin and dictionary words carry it; English ("change",
"my card") is left alone. Word frequencies are jieba's, sounds pypinyin's; the likeliest sequence of words is found by
dynamic programming over the letters. The tables of sounds are made once a process (a quarter of a second); what words
sound so is kept as it is met, up to a bound.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import jieba
from pypinyin.constants import PINYIN_DICT

from guardrails.normal import NormalText, is_han
from guardrails.rules import RULES_FOLDER
from guardrails.spelling import TONES, flat

# Customers type a question this long; what is longer is read as it stands.
_LONGEST = 160
_LONGEST_SYLLABLE = 6
_LONGEST_WORD = 4
# Logarithms: a character's rarer reading; a sound that is only alike (zh for z, in for ing); a word over a blank.
_RARER, _ALIKE, _PARTED = 2.0, 6.0, 2.5
# A word of the trade counts as so many times as frequent (a single character less), and no less often than so.
_TRADE, _TRADE_SINGLE, _TRADE_LEAST = 20, 4, 10_000
_CHARACTERS = 24  # a sound, the commonest
# Of the syllables, the least share that words of two characters and more carry.
_CARRIED = 0.34
# Sequences of sounds; those of two hold some 2 KB.
_KEPT = 8_000
_LATIN = re.compile("[a-z]+")
# English words that are pinyin letter by letter, and Chinese words by accident.
_ENGLISH = frozenset([
    "age", "an", "balance", "banana", "bang", "can", "chance", "change", "china", "dance", "die", "due", "fan",
    "fine", "gain", "he", "language", "lane", "line", "lose", "made", "make", "male", "man", "manage", "me", "men",
    "mine", "nine", "pan", "pane", "pen", "pin", "pine", "range", "sale", "same", "sane", "she", "shine", "shame",
    "sun", "take", "tale", "tame", "time", "wage", "wan", "wane", "we", "wine", "women", "woman",
])  # fmt: skip


class _Word(NamedTuple):
    text: str
    cost: float


@cache
def _frequencies() -> tuple[Mapping[str, int], float]:
    """jieba's words and beginnings of words (0), and the logarithm of all."""
    jieba.initialize()
    return jieba.dt.FREQ, math.log(jieba.dt.total)


@cache
def _by_sound() -> tuple[Mapping[str, Mapping[str, float]], Mapping[str, Mapping[str, float]]]:
    """The commoner characters of each syllable with the cost of reading them so; and of each sound, folded."""
    words, _ = _frequencies()
    mass: dict[str, int] = {}
    for word, count in words.items():
        if count:
            for char in word:
                mass[char] = mass.get(char, 0) + count
    exact: dict[str, dict[str, float]] = {}
    folded: dict[str, dict[str, float]] = {}
    for char in sorted((char for char in mass if is_han(char)), key=lambda char: -mass[char]):
        for place, sound in enumerate(PINYIN_DICT.get(ord(char), "").split(",")[:2]):
            syllable = sound.translate(TONES)
            if syllable and len(exact.setdefault(syllable, {})) < _CHARACTERS:
                exact[syllable].setdefault(char, place * _RARER)
                folded.setdefault(flat(syllable), {}).setdefault(char, place * _RARER + _ALIKE)
    return {sound: held for sound, held in exact.items() if len(sound) > 1 or sound in "ae"}, folded


class TypedPinyin:
    """vocabulary: words of the trade, likelier here than elsewhere. Share one between turns of one event loop.

    The first of a process takes half a second.
    """

    def __init__(self, vocabulary: Iterable[str] = ()) -> None:
        self._given = vocabulary
        _by_sound()
        self._stems: dict[tuple[str, ...], Collection[_Word]] = {}
        self._best: dict[tuple[str, ...], _Word | None] = {}

    def read(self, text: NormalText) -> NormalText | None:
        """The text in Chinese, with its map back; None for what is not typed pinyin. Signs ("atm") stay."""
        words = list(_LATIN.finditer(text.text)) if len(text.text) <= _LONGEST else []
        if not words or any(map(is_han, text.text)):
            return None
        typed = [word for word in words if _is_pinyin(word.group())]
        if sum(word.group() in _ENGLISH for word in typed) * 2 >= len(words) or len(typed) * 3 < len(words) * 2:
            return None
        pieces: list[str] = []
        origin: list[int] = []
        at = carried = syllables = 0
        for stretch in _stretches(text.text, typed):
            read = self._decode(text.text, stretch)
            _add(pieces, origin, text, at, stretch[0].start())
            for first, last, word in read:
                pieces.append(word)
                origin += _spread(text.origin[first:last], len(word))
                syllables += len(word)
                carried += len(word) if len(word) > 1 else 0
            at = stretch[-1].end()
        if syllables < 2 or carried < _CARRIED * syllables:
            return None
        _add(pieces, origin, text, at, len(text.text))
        return NormalText("".join(pieces), tuple(origin), text.original)

    def spelt(self, text: str) -> str | None:
        """What a text in lower case spells, as read() has it."""
        read = self.read(NormalText(text, range(len(text)), text))
        return read.text if read is not None else None

    @cached_property
    def _trade(self) -> frozenset[str]:
        return frozenset(word for word in self._given if 1 <= len(word) <= _LONGEST_WORD and all(map(is_han, word)))

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(word[:length] for word in self._trade for length in range(2, len(word) + 1))

    def _decode(self, text: str, stretch: list[re.Match[str]]) -> list[tuple[int, int, str]]:
        """The likeliest words that pinyin words which follow each other spell, with their places."""
        places = [at for word in stretch for at in range(word.start(), word.end())]
        letters = "".join(word.group() for word in stretch)
        ends = {at + 1 for at, place in enumerate(places) if not text[place + 1 : place + 2].isalpha()}
        # Who puts a blank after every word keeps to words; one after every syllable says nothing.
        parted = _PARTED if any(len(word.group()) > _LONGEST_SYLLABLE for word in stretch) else 0.0
        size = len(letters)
        best: list[tuple[float, int, str]] = [(0.0, 0, "")] + [(math.inf, 0, "")] * size
        for start in range(size):
            so_far = best[start][0]
            if so_far == math.inf:
                continue
            for end, word in self._words(letters, start, ends, parted):
                if so_far + word.cost < best[end][0]:
                    best[end] = (so_far + word.cost, start, word.text)
        read: list[tuple[int, int, str]] = []
        at = size
        while at:
            _, start, text_ = best[at]
            read.append((places[start], places[at - 1] + 1, text_))
            at = start
        return read[::-1]

    def _words(self, letters: str, start: int, ends: Collection[int], parted: float) -> Iterator[tuple[int, _Word]]:
        """Every word that the letters may begin with at start, and where it ends."""
        open_: list[tuple[int, tuple[str, ...], float]] = [(start, (), 0.0)]
        while open_:
            at, heard, blanks = open_.pop()
            for end in range(at + 1, min(at + _LONGEST_SYLLABLE, len(letters)) + 1):
                if letters[at:end] in _by_sound()[0]:
                    sounds = (*heard, letters[at:end])
                    word = self._likeliest(sounds)
                    if word is not None:
                        yield end, _Word(word.text, word.cost + blanks)
                    if len(sounds) < _LONGEST_WORD and (len(sounds) == 1 or self._begun(sounds)):
                        open_.append((end, sounds, blanks + (parted if end in ends else 0.0)))
                if end in ends:
                    break

    def _begun(self, sounds: tuple[str, ...]) -> Collection[_Word]:
        """What words that sound so may begin with, and the cost of hearing it."""
        held = self._stems.get(sounds)
        if held is None:
            if len(self._stems) >= _KEPT:
                self._stems.clear()
            words, _ = _frequencies()
            if len(sounds) == 1:
                held = [_Word(char, cost) for char, cost in self._heard(sounds[0]).items()]
            else:
                last = self._heard(sounds[-1])
                held = [
                    _Word(stem.text + char, stem.cost + cost)
                    for stem in self._begun(sounds[:-1])
                    for char, cost in last.items()
                    if stem.text + char in words or stem.text + char in self._beginnings
                ]
            self._stems[sounds] = held
        return held

    def _heard(self, sound: str) -> Mapping[str, float]:
        exact, folded = _by_sound()
        return {**folded.get(flat(sound), {}), **exact[sound]}

    def _likeliest(self, sounds: tuple[str, ...]) -> _Word | None:
        if sounds in self._best:
            return self._best[sounds]
        if len(self._best) >= _KEPT:
            self._best.clear()
        counts, everything = _frequencies()
        found: _Word | None = None
        for text, heard in self._begun(sounds):
            count = counts.get(text, 0)
            if len(text) == 1:
                count = max(count, 1)  # every syllable can be read as something
            if text in self._trade:
                count = max(count * (_TRADE if len(text) > 1 else _TRADE_SINGLE), _TRADE_LEAST)
            if count:
                cost = everything - math.log(count) + heard
                if found is None or cost < found.cost:
                    found = _Word(text, cost)
        self._best[sounds] = found
        return found


def _is_pinyin(word: str) -> bool:
    """Whether the word is syllables and nothing else."""
    reached = {0}
    for at in range(len(word)):
        if at in reached:
            longest = min(at + _LONGEST_SYLLABLE, len(word))
            reached.update(end for end in range(at + 1, longest + 1) if word[at:end] in _by_sound()[0])
    return len(word) in reached


def _stretches(text: str, words: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Words with nothing but blanks between them."""
    held: list[re.Match[str]] = []
    for word in words:
        if held and text[held[-1].end() : word.start()].strip():
            yield held
            held = []
        held.append(word)
    if held:
        yield held


def _add(pieces: list[str], origin: list[int], text: NormalText, start: int, end: int) -> None:
    """What stands between words that were read: figures, signs; Chinese has no blanks beside them."""
    kept = [at for at in range(start, end) if not text.text[at].isspace()]
    pieces.append("".join(text.text[at] for at in kept))
    origin += [text.origin[at] for at in kept]


def _spread(places: Iterable[int], count: int) -> list[int]:
    """The places of that many characters over the letters that they stand for; the last leads to the end."""
    at = list(places)
    return [at[len(at) * number // count] for number in range(count - 1)] + [at[-1]]


def read_trade_words(folder: Path = RULES_FOLDER) -> list[str]:
    """Words of the trade and single characters, as the rails ship them."""
    lines = (folder / "trade_words.txt").read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]
