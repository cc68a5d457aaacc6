"""Selectors of style sheets: read once, then asked of each element. What is not understood selects nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

Weight = tuple[int, int, int]  # how many ids, classes and tags a selector names: the greater beats the smaller
Test = Callable[[HtmlElement], bool]

_NAME = r"(?:[\w-]|\\[0-9a-fA-F]{1,6}\s?|\\[^0-9a-fA-F\n])+"
_ARGUMENT = r"(?:[^()]|\((?:[^()]|\([^()]*\))*\))*"
_PIECE = re.compile(
    rf"#(?P<id>{_NAME})|\.(?P<named>{_NAME})|:(?P<pseudo>[\w-]+)(?:\((?P<argument>{_ARGUMENT})\))?"
    rf"|\[\s*(?P<attribute>[\w:-]+)\s*(?:(?P<sign>[~|^$*]?=)\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s\]]+)\s*[iIsS]?\s*)?\]"
)
_TAG = re.compile(r"\*|[a-zA-Z][\w-]*")
_JOINT = re.compile(r"\s*([>+~])\s*|\s+")
_STEPS = re.compile(r"([+-]?\d*)n(?:([+-]\d+))?|([+-]?\d+)")
_ESCAPED = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))")
_DEEPEST = 4  # selectors within selectors


@dataclass(frozen=True, slots=True)
class Compound:
    """What one element must be. tag: "" for any."""

    tag: str
    id: str
    classes: frozenset[str]
    tests: tuple[Test, ...]

    def selects(self, element: HtmlElement) -> bool:
        if (self.tag and self.tag != element.tag) or (self.id and self.id != element.get("id")):
            return False
        if self.classes and not self.classes <= set((element.get("class") or "").split()):
            return False
        return all(test(element) for test in self.tests)


@dataclass(frozen=True, slots=True)
class Selector:
    """before: what must stand around or before the last one, nearest first, with its joint (a blank, >, + or ~)."""

    last: Compound
    before: tuple[tuple[str, Compound], ...]
    weight: Weight

    def selects(self, element: HtmlElement) -> bool:
        return isinstance(element.tag, str) and self.last.selects(element) and self._stands(element, 0, set())

    def _stands(self, element: HtmlElement, at: int, failed: set[tuple[HtmlElement, int]]) -> bool:
        """failed: what was tried in vain, so that deep pages cost no more than depth times length."""
        if at == len(self.before):
            return True
        if (element, at) in failed:
            return False
        joint, compound = self.before[at]
        for other in _joined(element, joint):
            if compound.selects(other) and self._stands(other, at + 1, failed):
                return True
        failed.add((element, at))
        return False


def _joined(element: HtmlElement, joint: str) -> Iterator[HtmlElement]:
    if joint == " ":
        yield from element.iterancestors()
        return
    if joint == ">":
        if (parent := element.getparent()) is not None:
            yield parent
        return
    for other in element.itersiblings(preceding=True):
        if isinstance(other.tag, str):
            yield other
            if joint == "+":
                return


def selectors(text: str, depth: int = 0) -> Iterator[Selector]:
    """Each selector of a list that is understood; states (:hover) and pieces (::before) are none of the page's text."""
    for one in parted(text):
        selector = _selector(one, depth)
        if selector is not None:
            yield selector


