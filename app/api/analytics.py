"""Figures of the service for those who answer for it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.api.dependencies import Services, caller, services
from app.clock import SHANGHAI, business_date
from app.errors import Invalid
from app.handoff.figures import service_figures
from app.identity import Caller, Role

router = APIRouter(prefix="/v1/analytics", tags=["desk"])

Staff = Annotated[Caller, Depends(caller(Role.AGENT, Role.EVALUATOR))]
Parts = Annotated[Services, Depends(services)]

_USUAL = timedelta(days=29)
# A year and a leap day: every turn in the span is read.
_LONGEST = timedelta(days=366)


class SpanRefused(Invalid):
    code, title = "span_invalid", "起止日期不成立：截止日不能早于起始日，一次最多查看一年。"


@router.get("/service")
async def read_service(
    who: Staff, parts: Parts, since: date | None = None, until: date | None = None
) -> dict[str, Any]:
    """since, until: business dates, both inclusive; without them the last thirty days."""
    last = until or business_date(parts.clock())
    first = since or last - _USUAL
    if not first <= last <= first + _LONGEST:
        raise SpanRefused()
    begin, end = (datetime.combine(day, time(), SHANGHAI) for day in (first, last + timedelta(days=1)))
    return service_figures(await parts.service_records.happened(who.tenant, begin, end), first, last)
