"""From a Request to chat messages. The system text comes first and never varies within a language, so that the
model server's prefix cache holds it; passages are data between marks, never instructions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources

from app.generation.generator import Language, Request
from app.knowledge.passage import Passage

LANGUAGE_NAMES: dict[Language, str] = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}

# Characters of one passage that reach the model: the ingestion's longest chunk, so normally nothing is cut.
PASSAGE_CHARS = 800


@cache
def template(name: str) -> str:
    """The text of prompts/NAME.md (packaged with the service)."""
    return resources.files("app.generation.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8").strip()


def render_passage(number: int, passage: Passage) -> str:
    place = f"{passage.title} › {passage.section}" if passage.section else passage.title
    since = f"（{passage.valid_from.isoformat()}起执行）" if passage.valid_from else ""
    body = passage.text
    if passage.question and passage.question not in body:
        body = f"问：{passage.question}\n答：{body}"
    return f"〔{number}〕《{place}》{since}\n{body[:PASSAGE_CHARS]}"


def render_evidence(passages: Sequence[Passage]) -> str:
    return "\n\n".join(render_passage(n, passage) for n, passage in enumerate(passages, 1))


def answer_messages(request: Request, bank: str, canary: str) -> list[dict[str, str]]:
    """OpenAI chat messages for one answer: one system, one user. canary: whatever answer holds it told the prompt."""
    system = template("answer").format(bank=bank, language=LANGUAGE_NAMES[request.language], canary=canary)
    user = template("question").format(evidence=render_evidence(request.evidence), question=request.standalone)
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def condense_messages(question: str, history: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """OpenAI chat messages that ask for a question understandable without the conversation."""
    return [{"role": "user", "content": template("condense").format(history=_lines(history[-4:]), question=question)}]


def recount_messages(history: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """OpenAI chat messages that ask for an account of the conversation, for a colleague."""
    return [{"role": "user", "content": template("recount").format(history=_lines(history[-12:]))}]


def _lines(history: Sequence[tuple[str, str]]) -> str:
    names = {"customer": "客户", "bot": "客服", "agent": "人工客服"}
    return "\n".join(f"{names.get(role, role)}：{text[:200]}" for role, text in history)
