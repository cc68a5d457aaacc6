"""Fields of Word: what stands before their result is an instruction that nobody sees; EQ fields are drawn from it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.docx_symbols import GAP, closed
from ingestion.load.numerals import spelled

_TEXT, _CODE, _FIELD = qn("w:t"), qn("w:instrText"), qn("w:fldChar")
_PRINTED = (_TEXT, qn("w:sym"), qn("w:br"), qn("w:cr"), qn("w:tab"), qn("w:drawing"), qn("w:pict"), qn("w:object"))
_EQUATION = re.compile(r"\s*EQ\s", re.IGNORECASE)
_OPTION = re.compile(r"\\([A-Za-z]+)\d*")
_DEEPEST = 50


@dataclass(slots=True)
class _Field:
    """inside: what stands in its instruction. code: the instruction itself, results of fields in it among it."""

    begin: Any
    code: str = ""
    inside: list[Any] = field(default_factory=list)
    separated: bool = False
    has_result: bool = False


class Fields:
    """The closed fields of the stories that were added; one may span paragraphs. An open one hides nothing."""

    def __init__(self) -> None:
        self.instructions: set[Any] = set()
        self.drawn: dict[Any, str] = {}

    def add(self, story: Any) -> None:
        """story: the body, or one note. A text box inside it is a story of its own."""
        if next(story.iter(_FIELD), None) is None:
            return
        boxed = next(story.iter(qn("w:txbxContent")), None) is not None
        opened: dict[Any, list[_Field]] = defaultdict(list)
        for element in story.iter(_FIELD, _CODE, *_PRINTED):
            stack = opened[next(element.iterancestors(qn("w:txbxContent")), None) if boxed else None]
            if element.tag == _FIELD:
                self._turn(stack, element)
            elif stack:
                _note(stack, element)

    def _turn(self, stack: list[_Field], element: Any) -> None:
        match element.get(qn("w:fldCharType")):
            case "begin":
                if len(stack) >= _DEEPEST:
                    stack.clear()
                _note(stack, element)
                stack.append(_Field(element))
            case "separate" if stack:
                stack[-1].separated = True
            case "end" if stack:
                done = stack.pop()
                self.instructions.update(done.inside)
                if not done.has_result and _EQUATION.match(done.code):
                    self.drawn[done.begin] = equation(done.code)
                    if stack and not stack[-1].separated:
                        stack[-1].code += self.drawn[done.begin]


def _note(stack: list[_Field], element: Any) -> None:
    text = element.text or "" if element.tag in (_TEXT, _CODE) else ""
    if element.tag == _CODE:
        if stack and not stack[-1].separated and not _vanishes(element):
            stack[-1].code += text
        return
    for one in reversed(stack):
        if not one.separated:
            one.inside.append(element)
            one.code += text
            return
        one.has_result = one.has_result or bool(text.strip())


def _vanishes(element: Any) -> bool:
    return element.getparent().find(f"{qn('w:rPr')}/{qn('w:vanish')}") is not None


def equation(code: str) -> str:
    r"""What an EQ field draws: \f(1,365) as 1/365, enclosed characters as one, other forms as their plain arguments."""
    text, _ = _drawn(_EQUATION.sub("", code, count=1).strip(), 0, 0)
    return GAP + closed("".join(text)) + GAP


def _drawn(code: str, at: int, depth: int) -> tuple[list[str], int]:
    """The arguments from this place to the bracket that closes them, and the place behind it."""
    parts, options = [""], list[str]()
    while at < len(code):
        letter = code[at]
        if letter == "\\" and (named := _OPTION.match(code, at)):
            options.append(named.group(1).lower())
            at = named.end()
        elif letter == "\\":
            parts[-1] += code[at + 1 : at + 2]
            at += 2
        elif letter == "(" and depth < _DEEPEST:
            inner, at = _drawn(code, at + 1, depth + 1)
            parts[-1] += _formed(options, [part.strip() for part in inner]) if options else f"({','.join(inner)})"
            options = []
        elif letter == ")" and depth:
            return parts, at + 1
        elif letter in ",;" and depth:
            parts.append("")
            at += 1
        else:
            if not letter.isspace():
                options = []
            parts[-1] += letter
            at += 1
    return parts, at


def _formed(options: list[str], parts: list[str]) -> str:
    match options[0], parts:
        case "f", [over, under]:
            return f"{GAP}{_grouped(over)}/{_grouped(under)}{GAP}"
        case "r", [root]:
            return f"{GAP}√{_grouped(root)}{GAP}"
        case "r", [degree, root]:
            return f"{GAP}{_grouped(root)}^(1/{degree}){GAP}"
        case "b", [inner]:
            return f"({inner})"
        case "o", ["○", number] if number.isdigit():
            return spelled(int(number), "decimalEnclosedCircle")
        case _:
            return GAP + " ".join(part for part in parts if part) + GAP


def _grouped(text: str) -> str:
    return text if text.replace(".", "").isalnum() else f"({closed(text)})"
