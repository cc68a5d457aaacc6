"""How a stretch of text may spell a forbidden word: by characters of the same sound, split characters, pinyin in full
or by initials, digits that sound like a character.

Plain text spells nothing here, nor does an ordinary word of the dictionary where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import jieba
from pypinyin.constants import PINYIN_DICT

from guardrails.normal import is_han

TONES = str.maketrans("āáǎàēéěèêếềīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿ", "aaaaeeeeeeeiiiioooouuuuvvvvvnnnm")
DIGITS = {"4": ("si",), "7": ("qi",), "8": ("ba",), "9": ("jiu",), "0": ("ling",), "5": ("wu",)}
_LATIN = re.compile(r"[a-z]+")
GAP = frozenset(" \u00a0.·•*_~^|-'`+’‘")
# Words of grammar stand everywhere, whatever they sound like.
_TOO_COMMON = frozenset(
    "的地得了着过是不我你他她它在有个说还和与于就都也要能会可以被给让对从到为之而且或吗呢吧啊么这那哪里上下中"
)
# A word this common is what the customer means, however it sounds.
_ORDINARY = 3
_LONGEST_SYLLABLE = 6
_INITIALS_ALONE = 4
_LONGEST_WORD = 4
# Latin runs that are words or codes of the trade, never pinyin.
_NOT_PINYIN = frozenset(
    ["a", "o", "e", "pin", "fan", "can", "men", "man", "sun", "son", "ban", "pan", "app", "android"]
)


class Unit(NamedTuple):
    """One character, syllable or letter at [start, end) of the normalised text. kind: han, sound, letter or digit."""

    text: str
    start: int
    end: int
    kind: str


class Spelling:
    """Holds tables only; share one between turns."""

    def __init__(
        self, terms: Iterable[str], splits: Mapping[str, Sequence[str]] | None = None, vocabulary: Iterable[str] = ()
    ) -> None:
        """splits: character -> the ways to write it in parts. vocabulary: words that the rules know; pinyin that is
        typed out is read as the commonest that sounds so."""
        self._splits = {char: tuple(parts) for char, parts in (splits or {}).items()}
        self._sounds: dict[str, frozenset[str]] = {}
        self._firsts: dict[str, str] = {}
        ordered = sorted(set(terms), key=lambda term: (-len(term), term))
        # Where a term may begin: by its first two sounds, by the first alone, by its initial, by the parts of a split.
        self._by_sounds: dict[tuple[str, str], list[str]] = {}
        self._by_sound: dict[str, list[str]] = {}
        self._by_letter: dict[str, list[str]] = {}
        self._by_letters: dict[str, list[str]] = {}
        self._by_part: dict[str, list[str]] = {}
        self._parts = frozenset(parts[0] for held in self._splits.values() for parts in held)
        longest_split = max((len(parts) for held in self._splits.values() for parts in held), default=1)
        # How many characters a spelled-out term can take.
        self.farthest = max(map(len, ordered)) * longest_split
        for term in ordered:
            for sound in self._readings(term[0]):
                self._by_sound.setdefault(sound, []).append(term)
                self._by_letter.setdefault(sound[0], []).append(term)
                for second in self._readings(term[1]):
                    self._by_sounds.setdefault((sound, second), []).append(term)
            seconds = {sound[0] for sound in self._readings(term[1])}
            for initials in {first[0] + second for first in self._readings(term[0]) for second in seconds}:
                self._by_letters.setdefault(initials, []).append(term)
            for parts in self._splits.get(term[0], ()):
                self._by_part.setdefault(parts[0], []).append(term)
        jieba.initialize()
        self._words: Mapping[str, int] = jieba.dt.FREQ
        self._vocabulary = (*vocabulary, *ordered)

    # Both serve Latin letters only and are read off the pinyin table when the first come.
    @cached_property
    def _syllables(self) -> frozenset[str]:
        """Syllables as they are typed, before any are read alike."""
        return frozenset(
            sound.translate(TONES)
            for code in range(0x4E00, 0x9FA6)
            for sound in PINYIN_DICT.get(code, "").split(",")
            if len(sound) > 1 or sound in {"a", "e"}
        )

    @cached_property
    def _typed_words(self) -> Mapping[tuple[str, ...], str]:
        known = [w for w in set(self._vocabulary) if 2 <= len(w) <= _LONGEST_WORD and all(map(is_han, w))]
        known.sort(key=lambda word: (self._words.get(word, 0), word))
        return {tuple(self._first_reading(char) for char in word): word for word in known}

    def units(self, text: str) -> Iterator[Unit]:
        at, size = 0, len(text)
        while at < size:
            char = text[at]
            if is_han(char):
                yield Unit(char, at, at + 1, "han")
                at += 1
            elif "a" <= char <= "z":
                match = _LATIN.match(text, at)
                assert match is not None
                yield from self._latin(match.group(), at)
                at = match.end()
            elif char in DIGITS and not text[at - 1 : at].isdigit() and not text[at + 1 : at + 2].isdigit():
                yield Unit(char, at, at + 1, "digit")
                at += 1
            else:
                if char not in GAP:
                    yield Unit(char, at, at + 1, "stop")
                at += 1

    def _latin(self, run: str, start: int) -> Iterator[Unit]:
        syllables = self._spelled(run) if len(run) > 1 and run not in _NOT_PINYIN else None
        if syllables is not None:
            at = start
            for syllable in syllables:
                yield Unit(flat(syllable), at, at + len(syllable), "sound")
                at += len(syllable)
        elif len(run) <= 6:
            for offset, letter in enumerate(run):
                yield Unit(letter, start + offset, start + offset + 1, "letter")
        else:
            yield Unit(run, start, start + len(run), "stop")

    def _spelled(self, run: str) -> list[str] | None:
        """The run as whole syllables, the longest first where it can be; None when it is not pinyin."""
        if len(run) > 60:
            return None
        ends: list[list[str] | None] = [None] * (len(run) + 1)
        ends[len(run)] = []
        for at in range(len(run) - 1, -1, -1):
            for length in range(min(_LONGEST_SYLLABLE, len(run) - at), 0, -1):
                rest = ends[at + length]
                if rest is not None and run[at : at + length] in self._syllables:
                    ends[at] = [run[at : at + length], *rest]
                    break
        return ends[0]

    def candidates(self, unit: Unit, following: Unit | None) -> Iterable[str]:
        if following is None or unit.kind == "stop" or following.kind == "stop":
            return ()
        if unit.kind == "letter":
            if following.kind == "letter":
                return self._by_letters.get(unit.text + following.text, ())
            return self._by_letter.get(unit.text, ())
        sounds = (unit.text,) if unit.kind == "sound" else DIGITS.get(unit.text) or (self._first_reading(unit.text),)
        if unit.kind == "han" and unit.text in self._parts:
            return [*self._by_part.get(unit.text, ()), *self._by_sound.get(sounds[0], ())]
        if following.kind == "han" and following.text not in self._parts:
            second = self._first_reading(following.text)
            plain = self._by_sounds.get((sounds[0], second), ())
            # A plain first character may be read in its second way (行, 还).
            others = (s for s in self._readings(unit.text) if s != sounds[0]) if unit.kind == "han" else ()
            return [*plain, *(term for s in others for term in self._by_sounds.get((s, second), ()))]
        return self._by_sound.get(sounds[0], ())

    def match(self, units: list[Unit], at: int, term: str, text: str) -> int | None:
        """Where the units that spell the term end, or None. Plain text is no disguise and matches nothing here."""
        first = at
        letters = exact = others = 0
        heard: list[Unit] = []
        for char in term:
            if at >= len(units):
                return None
            unit = units[at]
            if unit.kind == "han" and unit.text == char:
                exact += 1
                at += 1
                continue
            split = self._split_at(units, at, char)
            if split:
                others += 1
                at += split
                continue
            spelling = self._spelling(unit, char)
            if spelling is None:
                return None
            if spelling == "heard":
                heard.append(unit)
            elif spelling == "letter":
                letters += 1
            else:
                others += 1
            at += 1
        if exact == len(term) and at - first == len(term) == units[at - 1].end - units[first].start:
            return None
        if len(heard) > len(term) // 2 or (letters and heard):
            return None
        if letters and not self._initials_may_mean(units, first, at, letters, exact + others, term, text):
            return None
        if heard and any(self._is_ordinary(text, unit.start) for unit in heard):
            return None
        return at

    def _spelling(self, unit: Unit, char: str) -> str | None:
        """How one unit stands for one character of a term: plainly, by its sound, typed out, by a letter; or not."""
        if unit.kind == "han" and unit.text == char:
            return "plain"
        readings = self._readings(char)
        if unit.kind == "han" and unit.text not in _TOO_COMMON and self._first_reading(unit.text) in readings:
            return "heard"
        if not readings.isdisjoint({unit.text} if unit.kind == "sound" else DIGITS.get(unit.text, ())):
            return "typed"
        if unit.kind == "letter" and any(sound[0] == unit.text for sound in readings):
            return "letter"
        return None

    def _split_at(self, units: list[Unit], at: int, char: str) -> int:
        for parts in self._splits.get(char, ()):
            if units[at].text != parts[0]:
                continue
            window = units[at : at + len(parts)]
            if len(window) == len(parts) and all(unit.text == part for unit, part in zip(window, parts, strict=True)):
                return len(parts)
        return 0

    def _initials_may_mean(
        self, units: list[Unit], first: int, end: int, letters: int, certain: int, term: str, text: str
    ) -> bool:
        """Letters stand for characters beside enough that is certain, or when there are four and nothing else."""
        start, stop = units[first].start, units[end - 1].end
        if units[first].kind == "letter" and text[start - 1 : start].isascii() and text[start - 1 : start].isalnum():
            return False
        if units[end - 1].kind == "letter" and text[stop : stop + 1].isascii() and text[stop : stop + 1].isalnum():
            return False
        if certain == 0:
            return len(term) >= _INITIALS_ALONE and letters >= _INITIALS_ALONE
        return letters <= certain

    def _is_ordinary(self, text: str, at: int) -> bool:
        """Whether the character at `at` belongs to a word of the dictionary where it stands."""
        return any(
            self._words.get(text[start : start + length], 0) >= _ORDINARY
            for length in (2, 3, 4)
            for start in range(max(0, at - length + 1), at + 1)
            if len(text[start : start + length]) == length
        )

    def may_spell(self, units: list[Unit], term: str, pair: str) -> bool:
        """Whether a disguise of the term may begin with these two characters side by side, whatever follows."""
        first, second = units
        if any(parts[:2] == first.text + second.text for parts in self._splits.get(term[0], ())):
            return True
        if self._spelling(first, term[0]) is None:
            return False
        if any(parts[0] == second.text for parts in self._splits.get(term[1], ())):
            return True
        if len(term) == 2:
            return self.match(units, 0, term, pair) is not None
        heard = [unit for unit, char in zip(units, term, strict=False) if self._spelling(unit, char) == "heard"]
        return self._spelling(second, term[1]) is not None and not any(self._is_ordinary(pair, u.start) for u in heard)

    def typed_at(self, units: list[Unit], at: int) -> tuple[int, str] | None:
        """The longest known word typed out in pinyin here."""
        if units[at].kind != "sound":
            return None
        for length in range(_LONGEST_WORD, 1, -1):
            window = units[at : at + length]
            if len(window) == length and all(unit.kind == "sound" for unit in window):
                word = self._typed_words.get(tuple(unit.text for unit in window))
                if word is not None:
                    return at + length, word
        return None

    def _readings(self, char: str) -> frozenset[str]:
        """The first two readings; rarer ones are nobody's disguise."""
        held = self._sounds.get(char)
        if held is None:
            held = frozenset(self._typed(char)[:2])
            self._sounds[char] = held
        return held

    def _first_reading(self, char: str) -> str:
        held = self._firsts.get(char)
        if held is None:
            held = next(iter(self._typed(char)), "")
            self._firsts[char] = held
        return held

    def _typed(self, char: str) -> list[str]:
        raw = PINYIN_DICT.get(ord(char), "") if is_han(char) else ""
        return [flat(sound.translate(TONES)) for sound in raw.split(",") if sound]


def flat(sound: str) -> str:
    """Sounds that many customers do not tell apart are one: zh/z, ch/c, sh/s, -ng/-n."""
    if sound[:2] in {"zh", "ch", "sh"}:
        sound = sound[0] + sound[2:]
    return sound[:-1] if sound.endswith(("ing", "eng", "ang")) else sound
