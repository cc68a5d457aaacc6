"""Takes images, HTML and link syntax out of a model's text and reports the addresses it named.

Works on whole sentences, so that a link cut by chunk borders is seen in one piece.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

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
_REST = r"[^\s<>\"'，。；！？、（）)》】]"
_DOMAINS = (
    "com|cn|net|org|top|xyz|info|cc|vip|shop|club|site|online|io|me|app|link|ru|tk|work|live|biz|hk|tw|co|ly|gl"
    "|example|bank|zip|mov|icu|win|pro|mobi|cloud|store|tech|fun|asia|page|dev|uk|eu|jp|ga|cf|gq|ws|pw|xn--[a-z0-9\\-]{2,60}"
)
_URL = re.compile(
    r"(?:(?:h[tx]{2}ps?|ftp|file|javascript|data|vbscript|weixin|alipays?)\s?:\s?(?://)?|www\."
    rf"|(?<![\w:/])//(?=[a-z0-9\[])){_REST}{{2,2000}}"
    r"|(?<![A-Za-z0-9@.\-])(?:[a-z0-9\u4e00-\u9fff](?:[a-z0-9\-\u4e00-\u9fff]{0,62})(?:\.|\[\.\]|\(\.\))){1,5}"
    rf"(?:(?:{_DOMAINS})(?![A-Za-z0-9])(?:/{_REST}{{0,2000}})?|[a-z]{{2,24}}/{_REST}{{1,2000}})"
    rf"|(?<![\d.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d{{2,5}}|/){_REST}{{0,2000}}",
    re.IGNORECASE,
)
# "evil点com": an address for people to type.
_SPELLED = re.compile(
    r"(?<![A-Za-z0-9])[a-z0-9\-]{2,63} ?点 ?(?:com|cn|net|org|top|xyz|cc|vip)(?![A-Za-z])", re.IGNORECASE
)
_CHINESE_BEFORE = re.compile("^[\u4e00-\u9fff]+(?=[a-z0-9])")
_WIDE = {0xFF0E: ".", 0xFF0F: "/", 0xFF1A: ":"} | {c: chr(c - 0xFEE0) for c in range(0xFF21, 0xFF5B)}
# What any image, tag, link or address has: more than a citation mark, a decimal point, a colon after Chinese.
_SIGNS = re.compile(r"[<&/!．／]|\[(?!\d{1,2}\](?![(\[:：]))|\.(?!\d)|[:：](?<![\u3400-\u9fff][:：])")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """text: without images, tags and link syntax. addresses: every URL found, lower case."""

    text: str
    addresses: tuple[str, ...]


def clean(text: str) -> Cleaned:
    if _SIGNS.search(text) is None:
        return Cleaned(text, _spelled(text))
    addresses: list[str] = []
    whole = text
    if "&" in text:
        text = html.unescape(text)
    text = _CODE.sub("", _COMMENT.sub("", text))
    text = _IMAGE.sub("", text)
    text = _DEFINITION.sub("", text)
    text = _COLLAPSED.sub(r"\1", text)
    text = _REFERENCE_LINK.sub(lambda m: m.group(1) if m.group(2) else m.group(), text)

    def unlink(match: re.Match[str]) -> str:
        addresses.append(match.group(2).lower())
        return match.group(1)

    def untag(match: re.Match[str]) -> str:
        addresses.extend(url.lower() for url in _TAG_URL.findall(match.group()))
        return ""

    text = _LINK.sub(unlink, text)
    if "<" in text:
        # "<1年" is a comparison, not a tag: a tag starts with a letter.
        text = _TAG.sub(untag, text)
    plain = text.translate(_WIDE)
    addresses.extend(_bare(match.group()) for match in _URL.finditer(plain))
    addresses.extend(_spelled(plain))
    if text != whole and not text.strip():
        text = "\n" if whole.endswith("\n") else ""
    return Cleaned(text, tuple(dict.fromkeys(addresses)))


def _spelled(text: str) -> tuple[str, ...]:
    return tuple(match.group().lower() for match in _SPELLED.finditer(text)) if "点" in text else ()


def _bare(address: str) -> str:
    """Without the Chinese words it follows without a space ("请访问www…"), and without closing punctuation."""
    return _CHINESE_BEFORE.sub("", address.rstrip(".,;:!?").lower())
