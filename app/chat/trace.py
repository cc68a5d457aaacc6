"""One past turn from the inside, for whoever evaluates: rewrite, passages with ranks, prompt, raw text, verdicts.

The prompt is put together again from what the turn recorded, without the canary, which only a running service knows.
"""

from __future__ import annotations

from typing import Any

from app.generation.generator import Request
from app.generation.prompt import answer_messages
from app.knowledge.index import KnowledgeIndex
from app.store import Conversations

_CANARY = "…"


class Traces:
    def __init__(self, conversations: Conversations, index: KnowledgeIndex, bank: str) -> None:
        self._conversations, self._index, self._bank = conversations, index, bank

    async def of(self, tenant: str, turn_id: str) -> dict[str, Any]:
        """Raises NotFound for an unknown or unfinished turn and for another tenant's."""
        turn = await self._conversations.turn(tenant, turn_id)
        kept = turn.trace
        rows = list(kept.get("passages", ()))
        known = {one.id: one for one in await self._index.get(tenant, [row["passage_id"] for row in rows])}
        evidence = [known[row["passage_id"]] for row in rows if row["passage_id"] in known]
        prompt = None
        if turn.generator == "vllm" and evidence:
            language = kept.get("language", "zh-Hans")
            asked = Request(turn.question, turn.standalone or turn.question, evidence, language=language)
            prompt = answer_messages(asked, self._bank, _CANARY)
        return {
            "turn_id": turn.id,
            "question": turn.question,
            "rewritten": turn.standalone,
            "language": kept.get("language"),
            "sufficient": kept.get("sufficient"),
            "confidence": kept.get("confidence"),
            "passages": [_shown(row, known.get(row["passage_id"])) for row in rows],
            "prompt": prompt,
            "raw": kept.get("raw", ""),
            "model": kept.get("model"),
            "temperature": kept.get("temperature"),
            "verdicts": list(kept.get("verdicts", ())),
            "failures": list(kept.get("failures", ())),
            "text": turn.text,
            "timings": turn.result.get("timings", {}),
        }


def _shown(row: dict[str, Any], passage: Any) -> dict[str, Any]:
    """A passage that is gone from the index keeps its ranks."""
    words = {"title": passage.title, "section": passage.section, "text": passage.text} if passage else {}
    return {
        "passage_id": row["passage_id"],
        "version": row["version"],
        "score": row["score"],
        "dense_rank": row["dense_rank"],
        "lexical_rank": row["lexical_rank"],
        **words,
    }
