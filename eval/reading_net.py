"""The packaged embedding model as a PyTorch network that is taught to read: run by eval.fit_readers with vLLM's Python.

Every matrix of the encoder gets a low-rank change (LoRA, Hu et al. 2021) and every layer normalisation may move; on
the mean and the maximum over the tokens stands a head of two layers. Texts are grouped by length, so that little is
padded. What was learned is written as deploy.local.e5_adapter reads it.

    python -m eval.reading_net PACK LESSONS OUT
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found]
import torch.nn.functional as F  # type: ignore[import-not-found]
from torch import nn
from tqdm import tqdm

from deploy.local.e5_pack import Pack

_RANK = 16
_HIDDEN = 256
_DROPPED, _DROPPED_IN_HEAD = 0.1, 0.2
_STEP, _WARM, _DECAY = 1e-3, 0.1, 0.01
_SMOOTHED = 0.02
_GROUPED = 32
# A matrix of the file: rows, columns of which of (hidden, feed-forward).
_MATRICES = dict.fromkeys(("q", "k", "v", "ao"), ("hidden", "hidden"))
_MATRICES |= {"fi": ("feed_forward", "hidden"), "fo": ("hidden", "feed_forward")}


@dataclass(frozen=True, slots=True)
class Lessons:
    """labels: of each text, from 0 on. passes: how often all of them are read. batch: texts a step."""

    texts: Sequence[str]
    labels: Sequence[int]
    passes: int = 3
    batch: int = 64


class Changed(nn.Module):  # type: ignore[misc]
    """A matrix as it came, and what is added to it."""

    def __init__(self, weights: Any, bias: Any) -> None:
        super().__init__()
        self.register_buffer("weights", torch.tensor(weights))
        self.register_buffer("bias", torch.tensor(bias))
        rows, columns = weights.shape
        self.a = nn.Parameter(torch.randn(columns, _RANK) / math.sqrt(columns))
        self.b = nn.Parameter(torch.zeros(_RANK, rows))

    def forward(self, x: Any) -> Any:
        return F.linear(x, self.weights, self.bias) + (x @ self.a) @ self.b


class Layer(nn.Module):  # type: ignore[misc]
    def __init__(self, pack: Pack, at: int) -> None:
        super().__init__()
        self.heads = pack.shape.heads
        for part, sizes in _MATRICES.items():
            rows, columns = (getattr(pack.shape, size) for size in sizes)
            weights, bias = pack.weights(f"l{at}.{part}.w", rows, columns), pack.floats(f"l{at}.{part}.b", rows)
            setattr(self, part, Changed(weights, bias))
        for part in ("aln", "oln"):
            norm = nn.LayerNorm(pack.shape.hidden, eps=pack.shape.epsilon)
            norm.weight = nn.Parameter(torch.tensor(pack.floats(f"l{at}.{part}.w", pack.shape.hidden)))
            norm.bias = nn.Parameter(torch.tensor(pack.floats(f"l{at}.{part}.b", pack.shape.hidden)))
            setattr(self, part, norm)

    def forward(self, x: Any, seen: Any) -> Any:
        texts, tokens, hidden = x.shape
        q, k, v = (part(x).view(texts, tokens, self.heads, -1).transpose(1, 2) for part in (self.q, self.k, self.v))
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).reshape(texts, tokens, hidden)
        x = self.aln(x + F.dropout(self.ao(mixed), _DROPPED, self.training))
        return self.oln(x + F.dropout(self.fo(F.gelu(self.fi(x))), _DROPPED, self.training))


class Encoder(nn.Module):  # type: ignore[misc]
    def __init__(self, pack: Pack) -> None:
        super().__init__()
        shape = pack.shape
        # Never changed, and too large to be moved about: no parameters.
        self.words = torch.tensor(pack.weights("emb.word", shape.vocabulary, shape.hidden))
        places = pack.floats("emb.pos", shape.positions, shape.hidden)
        self.places = torch.tensor(places + pack.floats("emb.type", shape.token_types, shape.hidden)[0])
        self.norm = [torch.tensor(pack.floats(f"emb.ln.{part}", shape.hidden)) for part in "wb"]
        self.epsilon = shape.epsilon
        self.layers = nn.ModuleList(Layer(pack, at) for at in range(shape.layers))

    def states(self, ids: Any, there: Any) -> Any:
        """Shape (texts, tokens, hidden)."""
        x = self.words[ids] + self.places[: ids.shape[1]]
        x = F.layer_norm(x, x.shape[-1:], *self.norm, self.epsilon)
        seen = there[:, None, None, :]
        for layer in self.layers:
            x = layer(x, seen)
        return x

    def forward(self, ids: Any, there: Any) -> Any:
        """The mean over the tokens, shape (texts, hidden)."""
        return (self.states(ids, there) * there[..., None]).sum(1) / there.sum(1, keepdim=True)


class Reader(Encoder):
    def __init__(self, pack: Pack, outputs: int) -> None:
        super().__init__(pack)
        self.head = nn.Sequential(
            nn.Dropout(_DROPPED_IN_HEAD),
            nn.Linear(2 * pack.shape.hidden, _HIDDEN),
            nn.ReLU(),
            nn.Dropout(_DROPPED_IN_HEAD),
            nn.Linear(_HIDDEN, outputs),
        )

    def forward(self, ids: Any, there: Any) -> Any:
        x = self.states(ids, there)
        mean = (x * there[..., None]).sum(1) / there.sum(1, keepdim=True)
        most = x.masked_fill(~there[..., None], -1e4).max(1).values
        return self.head(torch.cat([mean, most], 1))


def read(path: Path) -> Lessons:
    return Lessons(**json.loads(path.read_text(encoding="utf-8")))


def taught(pack: Pack, lessons: Lessons) -> Reader:
    torch.manual_seed(1)
    rng = random.Random(1)
    tokenizer = pack.tokenizer()
    rows = [tokenizer.encode(text).ids for text in lessons.texts]
    labels = torch.tensor(lessons.labels)
    reader = Reader(pack, max(lessons.labels) + 1)
    parameters = list(reader.parameters())
    steps = lessons.passes * math.ceil(len(rows) / lessons.batch)
    optimiser = torch.optim.AdamW(parameters, lr=_STEP, weight_decay=_DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, _STEP, total_steps=steps + 1, pct_start=_WARM)
    with tqdm(total=steps, desc="learning", unit="step", mininterval=10) as bar:
        for _ in range(lessons.passes):
            for chosen in _batches([len(row) for row in rows], lessons.batch, rng):
                said = reader(*padded([rows[at] for at in chosen]))
                loss = F.cross_entropy(said, labels[chosen], label_smoothing=_SMOOTHED)
                step(loss, parameters, optimiser, rate, bar)
    reader.eval()
    return reader


def step(loss: Any, parameters: Sequence[Any], optimiser: Any, rate: Any, bar: tqdm[Any]) -> None:
    """One step of learning, shown on the bar."""
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(parameters, 1.0)
    optimiser.step()
    rate.step()
    bar.update()
    bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)


def _batches(lengths: Sequence[int], size: int, rng: random.Random) -> Iterator[list[int]]:
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches = []
    for start in range(0, len(order), size * _GROUPED):
        group = sorted(order[start : start + size * _GROUPED], key=lambda at: lengths[at])
        batches += [group[at : at + size] for at in range(0, len(group), size)]
    rng.shuffle(batches)
    yield from batches


def padded(rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Ids, and which of them are there."""
    longest = max(map(len, rows))
    ids, there = torch.ones(len(rows), longest, dtype=torch.long), torch.zeros(len(rows), longest, dtype=torch.bool)
    for at, tokens in enumerate(rows):
        ids[at, : len(tokens)], there[at, : len(tokens)] = torch.tensor(tokens), True
    return ids, there


def write(encoder: Encoder, path: Path) -> None:
    """Of a head its first layer only: guardrails.meaning stands on that, fitted anew with every new example."""
    kept: dict[str, Any] = {}
    if isinstance(encoder, Reader):
        first = encoder.head[1]
        kept = {"head.0.w": first.weight.t(), "head.0.b": first.bias}
    for at, layer in enumerate(encoder.layers):
        for part in _MATRICES:
            changed = getattr(layer, part)
            kept[f"l{at}.{part}.w.a"], kept[f"l{at}.{part}.w.b"] = changed.a, changed.b
        for part in ("aln", "oln"):
            norm = getattr(layer, part)
            kept[f"l{at}.{part}.w"], kept[f"l{at}.{part}.b"] = norm.weight, norm.bias
    np.savez_compressed(path, **{name: value.detach().numpy().astype(np.float16) for name, value in kept.items()})


def main(pack: Path, lessons: Path, out: Path) -> None:
    given = read(lessons)
    write(taught(Pack(pack.read_bytes()), given), out)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
