"""What people write comes in as it is shown: rails, model, record and colleagues all read what the writer saw.

Shown stands last among what is said of a type, so that blanks and lengths are those of what is shown.
"""

from __future__ import annotations

from pydantic import BeforeValidator

from app.knowledge.visible import visible

Shown = BeforeValidator(lambda value: visible(value) if isinstance(value, str) else value)
