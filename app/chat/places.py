"""How many turns this process answers at once.

Whoever comes when it is full waits in line and is told their place; when the line is full too, the service says so at
once instead of letting everybody time out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from app.errors import Overloaded

# A customer in line is told their place again when they have waited this long, seconds.
TELL_EVERY_S = 8.0


class LineFull(Overloaded):
    code = "line_full"

    def __init__(self, position: int) -> None:
        super().__init__(
            f"现在咨询的人很多，您排在第 {position} 位。请过半分钟再问一次，您的对话都还在；急事请拨打客服热线。"
        )


class Places:
    """at_once: turns that run beside each other; 0 = no limit. in_line: how many more may wait."""

    def __init__(self, at_once: int, in_line: int) -> None:
        self._at_once = at_once
        self._in_line = in_line
        self._taken = 0
        self._line: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        return len(self._line)

    def check(self) -> None:
        """Raises LineFull when a turn that came now could not even wait."""
        if self._at_once and self._taken >= self._at_once and len(self._line) >= self._in_line:
            raise LineFull(len(self._line) + 1)

    async def take(self, tell: Callable[[int], None]) -> None:
        """Returns once there is a place; give it back with leave(). tell(n): n are before you, at once and again.

        Cancelling leaves the line.
        """
        if not self._at_once or (self._taken < self._at_once and not self._line):
            self._taken += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            while not turn.done():
                tell(self._line.index(turn))
                await asyncio.wait({turn}, timeout=TELL_EVERY_S)
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.leave()  # the place was given in the same moment
            else:
                self._line.remove(turn)
            raise

    def leave(self) -> None:
        """The next in line takes the place."""
        if self._line:
            self._line.popleft().set_result(None)
        else:
            self._taken -= 1
