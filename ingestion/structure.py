"""Structure that Chinese documents write into their words: chapters, clauses, numbered headings, lists, 问/答 pairs.

Runs after every loader, so a clause is a clause whether it came from Word, a web page or a text file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingestion.blocks import Block, Clause, Heading, Item, Loaded, Pair, Paragraph
from ingestion.questions import asked_in

_NUMERAL = r"[一二三四五六七八九十百千零〇两\d]+"
# "第五条规定的……" and "第五条、第六条" refer to a clause; they do not open one.
_CLAUSE = re.compile(rf"(第{_NUMERAL}条(?:之{_NUMERAL})?)(?![规所的第、和及至或与中款项])")
_CHAPTER = re.compile(rf"第{_NUMERAL}([编部篇章节])(?=[\s　:：]|$)")
_CHAPTER_LEVEL = {"编": 1, "部": 1, "篇": 1, "章": 2, "节": 3}
_QUESTION = re.compile(r"(?:问题?|Q)\s*\d*\s*[:：]\s*", re.IGNORECASE)
_ANSWER = re.compile(r"(?:答案?|A)\s*\d*\s*[:：]\s*", re.IGNORECASE)

# Numbering in the order in which Chinese documents nest it.
_MARKERS = (
    (re.compile(r"[一二三四五六七八九十]+、"), 3),
    (re.compile(r"[（(][一二三四五六七八九十]+[)）]"), 4),
    (re.compile(r"\d+\.\d+(?:\.\d+)*[\s、.．　]"), 5),
    (re.compile(r"\d+[、.．)）](?!\d)"), 5),
    (re.compile(r"[（(]\d+[)）]"), 6),
    (re.compile(r"[①-⑳]"), 7),
    (re.compile(r"[•·●■◆▪]|[-*]\s+"), 8),
)
_LONGEST_HEADING = 30
_ONE_QUESTION = re.compile(r"[^\n。！？?；]{4,60}[？?]")
_FEWEST_QUESTIONS = 2
_SENTENCE_END = "。；;！!：:，,、"


def recognise(loaded: Loaded) -> tuple[Block, ...]:
    """Blocks with implicit headings and items (only where the format has no headings of its own), pairs, clauses."""
    blocks = _with_title(loaded.blocks) if loaded.plain else list(loaded.blocks)
    own_headings = sum(isinstance(block, Heading) for block in blocks)
    if loaded.plain or own_headings <= 1:
        blocks = _with_implicit_marks(blocks)
    else:
        blocks = [_chapter(block) or block for block in blocks]
    blocks = [made for block in blocks for made in asked_in(block)]
    return tuple(_with_clauses(_with_pairs(blocks)))


def marker_level(text: str) -> int | None:
    """How deep a numbering or bullet at the start of the text nests, or None without one."""
    for pattern, level in _MARKERS:
        if pattern.match(text):
            return level
    return None


def opens_clause(text: str) -> str | None:
    """The label (第五条) when the text opens a clause."""
    found = _CLAUSE.match(text)
    return found.group(1) if found else None


def opens_block(text: str) -> bool:
    """True when a line of plain text starts something new rather than going on with the line before."""
    return bool(
        marker_level(text) is not None
        or opens_clause(text)
        or _CHAPTER.match(text)
        or _QUESTION.match(text)
        or _ANSWER.match(text)
    )


def _with_title(blocks: Sequence[Block]) -> list[Block]:
    """A short first line without closing punctuation is the title of a plain text."""
    first = blocks[0] if len(blocks) > 1 else None
    if (
        isinstance(first, Paragraph)
        and len(first.text) <= _LONGEST_HEADING + 10
        and first.text[-1] not in _SENTENCE_END
        and not opens_block(first.text)
    ):
        return [Heading(first.text, 1, first.page), *blocks[1:]]
    return list(blocks)


def _chapter(block: Block) -> Heading | None:
    if not isinstance(block, Paragraph) or len(block.text) > _LONGEST_HEADING + 10 or "\n" in block.text:
        return None
    found = _CHAPTER.match(block.text)
    if not found or block.text.endswith(("。", "；")):
        return None
    return Heading(block.text, _CHAPTER_LEVEL[found.group(1)], block.page)


def _with_implicit_marks(blocks: Sequence[Block]) -> list[Block]:
    marked: list[Block] = []
    for position, block in enumerate(blocks):
        chapter = _chapter(block)
        if chapter is not None:
            marked.append(chapter)
            continue
        level = marker_level(block.text) if isinstance(block, Paragraph) else None
        if not isinstance(block, Paragraph) or level is None:
            marked.append(block)
        elif not _ends_list(marked, level) and _reads_as_heading(block.text, level, blocks, position):
            marked.append(Heading(block.text, level, block.page))
        else:
            marked.append(Item(block.text, 0, block.page))
    return marked


def _ends_list(marked: Sequence[Block], level: int) -> bool:
    last = marked[-1] if marked else None
    return isinstance(last, Item) and marker_level(last.text) == level


def _reads_as_heading(text: str, level: int, blocks: Sequence[Block], position: int) -> bool:
    """Short, without closing punctuation, and followed by content of its own: a neighbour of its kind makes a list."""
    if level >= 7 or len(text) > _LONGEST_HEADING or text[-1] in _SENTENCE_END:
        return False
    following = blocks[position + 1] if position + 1 < len(blocks) else None
    if following is None or isinstance(following, Heading):
        return False
    return not (isinstance(following, Paragraph) and marker_level(following.text) == level)


def _with_pairs(blocks: Sequence[Block]) -> list[Block]:
    """问：… 答：… becomes one pair; the answer runs on until the next question or heading."""
    paired: list[Block] = []
    position = 0
    listed = sum(_is_question(block) for block in blocks) >= _FEWEST_QUESTIONS
    while position < len(blocks):
        pair, used = _pair_at(blocks, position)
        if pair is None and listed:
            pair, used = _asked_at(blocks, position)
        paired.append(pair if pair is not None else blocks[position])
        position += used
    return paired


def _pair_at(blocks: Sequence[Block], position: int) -> tuple[Pair | None, int]:
    first = blocks[position]
    if not isinstance(first, Paragraph) or not (asked := _QUESTION.match(first.text)):
        return None, 1
    question, _, rest = first.text[asked.end() :].partition("\n")
    used = 1
    if not rest and position + 1 < len(blocks):
        following = blocks[position + 1]
        if isinstance(following, Paragraph):
            rest, used = following.text, 2
    answered = _ANSWER.match(rest)
    if not answered or not question.strip():
        return None, 1
    answer = [rest[answered.end() :]]
    for block in blocks[position + used :]:
        if not isinstance(block, Paragraph | Item) or _begins_other(block.text) or _is_question(block):
            break
        answer.append(block.text)
        used += 1
    return Pair(question.strip(), "\n".join(answer).strip(), page=first.page), used


def _is_question(block: Block) -> bool:
    """A line that is one question and nothing else, numbered or not."""
    return isinstance(block, Paragraph | Item) and bool(_ONE_QUESTION.fullmatch(block.text))


def _asked_at(blocks: Sequence[Block], position: int) -> tuple[Pair | None, int]:
    """A question on a line of its own and what is said below it, in a document that asks several."""
    first = blocks[position]
    if not isinstance(first, Paragraph | Item) or not _is_question(first):
        return None, 1
    answer: list[str] = []
    for block in blocks[position + 1 :]:
        if not isinstance(block, Paragraph | Item) or _is_question(block) or _begins_other(block.text):
            break
        answer.append(block.text)
    if not answer:
        return None, 1
    question = first.text
    for pattern, _ in _MARKERS:
        question = pattern.sub("", question, count=1) if pattern.match(question) else question
    return Pair(question.strip(), "\n".join(answer), page=first.page), 1 + len(answer)


def _begins_other(text: str) -> bool:
    return bool(_QUESTION.match(text) or opens_clause(text))


def _with_clauses(blocks: Sequence[Block]) -> list[Block]:
    """第X条 takes the paragraphs and items that follow it, up to the next clause, heading, table or pair."""
    joined: list[Block] = []
    for block in blocks:
        if isinstance(block, Paragraph | Item):
            label = opens_clause(block.text)
            last = joined[-1] if joined else None
            if label is not None:
                joined.append(Clause(label, (block.text,), block.page))
                continue
            if isinstance(last, Clause):
                joined[-1] = Clause(last.label, (*last.parts, block.text), last.page)
                continue
        joined.append(block)
    return joined
