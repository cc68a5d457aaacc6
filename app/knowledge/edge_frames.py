"""What crosses the socket between the service and the process that owns the shard.

A frame is a 4-byte little-endian length and a pickle. To the owner: first `(number, layout)`, then
`(number, method, arguments)`; from it `(number, succeeded, answer or cause)`. Only these two processes hold the ends.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

HEADER = struct.Struct("<I")


class Ranked(NamedTuple):
    """The answer to a search. lists: (id, score) by vector name, best first.

    fresh: payloads the service lacks or has in an older state. forget: it drops every passage it keeps before it reads
    `fresh`, so that both sides stay bounded.
    """

    lists: dict[str, list[tuple[str, float]]]
    fresh: dict[str, dict[str, Any]]
    forget: bool
