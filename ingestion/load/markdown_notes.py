"""Footnotes of Markdown: [^1] in the text and "[^1]: …" anywhere. A note is told right where the text refers to it.

It often takes back what the text promises (对VIP免费 … 仅限金卡以上客户), so one must never be read without the other.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ingestion.failures import failure

_NOTE = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*(.*)")
_REFERENCE = re.compile(r"\[\^([^\]\s]+)\]")
_LABELS = "note_labels"
_MOST_NOTED = 2_000_000  # characters of notes, all references together
_INDENT = 2  # columns; below an empty line, what is indented still belongs to the note


def plugin(parser: MarkdownIt) -> None:
    parser.block.ruler.before("reference", "note", _note, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.before("link", "note_reference", _reference)
    parser.core.ruler.push("notes_in_place", _put_in_place)


def _note(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    found = None if state.is_code_block(start) else _NOTE.match(_line(state, start))
    if found is None or silent:
        return found is not None
    after = start + 1
    while after < end and _goes_on(state, after, end):
        after += 1
    lines = [found.group(2), *(_line(state, number) for number in range(start + 1, after))]
    state.line = after
    label = found.group(1)
    state.env.setdefault(_LABELS, set()).add(label)
    state.push("note_open", "p", 1).info = label
    inline = state.push("inline", "", 0)
    inline.content, inline.children = "\n".join(filter(None, lines)), []
    state.push("note_close", "p", -1)
    return True


def _goes_on(state: StateBlock, number: int, end: int) -> bool:
    if state.isEmpty(number):
        return number + 1 < end and not state.isEmpty(number + 1) and _is_indented(state, number + 1)
    if _is_indented(state, number):
        return True
    rules = state.md.block.ruler.getRules("paragraph")
    return not state.isEmpty(number - 1) and not any(rule(state, number, end, True) for rule in rules)


def _is_indented(state: StateBlock, number: int) -> bool:
    return state.sCount[number] >= state.blkIndent + _INDENT


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].strip()


def _reference(state: StateInline, silent: bool) -> bool:
    found = _REFERENCE.match(state.src, state.pos)
    if found is None or found.group(1) not in state.env.get(_LABELS, ()):
        return False
    if not silent:
        state.push("note_reference", "", 0).info = found.group(1)
    state.pos = found.end()
    return True


def _put_in_place(state: StateCore) -> None:
    """Each note behind the words that refer to it; one that nothing refers to stays where it stands."""
    notes: dict[str, list[Token]] = {}
    for at, token in enumerate(state.tokens):
        if token.type == "note_open":
            notes.setdefault(token.info, _words(state.tokens[at + 1]))
    # A note is as long as all its references are many: what is said a thousand times is no document.
    room = _MOST_NOTED
    told: set[str] = set()
    placed: list[Token] = []
    below: list[Token] = []
    holder = ""
    for token in state.tokens:
        placed.append(token)
        if token.type == "inline" and holder != "note_open":
            labels = dict.fromkeys(child.info for child in token.children or () if child.type == "note_reference")
            told.update(labels)
            token.children = _words(token)
            for note in (notes[label] for label in labels):
                room -= sum(len(word.content) + 1 for word in note)
                if room < 0:
                    raise failure("too_large")
                if holder == "heading_open":
                    below += [Token("paragraph_open", "p", 1), _noted(note), Token("paragraph_close", "p", -1)]
                elif holder in ("td_open", "th_open"):
                    token.children += [_text("（注："), *note, _text("）")]
                else:
                    token.children += [Token("hardbreak", "br", 0), _text("注："), *note]
        elif token.type == "heading_close":
            placed += below
            below = []
        holder = token.type
    state.tokens = _without_told(placed, told)


def _without_told(tokens: list[Token], told: set[str]) -> list[Token]:
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        if tokens[at].type != "note_open":
            kept.append(tokens[at])
            at += 1
            continue
        if tokens[at].info in told:
            told.remove(tokens[at].info)  # a second note of the same name was never told
        else:
            kept += [tokens[at], _noted(_words(tokens[at + 1])), tokens[at + 2]]
        at += 3
    return kept


def _words(inline: Token) -> list[Token]:
    return [child for child in inline.children or () if child.type != "note_reference"]


def _noted(words: list[Token]) -> Token:
    return Token("inline", "", 0, children=[_text("注："), *words])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
