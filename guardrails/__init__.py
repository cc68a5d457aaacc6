"""The rails: what may come in, what may go out, and the words for everything that may not.

The one public door. It imports nothing of the service; everything else in this package is private to it. Names are
fetched when first used: whoever only reads documents does not pay for the rails' engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guardrails.answers import Checked
    from guardrails.catalogue import Product
    from guardrails.guard import Guard
    from guardrails.handbook import Handbook, RuleNote
    from guardrails.instructions import InstructionFinder
    from guardrails.judge import Judge, JudgeBrief, Opinion, is_judged, read_brief
    from guardrails.masking import find_personal_data, mask, mask_number
    from guardrails.numbers import Quantity, is_not_found, read_quantities
    from guardrails.releaser import ReleasedSentence, Releaser
    from guardrails.sentences import SentenceBuffer
    from guardrails.suitability import Standing, customer_like, standing_of
    from guardrails.typed import TypedPinyin, read_trade_words
    from guardrails.verdict import Customer, Evidence, Meant, Message, Release, Span, Verdict

_HOMES = {
    "Checked": "answers",
    "Customer": "verdict",
    "Evidence": "verdict",
    "Guard": "guard",
    "Handbook": "handbook",
    "InstructionFinder": "instructions",
    "Judge": "judge",
    "JudgeBrief": "judge",
    "Meant": "verdict",
    "Message": "verdict",
    "Opinion": "judge",
    "Product": "catalogue",
    "Quantity": "numbers",
    "Release": "verdict",
    "ReleasedSentence": "releaser",
    "Releaser": "releaser",
    "RuleNote": "handbook",
    "SentenceBuffer": "sentences",
    "Span": "verdict",
    "Standing": "suitability",
    "TypedPinyin": "typed",
    "Verdict": "verdict",
    "customer_like": "suitability",
    "find_personal_data": "masking",
    "is_judged": "judge",
    "is_not_found": "numbers",
    "mask": "masking",
    "mask_number": "masking",
    "read_brief": "judge",
    "read_quantities": "numbers",
    "read_trade_words": "typed",
    "standing_of": "suitability",
}

__all__ = [
    "Checked",
    "Customer",
    "Evidence",
    "Guard",
    "Handbook",
    "InstructionFinder",
    "Judge",
    "JudgeBrief",
    "Meant",
    "Message",
    "Opinion",
    "Product",
    "Quantity",
    "Release",
    "ReleasedSentence",
    "Releaser",
    "RuleNote",
    "SentenceBuffer",
    "Span",
    "Standing",
    "TypedPinyin",
    "Verdict",
    "customer_like",
    "find_personal_data",
    "is_judged",
    "is_not_found",
    "mask",
    "mask_number",
    "read_brief",
    "read_quantities",
    "read_trade_words",
    "standing_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
