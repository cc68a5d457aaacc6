"""The products in force, by the names customers use; read by follow-up rules, the word segmenter and the rails."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# What kind of paper it is, not what the product is called.
_PAPER = re.compile(
    r"(?:[（(][^（）()]*[）)]|产品说明书|说明书|产品合同|合同|条款|业务介绍|产品介绍|介绍|服务指南|指南|办理须知|须知|"
    r"收费标准|费率表|费用表|服务价目表|价目表|手册|细则|公告|[·\-—–\s]+(?:虚构示例|示例))+$"
)
_GENERIC_TAIL = re.compile(r"(?:个人|人民币|理财产品|理财计划|产品|计划|服务|业务)$")


@dataclass(frozen=True, slots=True)
class Product:
    """One product. names: as written in its documents and shortened, longest first."""

    title: str
    code: str | None
    risk_level: str | None
    names: tuple[str, ...]


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
    return list(found.values())
