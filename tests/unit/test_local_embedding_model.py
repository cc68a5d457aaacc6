"""The packed weights become a graph that computes what BERT computes: checked on a tiny model written by hand."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.knowledge.embedding_onnx import OnnxE5Embedder
from deploy.local.e5_adapter import ChangedPack, Changes
from deploy.local.e5_graph import build, save
from deploy.local.e5_pack import Pack
from deploy.local.embedding_model import reader_name

HIDDEN, LAYERS, HEADS, WIDE, POSITIONS = 64, 2, 2, 256, 512
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "query", "passage", ":", "年", "费", "转", "账", "▁a", "b"]
EPSILON = 1e-12

Matrix = NDArray[np.float32]


def packed_matrix(rows: int, columns: int, draw: np.random.Generator) -> bytes:
    """4-bit blocks: an f16 scale, then 16 bytes whose low nibbles come first."""
    blocks = rows * columns // 32
    scales = draw.uniform(0.01, 0.05, blocks).astype("<f2")
    nibbles = draw.integers(0, 16, (blocks, 32)).astype(np.uint8)
    return b"".join(
        scale.tobytes() + (low | (high << 4)).astype(np.uint8).tobytes()
        for scale, low, high in zip(scales, nibbles[:, :16], nibbles[:, 16:], strict=True)
    )


def packed_file() -> bytes:
    draw = np.random.default_rng(3)
    vocabulary = 32

    def floats(*shape: int, around: float = 0.0) -> bytes:
        return (around + draw.normal(0, 0.1, shape)).astype("<f4").tobytes()

    tensors = {
        "emb.word": packed_matrix(vocabulary, HIDDEN, draw),
        "emb.pos": floats(POSITIONS, HIDDEN),
        "emb.type": floats(2, HIDDEN),
        "emb.ln.w": floats(HIDDEN, around=1),
        "emb.ln.b": floats(HIDDEN),
    }
    for layer in range(LAYERS):
        shapes = dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN)) | {"fi": (WIDE, HIDDEN), "fo": (HIDDEN, WIDE)}
        for part, (rows, columns) in shapes.items():
            tensors[f"l{layer}.{part}.w"] = packed_matrix(rows, columns, draw)
            tensors[f"l{layer}.{part}.b"] = floats(rows)
        for part in ("aln", "oln"):
            tensors[f"l{layer}.{part}.w"], tensors[f"l{layer}.{part}.b"] = floats(HIDDEN, around=1), floats(HIDDEN)
    blob = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    scores = np.array([0, 0, 0, 0, *(-1.0 for _ in PIECES[4:])], "<f4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, HEADS, WIDE, vocabulary, POSITIONS, 2, EPSILON, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + ends.tobytes() + scores.tobytes() + blob
    head += struct.pack("<iIi", 0, 0, len(tensors))
    at = len(head) + sum(2 + len(name) + struct.calcsize("<BIQQ") for name in tensors)
    table, body = b"", b""
    for name, data in tensors.items():
        table += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, 0, at + len(body), len(data))
        body += data
    return head + table + body


def bert(pack: Pack, ids: list[int]) -> Matrix:
    """The same model in plain numpy, as the paper has it: the mean of the last layer, of unit length."""
    mean = last_layer(pack, ids).mean(axis=0)
    return (mean / np.linalg.norm(mean)).astype(np.float32)


def last_layer(pack: Pack, ids: list[int]) -> Matrix:
    """Shape (tokens, hidden)."""

    def normalised(x: Matrix, name: str) -> Matrix:
        centred = x - x.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + EPSILON)
        return scaled * pack.floats(f"{name}.w", HIDDEN) + pack.floats(f"{name}.b", HIDDEN)

    def linear(x: Matrix, name: str, rows: int, columns: int) -> Matrix:
        return x @ pack.weights(f"{name}.w", rows, columns).T + pack.floats(f"{name}.b", rows)

    words = pack.weights("emb.word", pack.shape.vocabulary, HIDDEN)[ids]
    places = pack.floats("emb.pos", POSITIONS, HIDDEN)[: len(ids)]
    x = normalised(words + places + pack.floats("emb.type", 2, HIDDEN)[0], "emb.ln")
    for layer in range(LAYERS):
        q, k, v = (
            linear(x, f"l{layer}.{part}", HIDDEN, HIDDEN).reshape(len(ids), HEADS, -1).swapaxes(0, 1) for part in "qkv"
        )
        weights = np.exp(q @ k.swapaxes(1, 2) / math.sqrt(HIDDEN // HEADS))
        weights /= weights.sum(axis=2, keepdims=True)
        mixed = (weights @ v).swapaxes(0, 1).reshape(len(ids), HIDDEN)
        x = normalised(linear(mixed, f"l{layer}.ao", HIDDEN, HIDDEN) + x, f"l{layer}.aln")
        raised = linear(x, f"l{layer}.fi", WIDE, HIDDEN)
        bent = 0.5 * raised * (1 + np.vectorize(math.erf)(raised / math.sqrt(2)))
        x = normalised(linear(bent.astype(np.float32), f"l{layer}.fo", HIDDEN, WIDE) + x, f"l{layer}.oln")
    return x


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack(packed_file())


@pytest.mark.parametrize(("compact", "least"), [(False, 0.99999), (True, 0.995)])
def test_the_graph_computes_the_model(pack: Pack, tmp_path: Path, compact: bool, least: float) -> None:
    save(build(pack, compact=compact), tmp_path / "model.onnx", compact=compact)
    pack.tokenizer().save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "manifest.json").write_text(json.dumps({"name": "tiny", "dimension": HIDDEN}))
    embedder = OnnxE5Embedder(tmp_path)
    for text in ("年费", "转账年费转账", "ab" * 40):
        ids = pack.tokenizer().encode(f"query: {text}").ids
        assert float(bert(pack, ids) @ embedder.encode_queries([text])[0]) > least


def test_a_text_has_its_ends_and_at_most_512_tokens(pack: Pack) -> None:
    ids = pack.tokenizer().encode("年费" * 600).ids
    assert (ids[0], ids[-1], len(ids)) == (0, 2, 512)


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="E5S1"):
        Pack(b"GGUF" + bytes(100))


def changes_file(folder: Path, pack: Pack, *, changed: bool, head: bool = True) -> Path:
    """A head of four values (where wanted), and (where changed) a matrix and a normalisation that differ from the
    pack's."""
    draw = np.random.default_rng(5)
    arrays = {"head.0.w": draw.normal(0, 0.2, (2 * HIDDEN, 4)), "head.0.b": draw.normal(0, 0.2, 4)} if head else {}
    if changed:
        arrays |= {"l1.fi.w.a": draw.normal(0, 0.3, (HIDDEN, 3)), "l1.fi.w.b": draw.normal(0, 0.3, (3, WIDE))}
        arrays |= {"l0.oln.w": pack.floats("l0.oln.w", HIDDEN) + 0.5}
    path = folder / "tiny_reader.npz"
    np.savez(path, **{name: value.astype(np.float16) for name, value in arrays.items()})
    return path