def parted(text: str) -> list[str]:
    """The parts of a list, commas within brackets aside."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        if sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif sign == "," and depth <= 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]


def unescaped(text: str) -> str:
    """Words as they are meant: \\64 isplay is display. Control characters are no letters of a word (none\\9)."""

    def meant(found: re.Match[str]) -> str:
        if not found.group(1):
            return found.group(2)
        code = int(found.group(1), 16)
        return chr(code) if 0x20 <= code < 0xD800 or 0xE000 <= code < 0x110000 else "\ufffd"

    return _ESCAPED.sub(meant, text) if "\\" in text else text


def _selector(text: str, depth: int) -> Selector | None:
    compounds: list[Compound] = []
    joints: list[str] = []
    weight = (0, 0, 0)
    at = 0
    while True:
        read = _compound(text, at, depth)
        if read is None:
            return None
        compound, own, at = read
        compounds.append(compound)
        weight = _sum(weight, own)
        if at == len(text):
            break
        joint = _JOINT.match(text, at)
        if joint is None or depth > _DEEPEST:
            return None
        joints.append(joint.group(1) or " ")
        at = joint.end()
    before = tuple(zip(reversed(joints), reversed(compounds[:-1]), strict=True))
    return Selector(compounds[-1], before, weight)


def _compound(text: str, start: int, depth: int) -> tuple[Compound, Weight, int] | None:
    at, tag, identity = start, "", ""
    classes: set[str] = set()
    tests: list[Test] = []
    weight = (0, 0, 0)
    if named := _TAG.match(text, at):
        at, tag = named.end(), named.group().lower().removeprefix("*")
        weight = (0, 0, int(bool(tag)))
    while found := _PIECE.match(text, at):
        at = found.end()
        if found["id"]:
            tests += [_never] if identity not in ("", found["id"]) else []
            identity, weight = unescaped(found["id"]), _sum(weight, (1, 0, 0))
        elif found["named"]:
            classes.add(unescaped(found["named"]))
            weight = _sum(weight, (0, 1, 0))
        elif found["attribute"]:
            tests.append(
                _attribute(found["attribute"].lower(), found["sign"] or "", (found["value"] or "").strip("\"'"))
            )
            weight = _sum(weight, (0, 1, 0))
        else:
            read = _pseudo(found["pseudo"].lower(), (found["argument"] or "").strip(), depth)
            if read is None:
                return None
            tests.append(read[0])
            weight = _sum(weight, read[1])
    return (Compound(tag, identity, frozenset(classes), tuple(tests)), weight, at) if at > start else None


def _sum(one: Weight, two: Weight) -> Weight:
    return one[0] + two[0], one[1] + two[1], one[2] + two[2]


def _never(_: HtmlElement) -> bool:
    return False


def _is_link(element: HtmlElement) -> bool:
    return bool(element.tag == "a") and element.get("href") is not None


def _attribute(name: str, sign: str, value: str) -> Test:
    def holds(element: HtmlElement) -> bool:
        said: str | None = element.get(name)
        if said is None or not sign:
            return said is not None
        if sign == "=":
            return said == value
        if sign == "~=":
            return value in said.split()
        if sign == "|=":
            return said == value or said.startswith(f"{value}-")
        if not value:
            return False
        return said.startswith(value) if sign == "^=" else said.endswith(value) if sign == "$=" else value in said

    return holds


def _pseudo(name: str, argument: str, depth: int) -> tuple[Test, Weight] | None:
    if name in ("not", "is", "where", "matches", "-webkit-any", "-moz-any"):
        return _one_of(name, argument, depth)
    kind = name.endswith("of-type")
    if (steps := _places(name, argument)) is not None:
        backwards = "last" in name
        return lambda element: _counts(steps, _place(element, backwards=backwards, kind=kind)), (0, 1, 0)
    if name in ("only-child", "only-of-type"):
        return lambda element: all(_place(element, backwards=end, kind=kind) == 1 for end in (False, True)), (0, 1, 0)
    simple: dict[str, Test] = {
        "root": lambda element: element.getparent() is None,
        "empty": lambda element: not len(element) and not element.text,
        "link": _is_link,
        "any-link": _is_link,
        "checked": lambda element: element.get("checked") is not None or element.get("selected") is not None,
        "disabled": lambda element: element.get("disabled") is not None,
    }
    return (simple[name], (0, 1, 0)) if name in simple else None


def _one_of(name: str, argument: str, depth: int) -> tuple[Test, Weight] | None:
    inner = list(selectors(argument, depth + 1)) if depth < _DEEPEST else []
    if not inner or (name == "not" and len(inner) < len(parted(argument))):
        return None
    weight = (0, 0, 0) if name == "where" else max(selector.weight for selector in inner)
    return lambda element: any(one.selects(element) for one in inner) != (name == "not"), weight


def _places(name: str, argument: str) -> tuple[int, int] | None:
    """The step and the first of the places that are meant."""
    if name in ("first-child", "last-child", "first-of-type", "last-of-type"):
        return 0, 1
    if name not in ("nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"):
        return None
    said = "".join(argument.lower().split())
    found = _STEPS.fullmatch({"odd": "2n+1", "even": "2n"}.get(said, said))
    if found is None:
        return None
    if found.group(3):
        return 0, int(found.group(3))
    step = found.group(1)
    return int(f"{step}1" if step in ("", "+", "-") else step), int(found.group(2) or 0)


def _counts(steps: tuple[int, int], place: int) -> bool:
    step, first = steps
    return place == first if not step else (place - first) % step == 0 and (place - first) // step >= 0


def _place(element: HtmlElement, *, backwards: bool, kind: bool) -> int:
    parent = element.getparent()
    if parent is None:
        return 1
    if not kind:  # the parser leaves no comments among the elements
        place = int(parent.index(element))
        return len(parent) - place if backwards else place + 1
    return 1 + sum(1 for _ in element.itersiblings(str(element.tag), preceding=not backwards))
