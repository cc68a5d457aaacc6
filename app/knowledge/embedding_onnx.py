"""multilingual-e5-small on this machine, through ONNX Runtime: one text a run, several threads beside each other.

A query never waits behind passages: the two have threads of their own, and passages give way after every text.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

Vector = NDArray[np.float32]

_QUERY_PREFIX = "query: "
_PASSAGE_PREFIX = "passage: "


class OnnxE5Embedder:
    """folder: what deploy.local.embedding_model made (model.onnx, tokenizer.json, manifest.json).

    threads: how many queries, and how many passages, are encoded at the same time. Texts are cut at 512 tokens.
    Raises FileNotFoundError when the folder is not there. Safe to share between threads; not across a fork.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        manifest = json.loads((folder / "manifest.json").read_text())
        self.name: str = manifest["name"]
        self.dimension: int = manifest["dimension"]
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._session = _open(folder / "model.onnx")
        self._threads = threads
        self._queries = ThreadPoolExecutor(threads, thread_name_prefix="embed-query")
        self._passages = ThreadPoolExecutor(threads, thread_name_prefix="embed-passage")

    async def embed_query(self, text: str) -> Vector:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._queries, self._encode, _QUERY_PREFIX + text)

    async def embed_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> Vector:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        order = iter(_by_length(texts))
        done = 0

        async def work() -> None:
            nonlocal done
            loop = asyncio.get_running_loop()
            for at in order:
                vectors[at] = await loop.run_in_executor(self._passages, self._encode, _PASSAGE_PREFIX + texts[at])
                done += 1
                if on_progress is not None:
                    on_progress(done)

        async with asyncio.TaskGroup() as workers:
            for _ in range(self._threads):
                workers.create_task(work())
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vector:
        """For worker processes, which have no event loop. Shape (len(texts), dimension), in the order given."""
        return self._encode_all([_QUERY_PREFIX + text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """For worker processes, which have no event loop. Shape (len(texts), dimension), in the order given."""
        return self._encode_all([_PASSAGE_PREFIX + text for text in texts])

    async def close(self) -> None:
        """Ends the threads once each has finished the text it is at."""
        for pool in (self._queries, self._passages):
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    def _encode_all(self, texts: Sequence[str]) -> Vector:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for at in _by_length(texts):
            vectors[at] = self._encode(texts[at])
        return vectors

    def _encode(self, text: str) -> Vector:
        ids = np.array([self._tokenizer.encode(text).ids], np.int64)
        vector: Vector = self._session.run(None, {"ids": ids})[0][0]
        return vector


def _open(model: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    # One thread a run and several runs beside each other give more than several threads a run.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The fused operator is not vectorised on CPUs: layer normalisation alone is seven times quicker.
    unwanted = ["SkipLayerNormFusion"]
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"], disabled_optimizers=unwanted)


def _by_length(texts: Sequence[str]) -> Iterator[int]:
    """Positions, longest text first: memory is taken once, at the start, and the end of a batch is even."""
    return iter(sorted(range(len(texts)), key=lambda at: -len(texts[at])))