@pytest.mark.parametrize(("compact", "most"), [(False, 1e-3), (True, 0.1)])
def test_a_taught_model_says_what_its_changes_make(pack: Pack, tmp_path: Path, compact: bool, most: float) -> None:
    said = {}
    for changed in (False, True):
        changes = Changes(changes_file(tmp_path, pack, changed=changed))
        taught = ChangedPack(packed_file(), changes)
        save(build(taught, compact=compact), tmp_path / "model.onnx", compact=compact)
        pack.tokenizer().save(str(tmp_path / "tokenizer.json"))
        (tmp_path / "manifest.json").write_text(json.dumps({"name": "tiny", "dimension": 4}))
        text = "转账年费转账"
        (weights, bias), *others = changes.head
        state = last_layer(taught, pack.tokenizer().encode(f"query: {text}").ids)
        wanted = np.concatenate([state.mean(axis=0), state.max(axis=0)]) @ weights + bias
        said[changed] = OnnxE5Embedder(tmp_path).encode_queries([text])[0]
        assert not others
        assert np.abs(said[changed] - wanted).max() < most * np.abs(wanted).max()
    assert np.abs(said[True] - said[False]).max() > 0.2, "the changes are more than the error of eight bits"


def test_without_a_head_the_vector_itself_is_what_was_taught(pack: Pack, tmp_path: Path) -> None:
    taught = ChangedPack(packed_file(), Changes(changes_file(tmp_path, pack, changed=True, head=False)))
    save(build(taught, compact=False), tmp_path / "model.onnx", compact=False)
    pack.tokenizer().save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "manifest.json").write_text(json.dumps({"name": "tiny", "dimension": HIDDEN}))
    ids = pack.tokenizer().encode("query: 转账年费转账").ids
    said = OnnxE5Embedder(tmp_path).encode_queries(["转账年费转账"])[0]
    assert float(bert(taught, ids) @ said) > 0.99999
    assert float(bert(pack, ids) @ said) < 0.999


def test_a_taught_model_keeps_the_words_it_may_meet(pack: Pack, tmp_path: Path) -> None:
    assert [PIECES[row] for row in pack.common()] == PIECES, "Chinese, Latin, signs and the special ones"
    taught = ChangedPack(packed_file(), Changes(changes_file(tmp_path, pack, changed=False)))
    embedding = next(one for one in build(taught, compact=True).graph.initializer if one.name == "words")
    assert embedding.dims[0] == len(PIECES) < pack.shape.vocabulary


def test_other_changes_are_another_reader(pack: Pack, tmp_path: Path) -> None:
    names = {reader_name(changes_file(tmp_path, pack, changed=changed)) for changed in (False, True)}
    assert len(names) == 2
    assert all(name.startswith("tiny_reader-") for name in names)
