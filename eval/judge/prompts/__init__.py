"""The judge's prompts in Chinese, short on purpose: a judge on two cores reads a hundred tokens a second.

What never changes stands first, so that a server which keeps prefixes reads it once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

Name = Literal["supported", "useful", "answered"]
_FOLDER = Path(__file__).parent
# A passage longer than this is cut: a small model's window holds four of them.
_LONGEST = 1200


@cache
def _template(name: Name) -> str:
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8").strip()


def digest() -> str:
    """Names the wording: a judge with other prompts is another judge."""
    return hashlib.sha256(
        "\n".join(_template(name) for name in ("supported", "useful", "answered")).encode()
    ).hexdigest()[:8]


def _filled(name: Name, **words: str) -> str:
    text = _template(name)
    for mark, word in words.items():
        text = text.replace(f"<<{mark}>>", word.strip())
    return text


def supported(context: str, statements: Sequence[str]) -> str:
    numbered = "\n".join(f"{at}. {one}" for at, one in enumerate(statements, 1))
    return _filled("supported", statements=numbered, context=context[: 4 * _LONGEST])


def useful(question: str, answer: str, context: str) -> str:
    return _filled("useful", question=question, answer=answer, context=context[:_LONGEST])


def answered(response: str) -> str:
    return _filled("answered", response=response[:_LONGEST])
