"""Who may read a conversation: one dependency for every route that shows one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from app.api.dependencies import Services, caller, services
from app.errors import NotFound
from app.identity import Caller, Role
from app.store import Conversation

_reader = caller(Role.CUSTOMER, Role.AGENT, Role.EVALUATOR)


async def readable_conversation(
    conversation_id: str,
    who: Annotated[Caller, Depends(_reader)],
    parts: Annotated[Services, Depends(services)],
) -> Conversation:
    """Its customer, the agents of its tickets and an admin may read it; to everyone else it does not exist.

    While a ticket waits in the queue every agent of the tenant may look, to decide whether to take it.
    """
    conversation = await parts.conversations.get(who.tenant, conversation_id)
    if conversation.customer_id == who.id or Role.ADMIN in who.roles:
        return conversation
    if Role.AGENT in who.roles:
        if who.id in await parts.tickets.agents_of(conversation_id):
            return conversation
        ticket = await parts.conversations.open_ticket(conversation_id)
        if ticket is not None and ticket.status == "queued":
            return conversation
    raise NotFound()
