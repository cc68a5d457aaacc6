"""An answer as statements to be judged: its sentences and rows, cut by the rules of Chinese text.

ragas asks the model to do this; a splitter invents nothing, costs nothing and cuts the same text always alike.
"""

from __future__ import annotations

import re
from functools import cache

import yaml

from eval.corpus import ROOT
from eval.marks import without_marks
from guardrails import SentenceBuffer

_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.、)）](?!\d))\s*")
_WORDY = re.compile(r"[㐀-鿿A-Za-z0-9]")
_PARTS = re.compile(r"[^；;\n]+[；;]?")
_RATED = re.compile(r"^.{1,40}(?:的风险等级为|: risk level )R[1-5]（?")
# "费用如下：" claims nothing by itself.
_LEADS = ("：", ":")


def statements_of(text: str) -> list[str]:
    """One claim each, without citation marks; the law's own sentences, which no passage need hold, are left out."""
    told: list[str] = []
    for line in text.splitlines():
        buffer = SentenceBuffer()
        for sentence in [*buffer.feed(line), *buffer.flush()]:
            told += [part for part in _clauses(_BULLET.sub("", without_marks(sentence)).strip()) if _claims(part)]
    return list(dict.fromkeys(told))


def _clauses(sentence: str) -> list[str]:
    """A row ("存期：1年；年利率：1.25%") stays whole: its parts mean nothing alone."""
    parts = [part.strip() for part in _PARTS.findall(sentence)]
    return [sentence] if any("：" in part and len(part) < 24 for part in parts) else parts


def _claims(part: str) -> bool:
    bare = part.strip("。；;！!？? |")
    return bool(_WORDY.search(bare)) and not part.endswith(_LEADS) and bare not in _fixed() and not _RATED.match(part)


@cache
def _fixed() -> frozenset[str]:
    rules = yaml.safe_load((ROOT / "guardrails/rules/words.yaml").read_text(encoding="utf-8"))
    return frozenset(str(row[language]).strip("。.") for row in rules["disclosures"] for language in ("zh", "en"))
