"""What a rail decides. A refusal is a verdict, not an exception; rails fail closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

Action = Literal["allow", "refuse", "handoff", "block", "rewrite"]
Priority = Literal["P0", "P1", "P2"]
EMERGENCIES = frozenset({"fraud", "card_loss", "self_harm"})
# How a rule's id ends that only says what the text is like.
LIKENESS = ".likeness"
# … or that a model thinks so.
JUDGE = ".judge"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a rule matched, in characters of the original text (end exclusive). read_as: what was read there."""

    start: int
    end: int
    rule_id: str
    read_as: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision. reply: the words for the customer (a refusal, safety words, or the safe replacement).

    masked_text: the text with personal data masked and disclosures appended; what may be stored and shown.
    timings: milliseconds by stage. reply_key: the name of the reply in config/*.co. doubt: of a message that was let
    pass, the engine's probability that it should not have been. liftable: stopped only by rules that its meaning may
    take back. undisguised: of a message that was written to be misread, what it says, masked: that has a meaning.
    """

    action: Action
    reason: str = ""
    priority: Priority | None = None
    rule_ids: tuple[str, ...] = ()
    reply: str = ""
    masked_text: str = ""
    spans: tuple[Span, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    reply_key: str = ""
    doubt: float = 0.0
    liftable: bool = False
    undisguised: str = ""

    @property
    def allowed(self) -> bool:
        return self.action == "allow"

    @property
    def by_wording(self) -> bool:
        """Let pass, or stopped only because its wording is like what was, or by rules that yield to meaning: what the
        message means may change it. Of alarms (P0) only a rule's that yields."""
        likely = bool(self.rule_ids) and all(one.endswith(LIKENESS) for one in self.rule_ids)
        return self.allowed or self.liftable or (likely and self.priority != "P0")

    @property
    def urgent(self) -> bool:
        """An alarm: it waits for nothing that takes longer than reading the message."""
        return self.priority == "P0"

    @property
    def guessed_off_topic(self) -> bool:
        """Refused as none of a bank's business, and only because its wording is like what was: a guess that approved
        documents can refute. No other refusal may be refuted by anything."""
        ids = self.rule_ids
        return self.reason == "off_topic" and bool(ids) and all(one == "in.off_topic" + LIKENESS for one in ids)


@dataclass(frozen=True, slots=True)
class Message:
    """One earlier message. role: "customer", "bot" or "agent"."""

    role: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Meant:
    """What a message means: its embedding. vector: shape (dimension,), unit length. embedder: model and weights."""

    vector: NDArray[Any]
    embedder: str


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of the customer for suitability; None = not assessed. tolerance: "C1".."C5"."""

    tolerance: str | None = None
    assessed_until: str | None = None
    birth_year: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One passage an answer may rest on. text: verbatim, question included for FAQ pairs."""

    text: str
    title: str = ""
    section: str = ""
    product_code: str | None = None
    risk_level: str | None = None
    valid_from: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What a sentence of an answer is checked against. language: "zh-Hans", "zh-Hant" or "en".

    standalone: the question with what the conversation adds ("它的费率" of which product). customer: whom the answer is
    for, None = nobody in particular (a wording under review). today: business date, ISO. as_of: the date whose versions
    answer when that is another day than today, else "". synonyms: groups of words of the question and others for the
    same, plain. by_person: an agent says it, who does act for the customer and does see the account.
    """

    question: str
    evidence: tuple[Evidence, ...]
    language: str = "zh-Hans"
    history: tuple[Message, ...] = ()
    standalone: str = ""
    customer: Customer | None = None
    today: str = ""
    as_of: str = ""
    synonyms: tuple[tuple[str, ...], ...] = ()
    by_person: bool = False
