"""How many rows of a table name its columns, where its merged cells tell: 利率 over 普通 and 优惠."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingestion.tables import Cell, grid, header_depth, leading_titles


def merged_header_rows(rows: Sequence[Sequence[Cell]]) -> int:
    """Leading rows down to the last one that names columns, titles above them counted; 0 where no merge says so."""
    texts = grid(rows)
    owners = grid(
        [[replace(cell, text=f"{down} {at}") for at, cell in enumerate(row)] for down, row in enumerate(rows)]
    )
    for down in range(1, len(texts)):
        if any(sign.isdigit() for text in texts[down] for sign in text):
            break
        for across, text in enumerate(texts[down]):
            if not text:  # a blank below a name is the name's
                owners[down][across] = owners[down - 1][across]
    told = [down for down, row in enumerate(texts) if any(row)]
    titles = leading_titles([texts[down] for down in told])
    depth = header_depth([owners[down] for down in told[titles:]])
    return told[titles + depth - 1] + 1 if depth > 1 else 0
