"""The packaged embedding model as a PyTorch network that is taught what claims ask for: run by eval.fit_readers with
vLLM's Python.

Two claims that ask for the same figure are to lie near each other, however they are worded, and those that only look
alike apart: the loss is that of a judge who knows nothing but their cosine. Changed is what eval.reading_net changes.
A passage that contradicts is known as a whole: which of its claims does it is chosen anew as the network learns.

    python -m eval.claim_net PACK LESSONS OUT
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found]
import torch.nn.functional as F  # type: ignore[import-not-found]
from torch import nn
from tqdm import tqdm

from deploy.local.e5_pack import Pack
from eval.reading_net import Encoder, padded, step, write

_PASSES, _FAMILIES = 2, 4
_STEP, _STEP_OF_JUDGE, _WARM, _DECAY = 7e-4, 1e-2, 0.1, 0.01
# As of the cosines of the untaught model: a scale (its logarithm) and where the judge wavers.
_SCALE, _MIDDLE = 3.0, 0.87
_TOKENS = 96
# Another pair of a passage is taken for the contradiction when it is nearer by so much.
_NEARER = 0.025
_AT_ONCE = 24

# One pair of claims: as eval.claim_lessons says.
Row = dict[str, Any]
_FORMS = (("a", "b"), ("plain_a", "plain_b"))


class Learner:
    def __init__(self, pack: Pack) -> None:
        self.encoder = Encoder(pack)
        self.scale, self.middle = nn.Parameter(torch.tensor(_SCALE)), nn.Parameter(torch.tensor(_MIDDLE))
        self._tokenizer = pack.tokenizer()
        self._tokenizer.enable_truncation(_TOKENS)
        self._ids: dict[str, list[int]] = {}

    def loss(self, rows: Sequence[Row], form: tuple[str, str]) -> Any:
        """form: which texts of a pair are read, with the paper's name or without."""
        logits = torch.exp(self.scale) * (self.cosines(rows, form) - self.middle)
        labels, weights = (torch.tensor([float(row[name]) for row in rows]) for name in ("same", "weight"))
        return F.binary_cross_entropy_with_logits(logits, labels, weight=weights)

    def cosines(self, rows: Sequence[Row], form: tuple[str, str]) -> Any:
        order = sorted({row[name] for row in rows for name in form}, key=lambda text: (len(self._read(text)), text))
        # The shorter half and the longer one, so that little is padded.
        middle = len(order) // 2
        halves = [half for half in (order[:middle], order[middle:]) if half]
        vectors = torch.cat([self.encoder(*padded([self._read(text) for text in half])) for half in halves])
        at = {text: place for place, text in enumerate(order)}
        mine, other = (F.normalize(vectors[[at[row[name]] for row in rows]], dim=1) for name in form)
        return (mine * other).sum(1)

    def choose(self, rows: Sequence[Row]) -> None:
        """Of each contradicting passage the pair that lies nearest."""
        self.encoder.eval()
        open_ = [row for row in rows if row["others"]]
        with torch.no_grad():
            for start in range(0, len(open_), _AT_ONCE):
                part = open_[start : start + _AT_ONCE]
                tried = [(row, pair) for row in part for pair in (_pair_of(row), *row["others"])]
                both = [self.cosines([pair for _, pair in tried], form) for form in _FORMS]
                near = torch.stack(both).mean(0).tolist()
                for row in part:
                    found = [(score, pair) for score, (of, pair) in zip(near, tried, strict=True) if of is row]
                    best, pair = max(found, key=lambda one: one[0])
                    if best > found[0][0] + _NEARER:
                        row["others"] = [one for _, one in found if one is not pair]
                        row.update(pair)
        self.encoder.train()

    def _read(self, text: str) -> list[int]:
        if text not in self._ids:
            self._ids[text] = self._tokenizer.encode(text).ids
        return self._ids[text]


def taught(pack: Pack, families: Sequence[Sequence[Row]]) -> Encoder:
    torch.manual_seed(1)
    rng = random.Random(1)
    learner = Learner(pack)
    parameters = list(learner.encoder.parameters())
    steps = _PASSES * math.ceil(len(families) / _FAMILIES)
    groups = [{"params": parameters, "lr": _STEP}, {"params": [learner.scale, learner.middle], "lr": _STEP_OF_JUDGE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=_DECAY)
    rates = [_STEP, _STEP_OF_JUDGE]
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps + 1, pct_start=_WARM)
    order = list(families)
    with tqdm(total=steps, desc="learning", unit="step", mininterval=10) as bar:
        for done in range(_PASSES):
            rng.shuffle(order)
            for start in range(0, len(order), _FAMILIES):
                rows = [row for family in order[start : start + _FAMILIES] for row in family]
                loss = learner.loss(rows, rng.choice(_FORMS))
                step(loss, parameters, optimiser, rate, bar)
            if done < _PASSES - 1:
                learner.choose([row for family in order for row in family])
    learner.encoder.eval()
    return learner.encoder


def _pair_of(row: Row) -> Mapping[str, str]:
    return {name: row[name] for form in _FORMS for name in form}


def main(pack: Path, lessons: Path, out: Path) -> None:
    write(taught(Pack(pack.read_bytes()), json.loads(lessons.read_text(encoding="utf-8"))), out)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
