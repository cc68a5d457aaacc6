"""Why customers rate as they do: codes for the bot and for people apart, since one cannot mend the other's faults.

The pages have the words for them; what is not listed here belongs into the comment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

About = Literal["bot", "person"]

_PRAISE = frozenset({"clear", "quick", "patient"})
REASONS: Mapping[About, frozenset[str]] = {
    "bot": frozenset({"off_point", "unresolved", "not_found", "inaccurate", "unclear", "wants_person"}) | _PRAISE,
    "person": frozenset({"waited", "unresolved", "unclear", "unkind", "passed_on"}) | _PRAISE,
}
