"""The audit ledger: append-only, hash-chained, verifiable, with signed checkpoints."""

from app.audit.checkpoints import Checkpoint, Forged, Signer, export, read_checkpoint, verify_against
from app.audit.exporting import CheckpointExport
from app.audit.ledger import Ledger, Verification, verify_all
from app.store.ledger import AuditRecord

__all__ = [
    "AuditRecord",
    "Checkpoint",
    "CheckpointExport",
    "Forged",
    "Ledger",
    "Signer",
    "Verification",
    "export",
    "read_checkpoint",
    "verify_against",
    "verify_all",
]
