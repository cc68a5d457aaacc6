"""Markdown (CommonMark with tables and footnotes), read as the page it makes: what HTML hides in it stays out of it.

Struck-out text, comments and what nobody sees are no knowledge, and are told; link targets and images are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ingestion.blocks import LeftOut, Loaded
from ingestion.decoding import decode
from ingestion.load import html, markdown_notes

# Lines of names and values, their continuations and remarks: a file may as well begin with a rule and say something.
_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(?=[\w\"'#-])"
    r"(?:(?:[\w\"'][^\n:]*:(?:[ \t][^\n]*)?|[ \t#][^\n]*|-[ \t][^\n]*|[\]}][^\n]*)?\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
)
# [//]: # (…), a link nobody can follow: the convention for comments.
_COMMENT = re.compile(r"^\[[^\]^\n][^\]\n]*\]:[ \t]*(?:#|<>)[ \t]+[\"'(](.*?)[\"')]?[ \t]*$", re.MULTILINE)

_FACTOR_ENDS, _FACTOR_BEGINS = re.compile(r"[^\W_]|[)）\]】%％‰]"), re.compile(r"[^\W_]|[(（\[【]")
_LOOKED_BACK = 500  # characters
_RANGE = re.compile(r"(?<=[\d%％‰])~~(?=\d)")


def load(content: bytes) -> Loaded:
    text = _FRONT_MATTER.sub("", decode(content))
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(markdown_notes.plugin)
    parser.inline.ruler.before("strikethrough", "sign_of_figures", _sign_of_figures)
    parser.block.ruler.before("paragraph", "below_table", _below_table, {"alt": ["blockquote"]})
    parser.core.ruler.push("join_lines", _join_lines)
    env: dict[str, Any] = {}
    # A comment right below a line would be part of its paragraph.
    loaded = html.page(f"<body>{parser.render(_COMMENT.sub('', text), env)}</body>", furnished=False)
    comments = [*filter(None, _COMMENT.findall(text)), *_said_as_targets(env)]
    return replace(loaded, left_out=(*loaded.left_out, *(LeftOut("comment_left_out", said) for said in comments)))


def _sign_of_figures(state: StateInline, silent: bool) -> bool:
    """A sign between two words that says something itself: 本金*利率 multiplies, 1%~~2% is a range. Never markup."""
    sign = "*" if state.src[state.pos] == "*" else "~~"
    before = state.src[max(0, state.pos - _LOOKED_BACK) : state.pos]
    after = state.src[state.pos + len(sign) : state.pos + len(sign) + 1]
    if not state.src.startswith(sign, state.pos) or before.endswith(sign[0]) or after.startswith(sign[0]):
        return False
    if sign == "*":
        between = bool(_FACTOR_ENDS.match(before[-1:]) and _FACTOR_BEGINS.match(after))
    else:  # one that may end what is struck out does
        between = (
            bool(_RANGE.match(state.src, state.pos)) and not (before.count(sign) - len(_RANGE.findall(before))) % 2
        )
    if not between:
        return False
    if not silent:
        state.pending += sign
    state.pos += len(sign)
    return True


def _below_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines without any bar right below a table (注：…) are no rows of it: what may end a table is asked in silence."""
    if not silent or state.parentType != "table":
        return False
    for number in range(start, end):
        if state.isEmpty(number):
            break
        if "|" in state.src[state.bMarks[number] : state.eMarks[number]]:
            return False
    return True


def _join_lines(state: StateCore) -> None:
    """A line that goes on in the next: a space only between Latin words."""
    for token in state.tokens:
        joint: Token | None = None
        before = ""
        for child in token.children or ():
            if child.type == "softbreak":
                joint, child.type = child, "text"
            elif child.content:
                if joint is not None and f"{before[-1:]}{child.content[:1]}".isascii() and before[-1:].strip():
                    joint.content = " "
                joint, before = None, child.content


def _said_as_targets(env: dict[str, Any]) -> Iterator[str]:
    """Words written where a link has its target ([注]: 仅限金卡客户), which no page shows."""
    for label, link in env.get("references", {}).items():
        target = unquote(link["href"])
        if re.search(r"[\u3400-\u9fff]", target) and not re.search(r"[/.#]", target):
            yield f"{label}：{target}"
