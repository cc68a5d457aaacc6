"""The products in force, by the names customers use; read by follow-up rules, the word segmenter and the rails."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

# What kind of paper it is, not what the product is called: "…产品与收费说明（金卡）", "…发行公告", "…价格与限额表".
_PAPER = re.compile(
    r"(?:[（(][^（）()]*[）)]"
    r"|(?:产品|业务|服务|收费|资费|价格|价目|费率|费用|限额|资料|发行|办理|操作|使用|与|和|及|、)*"
    r"(?:说明书?|介绍|指南|须知|标准|公告|概要|细则|手册|条款|合同|要点|规定|办法|通知|一览|表))+$"
)
_GENERIC_TAIL = re.compile(r"(?:个人|人民币|理财产品|理财计划|产品|计划|服务|业务)$")
# A name that starts like this is not told apart by its beginning.
_GENERIC_HEAD = re.compile(r"^(?:人民币|个人|本行|我行|\d)")
_SHORTEST_START = 3


@dataclass(frozen=True, slots=True)
class Product:
    """One product. names: as written in its documents and shortened; starts: beginnings of them that are its alone,
    which only conversation may rely on. Longest first."""

    title: str
    code: str | None
    risk_level: str | None
    names: tuple[str, ...]
    starts: tuple[str, ...] = ()


def short_names(title: str) -> tuple[str, ...]:
    """A title and its shorter forms of at least two characters: paper type off, then the generic last word off."""
    names = [title.strip()]
    bare = _PAPER.sub("", names[0]).strip(" ·-—《》")
    for name in (bare, _GENERIC_TAIL.sub("", bare)):
        if len(name) >= 2 and name not in names:
            names.append(name)
    return tuple(sorted(names, key=len, reverse=True))


def build(rows: Iterable[tuple[str, str | None, str | None]]) -> Sequence[Product]:
    """Products from (title, code, risk level) rows; one a code, or one a title where there is no code."""
    found: dict[str, Product] = {}
    for title, code, risk_level in rows:
        names = short_names(title) + ((code,) if code else ())
        key = code or title
        if key in found:
            names = tuple(dict.fromkeys((*found[key].names, *names)))
            risk_level = risk_level or found[key].risk_level
        found[key] = Product(title, code, risk_level, tuple(sorted(names, key=len, reverse=True)))
    return [replace(product, starts=_starts(product, found.values())) for product in found.values()]


def _starts(product: Product, products: Iterable[Product]) -> tuple[str, ...]:
    """Beginnings of the product's name that no other product shares ("稳盈固收" of "稳盈固收90天持有期理财"): what
    customers say. Longest first."""
    others = [name for other in products if other is not product for name in other.names]
    starts = {
        name[:length]
        for name in product.names
        if name != product.code and not _GENERIC_HEAD.match(name)
        for length in range(_SHORTEST_START, len(name))
    }
    own = [start for start in starts if not any(start in name for name in others)]
    return tuple(sorted(own, key=len, reverse=True))
