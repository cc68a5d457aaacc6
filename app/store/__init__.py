"""Records that outlive the process: conversations and their event log, tickets, documents, the audit ledger."""

from app.errors import ReusedKey
from app.store.conversations import Conversations
from app.store.customers import Customers
from app.store.database import Database, database_url
from app.store.documents import Documents
from app.store.event_log import EventLog
from app.store.freezes import Freezes
from app.store.gaps import Gaps
from app.store.records import Claim, Conversation, Freeze, GapQuestion, MessageView, Profile, Ticket, Turn
from app.store.reliance import Reliance, Relied
from app.store.synonyms import Synonyms, edition_of
from app.store.tickets import Change, Tickets
from app.store.workers import Worker

__all__ = [
    "Change",
    "Claim",
    "Conversation",
    "Conversations",
    "Customers",
    "Database",
    "Documents",
    "EventLog",
    "Freeze",
    "Freezes",
    "GapQuestion",
    "Gaps",
    "MessageView",
    "Profile",
    "Reliance",
    "Relied",
    "ReusedKey",
    "Synonyms",
    "Ticket",
    "Tickets",
    "Turn",
    "Worker",
    "database_url",
    "edition_of",
]
