"""Builds multilingual-e5-small as an ONNX graph: ids of one text in, one unit-length vector out; or, taught to read for
one task (e5_adapter), what its head says, if it has one.

The batch is always one text: on a CPU padding costs more than batching gives, and without padding no attention mask
is needed. Pooling (mean) and normalisation (L2) are inside the graph, so that every caller gets the same vector.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from deploy.local.e5_adapter import ChangedPack, Changes
from deploy.local.e5_pack import BLOCK, MAX_TOKENS, Pack

_OPSET = 20
_IR_VERSION = 10  # the first with 4-bit tensors
_WIDE_BLOCK = 128
_INT8_ACTIVATIONS = 4  # ONNX Runtime's name for it
_HEAD = "head."
_MICROSOFT = "com.microsoft"  # fused operators of ONNX Runtime


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def apply(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output


def build(pack: Pack, *, compact: bool) -> onnx.ModelProto:
    """Input `ids` int64 (1, tokens), output `embedding` float32 (1, hidden). Weights are float32 unless compact. Of a
    ChangedPack the output is what its head says.

    compact keeps the word table in the 4 bits it came in (the same numbers, an eighth of the memory), and makes the
    last product of each layer block-wise int8; `save` quantises the other products.
    """
    graph = _Graph()
    changes = pack.changes if isinstance(pack, ChangedPack) else None
    state = _embed(graph, pack, compact)
    for layer in range(pack.shape.layers):
        state = _encode(graph, pack, layer, state, compact)
    axes = graph.constant("token_axis", np.array([1], np.int64))
    mean = graph.apply("ReduceMean", [state, axes], "mean", keepdims=0)
    if changes is None or not changes.head:
        dimension = pack.shape.hidden
        graph.apply("LpNormalization", [mean], "embedding", axis=1, p=2)
    else:
        most = graph.apply("ReduceMax", [state, axes], "most", keepdims=0)
        dimension = _judge(graph, changes, graph.apply("Concat", [mean, most], "pooled", axis=1))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "multilingual-e5-small",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, dimension])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)],
        producer_name="wenda",
    )
    model.ir_version = _IR_VERSION
    return model


def _embed(graph: _Graph, pack: Pack, compact: bool) -> str:
    """Words + positions + token type 0, normalised. Positions are one table cut to the text's length."""
    shape = pack.shape
    word = _look_up_packed(graph, pack) if compact else _look_up(graph, pack)
    places = pack.floats("emb.pos", shape.positions, shape.hidden)[:MAX_TOKENS]
    places = places + pack.floats("emb.type", shape.token_types, shape.hidden)[0]
    length = graph.apply("Shape", ["ids"], "length", start=1, end=2)
    zero, axis = graph.constant("zero", np.array([0], np.int64)), graph.constant("first_axis", np.array([0], np.int64))
    place = graph.apply("Slice", [graph.constant("places", places), zero, length, axis], "place")
    total = graph.apply("Add", [word, place], "embedded")
    return _normalise(graph, pack, total, "emb.ln", "state")


def _look_up(graph: _Graph, pack: Pack) -> str:
    words = graph.constant("words", pack.weights("emb.word", pack.shape.vocabulary, pack.shape.hidden))
    return graph.apply("Gather", [words, "ids"], "word", axis=0)


def _look_up_packed(graph: _Graph, pack: Pack) -> str:
    values, scales = pack.nibbles("emb.word", pack.shape.vocabulary, pack.shape.hidden)
    ids = "ids"
    if isinstance(pack, ChangedPack):
        kept = pack.common()
        values, scales = values[kept], scales[kept]
        rows = np.full(pack.shape.vocabulary, int(np.flatnonzero(kept == pack.unknown)[0]), np.int64)
        rows[kept] = np.arange(len(kept))
        ids = graph.apply("Gather", [graph.constant("rows", rows.astype(np.int32)), "ids"], "row", axis=0)
    halves = values.view(np.uint8) & 15
    both = halves[:, 0::2] | (halves[:, 1::2] << 4)
    graph.weights.append(helper.make_tensor("words", TensorProto.INT4, values.shape, both.tobytes(), raw=True))
    inputs = ["words", ids, graph.constant("word_scales", scales)]
    layout = {"block_size": BLOCK, "gather_axis": 0, "quantize_axis": 1}
    return graph.apply("GatherBlockQuantized", inputs, "word", domain=_MICROSOFT, **layout)


def _judge(graph: _Graph, changes: Changes, pooled: str) -> int:
    """The head's layers, the last one's output named `embedding`; returns how many values it has."""
    last = len(changes.head) - 1
    for at, (weights, bias) in enumerate(changes.head):
        name = f"{_HEAD}{at}"
        product = graph.apply("MatMul", [pooled, graph.constant(f"{name}.w", weights)], f"{name}.product")
        inputs = [product, graph.constant(f"{name}.b", bias)]
        if at == last:
            graph.apply("Add", inputs, "embedding")
        else:
            pooled = graph.apply("Relu", [graph.apply("Add", inputs, f"{name}.out")], f"{name}.bent")
    return len(changes.head[last][1])


