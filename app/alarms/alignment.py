"""How near two claims come to each other in their words and conditions: features a person can check.

They say nothing about values: a pair with the same value is aligned by the same measure as one that contradicts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Final

from app.alarms.claim import Claim, same_value
from app.alarms.free import FREE
from app.alarms.meanings import Meanings
from app.alarms.nearness import FEATURES as MEANT
from app.alarms.nearness import nearness
from app.alarms.senses import Senses
from app.knowledge.subjects import Named, related
from guardrails import Quantity

FEATURES: Final = (
    "label_shared",
    "all_shared",
    "covered_less",
    "covered_more",
    "both_add",
    "things_both_add",
    "labels_both_add",
    "subjects_both_add",
    "one_adds",
    "one_adds_most",
    "marks",
    "marks_around",
    "swapped",
    "inserted",
    "titles_swapped",
    "papers_both_add",
    "papers_of_rows",
    "rivals",
    "same_measure",
    "other_measure",
    "one_measure",
    "condition_differs",
    "condition_same",
    "condition_one_side",
    "period_same",
    "period_differs",
    "period_one_side",
    "bound_same",
    "bound_one_side",
    "same_unit",
    "grams_shared",
    "grams_covered",
    "characters_less",
    "characters_more",
    "longest_strange",
    "titles_shared",
    "title_named",
    "far",
    "opening_adds",
    "novel_both",
    "novel_most",
    "per_differs",
    "edited_alike",
    "subject_swapped",
    "subject_opposed",
    "topics_apart",
    "own_topics_apart",
    "topics_same",
    "titles_unlike",
    "unlike_named",
    "unlike_shared",
    "variant_swapped",
    "variant_inserted",
    "things_opened",
    "of_percent",
    "of_duration",
    "free_one",
    "threshold_both",
    "threshold_one",
    *MEANT,
)
Codes = Sequence[tuple[str, int, int, int, int]]
# So many characters alike after a difference say that it stands in the same place.
_ANCHOR = 2
_ANY_FEE = "手续费"
_PAIRS = "有无 主附 新旧 上下 高低 大小 长短 前后 内外 进出 买卖 收付 入出 公私 增减 存取 首末 早晚"
_OPPOSITES = tuple(set(pair) for pair in _PAIRS.split())
_NEGATORS = frozenset("非未无不免")
# How many days one of them lasts, near enough.
_DAYS = {"seconds": 1 / 86400, "minutes": 1 / 1440, "days": 1.0, "workdays": 1.4, "months": 30.4}
# From this weight on a word names a thing.
_THING = 0.8


def features(one: Claim, other: Claim, senses: Senses, meanings: Meanings) -> list[float]:
    """In the order of FEATURES; the same for (other, one)."""
    a_all, b_all = {**one.wide, **one.head}, {**other.wide, **other.head}
    a_around, b_around = {**one.own, **one.opening, **one.head}, {**other.own, **other.opening, **other.head}
    a_strange, b_strange = _strange(one.label, b_all, other.everything), _strange(other.label, a_all, one.everything)
    covered = sorted((_covered(one.label, b_all, other.everything), _covered(other.label, a_all, one.everything)))
    added = max(sum(a_strange), sum(b_strange))
    most = max((*a_strange, *b_strange), default=0.0)
    marks = _marks(one.own, b_all, senses) + _marks(other.own, a_all, senses)
    around = _marks(one.opening, b_all, senses) + _marks(other.opening, a_all, senses)
    codes = _codes(one.letters, other.letters)
    swapped, inserted = _edits(codes, one.letters, other.letters, one.spoken, other.spoken)
    bare = (one.named, other.named) == (one.letters, other.letters)
    subject_codes = codes if bare else _codes(one.named, other.named)
    papers = _papers(one, other)
    titles_swapped = 0.0
    if not (one.answers or other.answers):
        names = _codes(one.name, other.name)
        titles_swapped, _ = _edits(names, one.name, other.name, one.everything, other.everything)
    differs, same, one_side = _conditions(one, other)
    common = len(one.grams & other.grams)
    least = min(len(one.grams), len(other.grams))
    bounds = {one.bound, other.bound}
    a_novel = _strange(one.about, other.page, other.page_letters)
    b_novel = _strange(other.about, one.page, one.page_letters)
    runs = [_runs(one.letters, other.everything), _runs(other.letters, one.everything)]
    all_shared = _shared(a_all, b_all)
    unlike = bool(one.title) and bool(other.title) and not one.title & other.title
    named = sorted((_held(one.title, other.all_grams), _held(other.title, one.all_grams)))
    return [
        _shared(one.label, other.label),
        all_shared,
        covered[0],
        covered[1],
        min(_left(one.own, b_around, other.everything), _left(other.own, a_around, one.everything), 2.0),
        min(_thing(one, other), _thing(other, one)),
        min(_left(one.label, other.label, other.spoken), _left(other.label, one.label, one.spoken), 2.0),
        min(_left(one.subject, b_all, other.everything), _left(other.subject, a_all, one.everything), 1.0),
        min(added, 3.0),
        most,
        min(float(marks), 2.0),
        min(float(around), 2.0),
        swapped,
        inserted,
        titles_swapped,
        papers,
        papers * (one.row or other.row),
        float(_rivals(one, other, senses)),
        float(bool(one.measure) and _same_measure(one.measure, other.measure)),
        float(bool(one.measure) and bool(other.measure) and not _same_measure(one.measure, other.measure)),
        float(bool(one.measure) != bool(other.measure)),
        differs,
        same,
        one_side,
        float(bool(one.periods & other.periods)),
        float(bool(one.periods) and bool(other.periods) and not one.periods & other.periods),
        float(bool(one.periods) != bool(other.periods)),
        float(len(bounds) == 1 and "" not in bounds),
        float(len(bounds) == 2),
        float(one.quantity.keys[0][0] == other.quantity.keys[0][0]),
        2 * common / max(len(one.grams) + len(other.grams), 1),
        common / max(least, 1),
        min(covered for covered, _ in runs),
        max(covered for covered, _ in runs),
        min(float(max(run for _, run in runs)), 6.0),
        _held(one.title, other.title) if one.title else 0.0,
        named[1],
        _far(one.quantity, other.quantity),
        max(_most(one.opening, b_all, other.everything), _most(other.opening, a_all, one.everything)),
        min(max(a_novel, default=0.0), max(b_novel, default=0.0)),
        max((*a_novel, *b_novel), default=0.0),
        float(bool(one.per) and bool(other.per) and not one.per & other.per),
        _alike(codes, one.letters, other.letters) * min(max(swapped, inserted), 2.0),
        _edits(subject_codes, one.named, other.named, one.everything, other.everything)[0],
        _opposed(subject_codes, one.named, other.named),
        min(float(len(_apart(one.topics, other.topics))), 2.0),
        min(float(len(_apart(one.own_topics, other.own_topics))), 2.0),
        float(any(one.topics[name] & other.topics[name] for name in one.topics.keys() & other.topics.keys())),
        float(unlike),
        unlike * min(covered[0], 1.0),
        unlike * all_shared,
        *_edits(subject_codes, one.named, other.named, one.spoken, other.spoken),
        min(_thing(one, other, one.opening), _thing(other, one, other.opening)),
        float(one.sort == "percent"),
        float(one.sort == "duration"),
        float((one.sort == FREE) != (other.sort == FREE)),
        float(one.threshold and other.threshold),
        float(one.threshold != other.threshold),
        *nearness(one, other, meanings),
    ]


def _shared(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    both = sum(one.values()) + sum(other.values())
    return sum(one[word] + other[word] for word in one.keys() & other.keys()) / both if both else 0.0


def _strange(own: Mapping[str, float], whole: Mapping[str, float], letters: frozenset[str]) -> list[float]:
    """What each word says that the other side does not; less where its characters stand there in other words."""
    found = []
    for word, weight in own.items():
        if word not in whole:
            absent = sum(letter not in letters for letter in word) / len(word)
            found.append(weight * (1 - _near(word, whole)) * (0.2 + 0.8 * absent))
    return found


def _apart(one: Named, other: Named) -> set[str]:
    """The dimensions (product, account, channel, …) in which both name something and nothing of it is the same."""
    return {
        name for name in one.keys() & other.keys() if not any(related(a, b) for a in one[name] for b in other[name])
    }


def _covered(own: Mapping[str, float], whole: Mapping[str, float], letters: frozenset[str]) -> float:
    """The share of what the words say that the other side says too; all of it when they say nothing."""
    total = sum(own.values())
    return 1 - sum(_strange(own, whole, letters)) / total if total else 1.0


def _left(own: Mapping[str, float], whole: Mapping[str, float], letters: frozenset[str]) -> float:
    """How much the words say that the other side does not, the two weightiest counting."""
    return sum(sorted(_strange(own, whole, letters), reverse=True)[:2])


def _most(own: Mapping[str, float], whole: Mapping[str, float], letters: frozenset[str]) -> float:
    return max(_strange(own, whole, letters), default=0.0)


def _codes(one: str, other: str) -> Codes:
    """How to make the other of the one; the dearest step of a comparison, so each pair of texts takes it once."""
    return SequenceMatcher(None, one, other, autojunk=False).get_opcodes()


def _opposed(codes: Codes, one: str, other: str) -> float:
    """Whether in like wording a word stands against its opposite (有追索权 | 无追索权, 约定 | 非约定)."""
    for kind, a, b, c, d in codes:
        mine, theirs = one[a:b], other[c:d]
        if kind == "replace" and any({x, y} in _OPPOSITES for x in mine[-1:] for y in theirs[-1:]):
            return 1.0
        said = (mine or theirs) if kind != "replace" else ""
        if said and said[-1] in _NEGATORS and (b < len(one) if mine else d < len(other)):
            return 1.0
    return 0.0


def _near(word: str, whole: Mapping[str, float]) -> float:
    """0..1: the part of its characters that one word of the other side has, if that is most of them."""
    if any(word in other and len(other) > len(word) + 2 for other in whole):
        return 1.0  # part of a term: 评估 of 风险承受能力评估
    inside = [other for other in whole if other in word or word in other]
    best = max((min(len(word), len(other)) / max(len(word), len(other)) for other in inside), default=0.0)
    return best if best > 0.6 else 0.0


def _rivals(one: Claim, other: Claim, senses: Senses) -> int:
    """In how many ways the sides are alternatives to each other; what is nearest to the figure counts."""
    found = 0
    for group in senses.rivals:
        a = group & one.own.keys() or group & one.wide.keys() or group & one.head.keys()
        b = group & other.own.keys() or group & other.wide.keys() or group & other.head.keys()
        found += bool(a) and bool(b) and not a & b
    return min(found, 2)


def _conditions(one: Claim, other: Claim) -> tuple[float, float, float]:
    """1 when a condition has another value on the other side (3个月 | 1年, 5年以上 | 5年以下); when it has the same;
    when only one side has one."""
    differs = same = 0.0
    a, b = [*one.conditions, *one.opened], [*other.conditions, *other.opened]
    for mine, theirs in ((a, b), (b, a)):
        for number in mine:
            kinds = [that for that in theirs if that.kind == number.kind]
            if any(same_value(number, that) and {number.bound, that.bound} != {"ge", "le"} for that in kinds):
                same = 1.0
            elif kinds:
                differs = 1.0
    return differs, same, float(bool(one.conditions) != bool(other.conditions))


def _thing(one: Claim, other: Claim, opening: Mapping[str, float] = MappingProxyType({})) -> float:
    """The weightiest thing one names that the other does not speak of, whatever its title says. opening: what its
    sentence began with, to count too."""
    said = {**other.wide, **other.own}
    things = {word: weight for word, weight in {**opening, **one.own}.items() if weight > _THING}
    return max(_strange(things, said, other.spoken), default=0.0)


def _same_measure(one: str, other: str) -> bool:
    """手续费 is any fee; a longer name may hold the shorter."""
    one, other = (name.removesuffix("率") for name in (one, other))
    if _ANY_FEE in (one, other):
        return "费" in one and "费" in other
    return bool(one and other) and (one.endswith(other) or other.endswith(one))


def _marks(own: Mapping[str, float], whole: Mapping[str, float], senses: Senses) -> int:
    return sum(word not in whole for word in own if word in senses.marks)


def _edits(
    codes: Codes, one: str, other: str, one_whole: frozenset[str], other_whole: frozenset[str]
) -> tuple[float, float]:
    """What stands in the same place of like wording: exchanged (银证转账 | 银期转账), and put in (白金卡附属卡年费).

    Each 0..3 characters that the other side has nowhere.
    """
    swapped = inserted = 0
    for at, (kind, a, b, c, d) in enumerate(codes):
        follows = at + 1 < len(codes) and codes[at + 1][2] - codes[at + 1][1] >= _ANCHOR
        if kind == "equal" or not follows:
            continue
        mine = sum(letter not in other_whole for letter in one[a:b])
        theirs = sum(letter not in one_whole for letter in other[c:d])
        if kind == "replace":
            swapped = max(swapped, min(mine, theirs))
        inserted = max(inserted, mine, theirs)
    return float(min(swapped, 3)), float(min(inserted, 3))


def _alike(codes: Codes, one: str, other: str) -> float:
    """0..1: how much of the wording stands in both, in order; an exchanged word says most where all else is alike."""
    both = len(one) + len(other)
    return 2 * sum(b - a for kind, a, b, _, _ in codes if kind == "equal") / both if both else 1.0


def _papers(one: Claim, other: Claim) -> float:
    """0..3: pairs of characters by which the names of two papers differ both ways; a list of questions names none."""
    if one.answers or other.answers:
        return 0.0
    return float(min(len(one.title - other.all_grams), len(other.title - one.all_grams), 3))


def _runs(letters: str, whole: frozenset[str]) -> tuple[float, int]:
    """The share of a label's characters the other side has anywhere, and the longest run that it has not."""
    run = longest = had = 0
    for letter in letters:
        run = 0 if letter in whole else run + 1
        had += run == 0
        longest = max(longest, run)
    return (had / len(letters) if letters else 1.0), longest


def _held(title: frozenset[str], whole: frozenset[str]) -> float:
    return len(title & whole) / len(title) if title else 0.0


def _far(one: Quantity, other: Quantity) -> float:
    """0..3: by how many powers of ten the values differ, durations in days."""
    a, b = (_size(number) for number in (one, other))
    try:
        ratio = abs(math.log10(abs(float(a))) - math.log10(abs(float(b))))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0.0
    return min(ratio, 3.0)


def _size(number: Quantity) -> object:
    unit, value = number.keys[0][0], number.keys[0][-1]
    days = _DAYS.get(str(unit))
    return value if days is None else float(value) * days  # type: ignore[arg-type]
