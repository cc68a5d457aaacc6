"""What a run was made with: documents, rules, prompts, models, settings and code, so that two runs can be told apart.

Every part is a flat mapping of names to short digests or values; a difference is a sentence somebody can act on.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import httpx
import yaml

from app.evaluation.comparing import Versions
from app.settings import Settings
from eval.corpus import ROOT, fingerprint

# What a customer's answer depends on, by folder; tests and pages do not change it.
_CODE = ("app/alarms", "app/chat", "app/generation", "app/handoff", "app/knowledge", "guardrails", "ingestion")
# Settings that change answers; addresses, keys and folders do not and are no one's business.
_TELLING = {
    "search": ("top_k", "candidates", "require_sufficient"),
    "llm": ("model", "temperature", "max_tokens"),
    "embedding": ("model", "dimension", "query_prefix", "passage_prefix"),
    "bank": ("operator_type",),
}


async def read_versions(
    client: httpx.AsyncClient, settings: Settings, generators: str = "", *, binds_citations: bool = True
) -> Versions:
    """client: logged in as staff. Raises httpx.HTTPError."""
    return {
        "settings": {**_settings(settings), "citations.bound": str(binds_citations)},
        "documents": await _documents(client),
        "rules": read_rules(ROOT / "guardrails"),
        "prompts": {
            path.name: _digest(path.read_bytes()) for path in sorted((ROOT / "app/generation/prompts").glob("*.md"))
        },
        "models": {"generators": generators} if generators else {},
        "code": {folder: fingerprint([ROOT / folder]) for folder in _CODE},
    }


def _settings(settings: Settings) -> dict[str, str]:
    return {
        f"{group}.{name}": str(getattr(getattr(settings, group), name))
        for group, names in _TELLING.items()
        for name in names
    }


async def _documents(client: httpx.AsyncClient) -> dict[str, str]:
    """Title -> every version that customers can be answered from, with its validity and file."""
    listed = await client.get("/v1/documents")
    listed.raise_for_status()
    read: dict[str, str] = {}
    for document in listed.json()["documents"]:
        whole = await client.get(f"/v1/documents/{document['document_id']}")
        whole.raise_for_status()
        versions = [row for row in whole.json()["versions"] if row["status"] in ("approved", "superseded")]
        told = [f"v{row['version']} {row['valid_from'] or '…'}–{row['valid_to'] or '…'}" for row in versions]
        if told:
            read[str(document["title"])] = ", ".join(sorted(told))
    return dict(sorted(read.items()))


def read_rules(folder: Path) -> dict[str, str]:
    """Each rule by its id; what is learned, and the files that hold no rules of their own, by name."""
    read: dict[str, str] = {}
    for path in sorted((folder / "rules").glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(content, list) and all(isinstance(entry, dict) and "id" in entry for entry in content):
            read |= {str(entry["id"]): _digest(repr(entry).encode()) for entry in content}
        else:
            read[path.name] = _digest(path.read_bytes())
    return read | {
        path.name: _digest(path.read_bytes()) for path in sorted((folder / "learned").iterdir()) if path.is_file()
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def commit() -> str:
    """The commit the code stands at, with a star when files differ from it; empty outside a repository."""
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        dirty = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head.stdout.strip() + ("*" if dirty.stdout.strip() else "")


def as_plain(versions: Versions) -> dict[str, Any]:
    return {part: dict(values) for part, values in versions.items()}
