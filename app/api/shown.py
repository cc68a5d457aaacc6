"""What people write comes in as it is shown: rails, model, record and colleagues all read what the writer saw."""

from __future__ import annotations

from pydantic import BeforeValidator

from app.knowledge.visible import visible

Shown = BeforeValidator(lambda value: visible(value) if isinstance(value, str) else value)
