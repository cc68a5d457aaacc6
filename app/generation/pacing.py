"""Reading many model streams in step: after an answer's first sentence, a connection is read ten times a second.

Waking for every token of every stream costs more than all that is done with them, and nobody sees a token: sentences
are released whole. The first sentence is never held; later ones by BREATH_S at most. All streams are read at the same
moments, so that one waking serves them all.
"""

from __future__ import annotations

import asyncio

BREATH_S = 0.1


class Breather:
    """Pauses connections until the next common moment. One for all streams of an event loop."""

    def __init__(self, breath_s: float = BREATH_S) -> None:
        self._breath_s = breath_s
        self._held: list[asyncio.ReadTransport] = []

    def hold(self, connection: asyncio.ReadTransport) -> None:
        """Leave what arrives to the system's buffers until the next moment. Harmless when repeated."""
        if connection.is_closing() or not connection.is_reading():
            return
        connection.pause_reading()
        if not self._held:
            asyncio.get_running_loop().call_later(self._breath_s, self._read_on)
        self._held.append(connection)

    def _read_on(self) -> None:
        held, self._held = self._held, []
        for connection in held:
            if not connection.is_closing():
                connection.resume_reading()
