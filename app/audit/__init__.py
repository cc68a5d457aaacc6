"""The audit ledger: append-only, hash-chained, verifiable."""

from app.audit.ledger import Ledger, Verification
from app.store.ledger import AuditRecord

__all__ = ["AuditRecord", "Ledger", "Verification"]
