"""Requests of a page, kept back until the test lets them go."""

from __future__ import annotations

from playwright.sync_api import Page, Route


class Gate:
    """Requests to a path wait before it until the test opens it."""

    def __init__(self, page: Page, path: str) -> None:
        self.waiting: list[Route] = []
        self._page = page
        self._open = False
        self._breaks = 0
        page.route(path, self._arrive)

    def _arrive(self, route: Route) -> None:
        if not self._open:
            self.waiting.append(route)
        elif self._breaks:
            self._breaks -= 1
            route.abort("connectionreset")
        else:
            route.continue_()

    def wait(self) -> Route:
        """The first of them, once the page has asked."""
        while not self.waiting:
            self._page.wait_for_timeout(20)
        return self.waiting[0]

    def open(self, breaks: int = 0) -> None:
        """breaks: so many requests, first those that wait, lose their connection instead."""
        self._open, self._breaks = True, breaks
        for route in self.waiting:
            self._arrive(route)
