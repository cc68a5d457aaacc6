"""Takes images, HTML and link syntax out of a model's text and reports the addresses it named.

Works on whole sentences, so that a link cut by chunk borders is seen in one piece.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from guardrails.addresses import addresses, spelled

_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,100}\])?")
_LINK = re.compile(r"\[([^\]\[\n]{1,300})\]\(\s{0,3}<?([^)\s\n]{1,2000}?)>?(?:\s[^)\n]{0,300})?\)")
_REFERENCE_LINK = re.compile(r"\[([^\]\[\n]{1,300})\]\[([^\]\n]{0,100})\]")
_DEFINITION = re.compile(r"^\s{0,3}\[[^\]\n]{1,100}\]:\s{0,3}\S{1,2000}.{0,300}$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.{0,2000}?(?:-->|$)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,1000}>?")
_TAG_URL = re.compile(r"(?:href|src|action|data|url)\s{0,3}=\s{0,3}[\"']?([^\"'\s>]{1,2000})", re.IGNORECASE)
# Code between these tags is no words for a customer.
_CODE = re.compile(r"<(script|style)\b[^<>]{0,300}>.{0,4000}?(?:</\1\s{0,3}>|$)", re.IGNORECASE | re.DOTALL)
_COLLAPSED = re.compile(r"\[([^\]\[\n]{1,300})\]\[\]")
# What any image, tag, link or address has: more than a citation mark, a decimal point, a colon after Chinese.
_SIGNS = re.compile(r"[<&/!．／]|\[(?!\d{1,2}\](?![(\[:：]))|\.(?!\d)|[:：](?<![\u3400-\u9fff][:：])")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """text: without images, tags and link syntax. addresses: every URL found, lower case."""

    text: str
    addresses: tuple[str, ...]


def clean(text: str) -> Cleaned:
    if _SIGNS.search(text) is None:
        return Cleaned(text, tuple(dict.fromkeys(spelled(text))))
    named: list[str] = []
    whole = text
    if "&" in text:
        text = html.unescape(text)
    text = _CODE.sub("", _COMMENT.sub("", text))
    text = _IMAGE.sub("", text)
    text = _DEFINITION.sub("", text)
    text = _COLLAPSED.sub(r"\1", text)
    text = _REFERENCE_LINK.sub(lambda m: m.group(1) if m.group(2) else m.group(), text)

    def unlink(match: re.Match[str]) -> str:
        named.append(match.group(2).lower())
        return match.group(1)

    def untag(match: re.Match[str]) -> str:
        named.extend(url.lower() for url in _TAG_URL.findall(match.group()))
        return ""

    text = _LINK.sub(unlink, text)
    if "<" in text:
        # "<1年" is a comparison, not a tag: a tag starts with a letter.
        text = _TAG.sub(untag, text)
    named.extend(addresses(text))
    if text != whole and not text.strip():
        text = "\n" if whole.endswith("\n") else ""
    return Cleaned(text, tuple(dict.fromkeys(named)))
