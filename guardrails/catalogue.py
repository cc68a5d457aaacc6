"""The bank's products as the rails know them: names, codes and risk levels, found in text by one compiled pattern.

A product's own digits ("R2", "添利90天") are part of its name, never a claim; a name with the same skeleton and other
digits ("添利180天") is a product that does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Product:
    """One product. risk_level: "R1".."R5" or None. aliases: other names customers use."""

    code: str
    name: str
    risk_level: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a product is named in a text (end exclusive)."""

    product: Product
    start: int
    end: int


def fold_name(text: str) -> str:
    """Names compare without case, spaces, brackets' width or quotation marks."""
    return re.sub(r"[\s《》「」“”\"'·]", "", text).replace("(", "（").replace(")", "）").lower()


class Catalogue:
    """Lookup of products by any of their names. Built once; replaced whole when the products change."""

    def __init__(self, products: Iterable[Product] = ()) -> None:
        self.products = tuple(products)
        self._by_name: dict[str, Product] = {}
        for product in self.products:
            for name in (product.name, product.code, *product.aliases):
                if len(name.strip()) >= 2:
                    self._by_name.setdefault(name.strip().lower(), product)
        names = sorted(self._by_name, key=len, reverse=True)
        # A Latin code must stand alone: "WT01" is not inside "AWT012".
        self._names = _any_of([_standing_alone(name) for name in names], names)
        skeletons = {
            _DIGITS.sub("\x00", name) for name in names if _DIGITS.search(name) and re.search("[\u4e00-\u9fff]", name)
        }
        parts = [re.escape(s).replace("\x00", r"\d+") for s in sorted(skeletons, key=len, reverse=True)]
        self._skeletons = _any_of(parts, skeletons)

    def mentions(self, text: str) -> list[Mention]:
        """Products named in the text, left to right, longest name first, not overlapping."""
        if self._names is None:
            return []
        return [Mention(self._by_name[m.group().lower()], m.start(), m.end()) for m in self._names.finditer(text)]

    def unknown_siblings(self, text: str) -> list[str]:
        """Names built like a product's but with other digits: no such product."""
        if self._skeletons is None:
            return []
        return [m.group() for m in self._skeletons.finditer(text) if m.group().lower() not in self._by_name]

    def knows(self, name: str) -> bool:
        folded = fold_name(name)
        return any(folded == fold_name(known) for known in self._by_name)


def _any_of(patterns: Sequence[str], texts: Iterable[str]) -> re.Pattern[str] | None:
    """The patterns as alternatives. texts: what they open with; one look at a character then spares trying them all."""
    if not patterns:
        return None
    firsts = "".join(sorted({re.escape(text[0]) if text[0] != "\x00" else r"\d" for text in texts}))
    return re.compile(f"(?=[{firsts}])(?:{'|'.join(patterns)})", re.IGNORECASE)


def _standing_alone(name: str) -> str:
    pattern = re.escape(name)
    if name[0].isascii() and name[0].isalnum():
        pattern = r"(?<![A-Za-z0-9])" + pattern
    if name[-1].isascii() and name[-1].isalnum():
        pattern += r"(?![A-Za-z0-9])"
    return pattern
