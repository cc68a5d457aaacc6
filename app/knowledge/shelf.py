"""The products in force today, kept fresh in memory: after each publication here, and every REFRESH seconds for
publications of other workers and for days that begin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from app.knowledge.catalogue import Product, build
from app.polling import Poller

REFRESH = 5.0

Rows = Sequence[tuple[str, str | None, str | None]]


class Shelf:
    """read: (title, code, risk level) of today's products. on_change: told when they differ from before."""

    def __init__(
        self, read: Callable[[], Awaitable[Rows]], on_change: Sequence[Callable[[Sequence[Product]], None]] = ()
    ) -> None:
        self._read = read
        self._on_change = on_change
        self._rows: Rows | None = None
        self._names: Sequence[str] = ()
        self._poller = Poller("shelf", self.refresh, REFRESH)

    def names(self) -> Sequence[str]:
        """Every name customers use for a product in force."""
        return self._names

    async def start(self) -> None:
        await self._poller.start()

    async def stop(self) -> None:
        await self._poller.stop()

    async def refresh(self) -> None:
        rows = sorted(await self._read(), key=lambda row: tuple(part or "" for part in row))
        if rows == self._rows:
            return
        products = build(rows)
        self._rows = rows
        self._names = [name for product in products for name in (*product.names, *product.starts)]
        for tell in self._on_change:
            tell(products)
