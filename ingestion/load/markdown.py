"""Markdown (CommonMark with tables): headings, nested lists, tables; raw HTML goes through the HTML loader.

Struck-out text and comments are not knowledge; link targets and images are left out of the text.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from ingestion.blocks import Block, Heading, Item, Loaded, Paragraph, Row, Table
from ingestion.decoding import decode
from ingestion.load import html

_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_HIDDEN_LINE = re.compile(r"^\[[^\]]*\]:\s*\S+\s+[\"(].*$", re.MULTILINE)  # [//]: # (a comment by convention)


def load(content: bytes) -> Loaded:
    text = _HIDDEN_LINE.sub("", _FRONT_MATTER.sub("", decode(content)))
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    blocks: list[Block] = []
    for node in SyntaxTreeNode(parser.parse(text)).children:
        _read(node, blocks, depth=0)
    return Loaded(tuple(blocks))


def _read(node: SyntaxTreeNode, blocks: list[Block], depth: int) -> None:
    match node.type:
        case "heading":
            if text := _text(node):
                blocks.append(Heading(text, int(node.tag[1])))
        case "paragraph":
            if text := _text(node):
                blocks.append(Paragraph(text))
        case "bullet_list" | "ordered_list":
            _read_list(node, blocks, depth)
        case "table":
            _read_table(node, blocks)
        case "fence" | "code_block":
            if text := node.content.strip():
                blocks.append(Paragraph(text))
        case "html_block":
            blocks.extend(html.fragment(node.content))
        case "hr":
            pass
        case _:
            for child in node.children:
                _read(child, blocks, depth)


def _read_list(node: SyntaxTreeNode, blocks: list[Block], depth: int) -> None:
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 0
    for count, item in enumerate(node.children):
        marker = f"{start + count}. " if node.type == "ordered_list" else "- "
        lines: list[str] = []
        rest: list[SyntaxTreeNode] = []
        for child in item.children:
            if child.type == "paragraph" and not rest:
                lines.append(_text(child))
            else:
                rest.append(child)
        if any(lines):
            blocks.append(Item(marker + "\n".join(line for line in lines if line), depth))
        for child in rest:
            _read(child, blocks, depth + 1)


def _read_table(node: SyntaxTreeNode, blocks: list[Block]) -> None:
    rows = [
        tuple(_text(cell) for cell in row.children) for part in node.children for row in part.children if row.children
    ]
    if rows:
        blocks.append(Table(rows[0], tuple(Row(cells) for cells in rows[1:])))


def _text(node: SyntaxTreeNode) -> str:
    pieces: list[str] = []
    for child in node.children:
        if child.type == "inline":
            _inline(child, pieces)
    return _joined(pieces)


def _inline(node: SyntaxTreeNode, pieces: list[str]) -> None:
    for child in node.children:
        match child.type:
            case "text" | "code_inline":
                pieces.append(child.content)
            case "softbreak":
                pieces.append("\r")  # decided in _joined: a space only between Latin words
            case "hardbreak":
                pieces.append("\n")
            case "html_inline":
                if _BREAK.fullmatch(child.content):
                    pieces.append("\n")
            case "s" | "image":
                pass
            case _:
                _inline(child, pieces)


def _joined(pieces: list[str]) -> str:
    text = re.sub(r"(?<=[\x21-\x7e])\r(?=[\x21-\x7e])", " ", "".join(pieces)).replace("\r", "")
    return "\n".join(line.strip() for line in text.split("\n")).strip()
