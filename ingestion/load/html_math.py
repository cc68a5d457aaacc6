"""Formulas of pages (MathML) as one line of text: fractions with a stroke, powers and indices with their signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from lxml.html import HtmlElement

Hides = Callable[[HtmlElement], bool]

_BESIDES = {"annotation", "annotation-xml", "mphantom", "maligngroup", "malignmark", "none", "mprescripts"}


def formula_text(element: HtmlElement, hides: Hides) -> str:
    """The formula as one would type it: (本金×年利率×天数)/365. Its source (TeX) says it a second time and is left."""
    return "".join(_parts(element, hides))


def is_drawn_twice(element: HtmlElement) -> bool:
    """True for the drawing of a formula that its page also holds as MathML right before it, letter for letter."""
    before = element.getprevious()
    if element.get("aria-hidden") != "true" or before is None or not isinstance(before.tag, str):
        return False
    math = before if before.tag == "math" else before.find(".//math")
    return math is not None and _letters(math) == _letters(element)


def stands_for_drawing(element: HtmlElement) -> bool:
    """True for MathML beside its drawing: the page may hide it, the drawing shows the same letters."""
    after = element.getnext()
    if after is None or element.tag in ("script", "style") or element.find(".//math") is None:
        return False
    return is_drawn_twice(after) and _letters(element) == _letters(after)


def _letters(element: HtmlElement) -> Counter[str]:
    said: list[str] = []
    for one in element.iter():
        if isinstance(one.tag, str) and one.tag not in _BESIDES and not _is_source(one):
            said.append(one.text or "")
        if one is not element and not any(_is_source(parent) for parent in one.iterancestors()):
            said.append(one.tail or "")
    return Counter(letter for letter in "".join(said) if letter.isalnum())


def _is_source(element: HtmlElement) -> bool:
    return element.tag in ("annotation", "annotation-xml")


def _parts(element: HtmlElement, hides: Hides) -> Iterator[str]:
    children = [child for child in element if isinstance(child.tag, str) and child.tag not in _BESIDES]
    children = [child for child in children if not hides(child)]
    said = [formula_text(child, hides) for child in children]
    tag, count = element.tag, len(said)
    if tag == "mfrac" and count == 2:
        yield f"{_grouped(said[0])}/{_grouped(said[1])}"
    elif tag in ("msup", "mover") and count == 2:
        yield f"{_grouped(said[0])}^{_grouped(said[1])}" if said[1].strip("′'") else f"{said[0]}{said[1]}"
    elif tag in ("msub", "munder") and count == 2:
        yield f"{_grouped(said[0])}{_index(said)}"
    elif tag in ("msubsup", "munderover") and count == 3:
        yield f"{_grouped(said[0])}{_index(said)}^{_grouped(said[2])}"
    elif tag == "mroot" and count == 2:
        yield f"{_grouped(said[0])}^(1/{said[1]})"  # 3√8 would be three times the root
    elif tag == "msqrt":
        yield f"√{_grouped(''.join(said) or (element.text or '').strip())}"
    elif tag == "mfenced":
        yield (element.get("open") or "(") + ",".join(said) + (element.get("close") or ")")
    elif tag == "mtable":
        yield "；".join(said)
    elif tag in ("mtr", "mlabeledtr"):
        yield "，".join(said)
    elif tag == "mspace":
        yield " "
    else:
        yield _within(element, dict(zip(children, said, strict=True)))


def _within(element: HtmlElement, said: dict[HtmlElement, str]) -> str:
    pieces = [element.text or ""]
    for child in element:
        pieces += [said.get(child, ""), child.tail or ""]
    return "".join("".join(pieces).split()) if element.tag != "mtext" else " ".join("".join(pieces).split())


def _index(said: list[str]) -> str:
    """x1 and H2 are plain; under a figure or a sum the index needs its sign: 10_2, ∑_(i=1)."""
    plain = said[0][-1:].isalpha() and said[1].isalnum() and len(said[0]) == 1
    return said[1] if plain else f"_{_grouped(said[1])}"


def _grouped(text: str) -> str:
    """In brackets when it is more than one number or word."""
    alone = text.replace(".", "").isalnum() or len(text) <= 1 or (text[0] == "(" and text.find(")") == len(text) - 1)
    return text if alone else f"({text})"
