"""The service in figures: how much came, what the assistant settled alone, how long people took, how it was rated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import quantiles
from typing import Any

from app.clock import business_date
from app.store.records import Rating
from app.store.service_figures import Happened


def service_figures(happened: Happened, since: date, until: date) -> dict[str, Any]:
    """The answer of `GET /v1/analytics/service`. since, until: business dates, both inclusive.

    A conversation counts on every day on which the customer said something in it; contained: none of its tickets began
    in the span. Times are in seconds from the ticket's creation; None where nothing was measured.
    """
    conversations = {conversation for conversation, _ in happened.turns}
    handed = {ticket.conversation_id for ticket in happened.tickets}
    contained = conversations - handed
    reopened = sum(ticket.reopened for ticket in happened.tickets)
    return {
        "volume": {"conversations": len(conversations), "turns": len(happened.turns)},
        "contained": _part(len(contained), len(conversations)),
        "handed_off": {
            **_part(len(conversations & handed), len(conversations)),
            "by_reason": dict(Counter(ticket.reason for ticket in happened.tickets)),
        },
        "first_response_s": _spread(
            [(t.first_response_at - t.created_at).total_seconds() for t in happened.tickets if t.first_response_at]
        ),
        "resolution_s": _spread(
            [(t.closed_at - t.created_at).total_seconds() for t in happened.tickets if t.closed_at and t.resolved]
        ),
        "rating": {
            about: _scores([rating for rating in happened.ratings if rating.about == about])
            for about in ("bot", "person")
        },
        "reopened": _part(reopened, len(happened.tickets)),
        "by_day": _by_day(happened, since, until),
    }


def _part(count: int, whole: int) -> dict[str, Any]:
    return {"count": count, "share": count / whole if whole else 0.0}


def _spread(seconds: Sequence[float]) -> dict[str, float | None]:
    if not seconds:
        return {"p50": None, "p90": None}
    tenths = quantiles(seconds, n=10, method="inclusive") if len(seconds) > 1 else [seconds[0]] * 9
    return {"p50": tenths[4], "p90": tenths[8]}


def _scores(ratings: Sequence[Rating]) -> dict[str, Any]:
    """reasons: how often each was given, the most frequent first."""
    by_score: Mapping[int, int] = Counter(rating.score for rating in ratings)
    reasons = Counter(reason for rating in ratings for reason in rating.reasons)
    return {
        "mean": sum(rating.score for rating in ratings) / len(ratings) if ratings else None,
        "count": len(ratings),
        "by_score": {str(score): by_score.get(score, 0) for score in range(1, 6)},
        "reasons": dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    }


def _by_day(happened: Happened, since: date, until: date) -> list[dict[str, Any]]:
    talked: dict[date, set[str]] = {}
    for conversation, at in happened.turns:
        talked.setdefault(business_date(at), set()).add(conversation)
    handed = Counter(business_date(ticket.created_at) for ticket in happened.tickets)
    resolved = Counter(business_date(t.closed_at) for t in happened.tickets if t.closed_at and t.resolved)
    scores: dict[date, list[int]] = {}
    for rating in happened.ratings:
        scores.setdefault(business_date(rating.created_at), []).append(rating.score)
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    return [
        {
            "day": day.isoformat(),
            "conversations": len(talked.get(day, ())),
            "handed_off": handed[day],
            "resolved": resolved[day],
            "rating": sum(scores[day]) / len(scores[day]) if day in scores else None,
        }
        for day in days
    ]
