"""`python -m eval fit words`: the table of words by meaning that the conflict alarm reads, from the embedding model.

The field's own terms, the names of senses, and the dictionary's most frequent words and characters that name, qualify
or do something. Each is embedded alone; what all words share is taken off, and the directions that tell them apart
most are kept, a byte each. No case of any suite is read.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import jieba
import numpy as np
from numpy.typing import NDArray

import app.alarms
from app.alarms.senses import Senses
from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.knowledge.lexical import read_lines
from app.knowledge.normalise import Normaliser
from app.settings import Settings

TABLE = Path(app.alarms.__file__).parent / "data" / "words.npz"
_WORDS, _CHARACTERS, _DIMENSION = 16_000, 2_500, 96
_HAN = re.compile("[\u4e00-\u9fff]{1,5}")
# By part of speech; names of people and places are none.
_TELLING = frozenset("nvabfsijlgztm")
_NAMES = frozenset({"nr", "ns", "nrt", "nrfg"})


def vocabulary() -> list[str]:
    normalise = Normaliser()
    counted = []
    with (Path(jieba.__file__).parent / "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, count, tag = line.split()
            if _HAN.fullmatch(word) and tag[0] in _TELLING and tag not in _NAMES:
                counted.append((int(count), word))
    frequent = [word for _, word in sorted(counted, reverse=True)]
    characters = [word for word in frequent if len(word) == 1][:_CHARACTERS]
    words = [word for word in frequent if len(word) > 1][:_WORDS]
    terms = [normalise(term) for term in read_lines("terms.txt")]
    return list(dict.fromkeys([*terms, *sorted(set(Senses(normalise).name.values())), *characters, *words]))


def table(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """The most telling directions, of unit vectors around their mean."""
    centred = vectors - vectors.mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9
    _, directions = np.linalg.eigh(centred.T @ centred)
    kept = centred @ directions[:, ::-1][:, :_DIMENSION]
    return np.asarray(np.round(kept * 127 / np.abs(kept).max()), np.int8)


def main() -> list[str]:
    """Writes the table; the lines to print."""
    words = vocabulary()
    settings = Settings()
    embedder = OnnxE5Embedder(settings.cache_dir / "models" / f"{settings.embedding.model}-int8")
    vectors = table(embedder.encode_queries(words))
    written = BytesIO()
    np.savez_compressed(written, words=np.frombuffer("\n".join(words).encode("utf-8"), np.uint8), vectors=vectors)
    TABLE.write_bytes(written.getvalue())
    return [f"{len(words)} words of {_DIMENSION} dimensions written to {TABLE.name}, {TABLE.stat().st_size:,} bytes"]
