"""The rails: what may come in, what may go out, and the words for everything that may not.

The one public door. It imports nothing of the service; everything else in this package is private to it.
"""

from guardrails.catalogue import Product
from guardrails.guard import Guard
from guardrails.masking import mask
from guardrails.releaser import ReleasedSentence, Releaser
from guardrails.sentences import SentenceBuffer
from guardrails.verdict import Customer, Evidence, Message, Release, Span, Verdict

__all__ = [
    "Customer",
    "Evidence",
    "Guard",
    "Message",
    "Product",
    "Release",
    "ReleasedSentence",
    "Releaser",
    "SentenceBuffer",
    "Span",
    "Verdict",
    "mask",
]
