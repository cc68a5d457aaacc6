"""The audit ledger: append-only, hash-chained, verifiable."""

from app.audit.ledger import Ledger, Verification, verify_all
from app.store.ledger import AuditRecord

__all__ = ["AuditRecord", "Ledger", "Verification", "verify_all"]