def _encode(graph: _Graph, pack: Pack, layer: int, state: str, compact: bool) -> str:
    """One BERT layer. Query, key and value are one matrix product: the activations are quantised once for all three."""
    hidden, wide, at = pack.shape.hidden, pack.shape.feed_forward, f"l{layer}"
    three = np.concatenate([pack.weights(f"{at}.{part}.w", hidden, hidden) for part in "qkv"])
    bias = np.concatenate([pack.floats(f"{at}.{part}.b", hidden) for part in "qkv"])
    product = graph.apply("MatMul", [state, graph.constant(f"{at}.qkv.w", three.T)], f"{at}.qkv")
    parts = [f"{at}.query", f"{at}.key", f"{at}.value"]
    graph.nodes.append(helper.make_node("Split", [product], parts, name=f"{at}.split", axis=2, num_outputs=3))
    inputs = [*parts, graph.constant(f"{at}.qkv.b", bias)]
    attended = graph.apply(
        "MultiHeadAttention", inputs, f"{at}.attended", domain=_MICROSOFT, num_heads=pack.shape.heads
    )
    mixed = _project(graph, pack, f"{at}.ao", attended, hidden, hidden)
    state = _normalise(graph, pack, graph.apply("Add", [mixed, state], f"{at}.a"), f"{at}.aln", f"{at}.attention")
    raised = _project(graph, pack, f"{at}.fi", state, wide, hidden)
    bent = graph.apply("Gelu", [raised], f"{at}.gelu")
    # The activations here have outliers that one scale for a whole text would drown: they need block-wise scales.
    lower = _project_in_blocks if compact else _project
    lowered = lower(graph, pack, f"{at}.fo", bent, hidden, wide)
    return _normalise(graph, pack, graph.apply("Add", [lowered, state], f"{at}.o"), f"{at}.oln", f"{at}.state")


def _project(graph: _Graph, pack: Pack, name: str, state: str, rows: int, columns: int) -> str:
    weight = graph.constant(f"{name}.w", pack.weights(f"{name}.w", rows, columns).T)
    bias = graph.constant(f"{name}.b", pack.floats(f"{name}.b", rows))
    return graph.apply("Add", [graph.apply("MatMul", [state, weight], f"{name}.product"), bias], f"{name}.out")


def _project_in_blocks(graph: _Graph, pack: Pack, name: str, state: str, rows: int, columns: int) -> str:
    """int8 weights and activations, a scale for every 128 of either."""
    blocks = pack.weights(f"{name}.w", rows, columns).reshape(rows, columns // _WIDE_BLOCK, _WIDE_BLOCK)
    scales = np.abs(blocks).max(axis=2) / 127
    values = np.round(blocks / np.maximum(scales, 1e-12)[:, :, None]) + 128
    weight = graph.constant(f"{name}.w", values.astype(np.uint8))
    inputs = [state, weight, graph.constant(f"{name}.s", scales.astype(np.float32))]
    layout = {"K": columns, "N": rows, "bits": 8, "block_size": _WIDE_BLOCK, "accuracy_level": _INT8_ACTIVATIONS}
    product = graph.apply("MatMulNBits", inputs, f"{name}.product", domain=_MICROSOFT, **layout)
    bias = graph.constant(f"{name}.b", pack.floats(f"{name}.b", rows))
    return graph.apply("Add", [product, bias], f"{name}.out")


def _normalise(graph: _Graph, pack: Pack, state: str, name: str, output: str) -> str:
    hidden = pack.shape.hidden
    weight, bias = (graph.constant(f"{name}.{part}", pack.floats(f"{name}.{part}", hidden)) for part in "wb")
    inputs = [state, weight, bias]
    return graph.apply("LayerNormalization", inputs, output, axis=-1, epsilon=pack.shape.epsilon)


def save(model: onnx.ModelProto, path: Path, *, compact: bool) -> None:
    """compact: int8 matrix products, a scale for each output; 7 bits, since 8 overflow on CPUs without VNNI."""
    if not compact:
        onnx.save(model, str(path))
        return
    log = logging.getLogger()
    log.addFilter(_is_no_advice)
    try:
        quantize_dynamic(
            model,
            str(path),
            op_types_to_quantize=["MatMul"],
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            nodes_to_exclude=[node.name for node in model.graph.node if node.name.startswith(_HEAD)],
            extra_options={"DefaultTensorType": TensorProto.FLOAT},  # fused operators have no shape inference
        )
    finally:
        log.removeFilter(_is_no_advice)


def _is_no_advice(record: logging.LogRecord) -> bool:
    return "pre-processing before quantization" not in record.getMessage()
