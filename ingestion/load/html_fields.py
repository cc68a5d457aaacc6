"""Fields of a page: what stands in them for everybody to read, ticks included."""

from __future__ import annotations

from lxml.html import HtmlElement

FIELDS = {"input", "select", "textarea"}
_WRITTEN = {"", "text", "number", "tel", "email", "url", "date", "month", "time"}


def field_text(field: HtmlElement) -> str:
    if field.tag == "textarea":
        return field.text or ""
    if field.tag == "select":
        chosen = (option for option in field.iter("option") if option.get("selected") is not None)
        return "、".join(" ".join(option.text_content().split()) for option in chosen)
    kind = (field.get("type") or "").strip().lower()
    if kind in ("checkbox", "radio"):
        return "☑" if field.get("checked") is not None else "☐"
    return field.get("value") or "" if kind in _WRITTEN else ""
