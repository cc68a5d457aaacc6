"""Turns a Qwen2 GGUF file into a folder vLLM can serve; runs inside vLLM's environment, which has torch and gguf.

Linear layers become int8, one scale for each output, activations quantised as they come (compressed-tensors'
"int-quantized"): half the memory to read for each token, which is what limits a CPU. Embeddings stay bfloat16.
Tensors are taken one at a time, so that memory stays near the size of the largest.

    python -m deploy.local.unpack_gguf MODEL.gguf FOLDER [--precision int8|bf16]      prints "percent" lines
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import gguf  # type: ignore[import-not-found]
import torch  # type: ignore[import-not-found]
from safetensors.torch import save_file  # type: ignore[import-not-found]
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

_SHARD_BYTES = 1_000_000_000
_NAMES = {
    "attn_norm.weight": "input_layernorm.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_ORDINARY, _CONTROL, _ADDED = 1, 3, 4  # GGUF's token types
# How Qwen2 cuts text before merging; part of the model, as its vocabulary is.
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_INT8 = {
    "quant_method": "compressed-tensors",
    "format": "int-quantized",
    "quantization_status": "compressed",
    "ignore": ["lm_head"],
    "config_groups": {
        "group_0": {
            "targets": ["Linear"],
            "weights": {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "channel", "dynamic": False},
            "input_activations": {
                "num_bits": 8,
                "type": "int",
                "symmetric": True,
                "strategy": "token",
                "dynamic": True,
            },
        }
    },
}


class _Shards:
    """Writes tensors to safetensors files of about a gigabyte, and their index at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, torch.Tensor] = {}
        self._places: dict[str, str] = {}
        self._bytes = 0

    def add(self, name: str, tensor: torch.Tensor) -> None:
        self._waiting[name] = tensor.contiguous()
        if sum(one.nbytes for one in self._waiting.values()) > _SHARD_BYTES:
            self._write()

    def finish(self) -> None:
        self._write()
        index = {"metadata": {"total_size": self._bytes}, "weight_map": self._places}
        (self._folder / "model.safetensors.index.json").write_text(json.dumps(index))

    def _write(self) -> None:
        if not self._waiting:
            return
        file = f"model-{len(set(self._places.values())) + 1:05d}.safetensors"
        save_file(self._waiting, self._folder / file, metadata={"format": "pt"})
        self._places.update(dict.fromkeys(self._waiting, file))
        self._bytes += sum(one.nbytes for one in self._waiting.values())
        self._waiting.clear()


def unpack(source: Path, folder: Path, precision: str) -> None:
    """folder must exist and be empty. Raises ValueError for another architecture."""
    reader = gguf.GGUFReader(source)
    if _field(reader, "general.architecture") != "qwen2":
        raise ValueError("only Qwen2 models can be unpacked")
    shards = _Shards(folder)
    # The output matrix and the word table are one and the same in this model; the file holds the table twice, the
    # output at more bits: that copy serves both.
    tensors = [tensor for tensor in reader.tensors if tensor.name != "token_embd.weight"]
    for done, tensor in enumerate(tensors, start=1):
        values = torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).copy())
        name = _name(tensor.name)
        if precision == "int8" and name.endswith("_proj.weight"):
            scale = values.abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / 127
            shards.add(name, (values / scale).round().to(torch.int8))
            shards.add(f"{name}_scale", scale.to(torch.bfloat16))
        else:
            shards.add(name, values.to(torch.bfloat16))
        print(f"{100 * done // len(tensors)}", flush=True)
    shards.finish()
    (folder / "config.json").write_text(json.dumps(_config(reader, precision), indent=2))
    _save_tokenizer(reader, folder)


def _name(name: str) -> str:
    """The GGUF tensor's name in Hugging Face's Qwen2."""
    if name in {"output.weight", "output_norm.weight"}:
        return {"output.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}[name]
    _, layer, rest = name.split(".", 2)
    stem, _, part = rest.rpartition(".")
    return f"model.layers.{layer}.{_NAMES[rest] if rest in _NAMES else f'{_NAMES[stem]}.{part}'}"


def _config(reader: gguf.GGUFReader, precision: str) -> dict[str, Any]:
    config = {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "hidden_act": "silu",
        "hidden_size": _field(reader, "qwen2.embedding_length"),
        "intermediate_size": _field(reader, "qwen2.feed_forward_length"),
        "num_hidden_layers": _field(reader, "qwen2.block_count"),
        "num_attention_heads": _field(reader, "qwen2.attention.head_count"),
        "num_key_value_heads": _field(reader, "qwen2.attention.head_count_kv"),
        "max_position_embeddings": _field(reader, "qwen2.context_length"),
        "rms_norm_eps": _field(reader, "qwen2.attention.layer_norm_rms_epsilon"),
        "rope_theta": _field(reader, "qwen2.rope.freq_base"),
        "vocab_size": len(reader.fields["tokenizer.ggml.tokens"].data),
        "bos_token_id": _field(reader, "tokenizer.ggml.bos_token_id"),
        "eos_token_id": _field(reader, "tokenizer.ggml.eos_token_id"),
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
    }
    return config | {"quantization_config": _INT8} if precision == "int8" else config


def _save_tokenizer(reader: gguf.GGUFReader, folder: Path) -> None:
    """Qwen2's byte-level BPE, built from its parts: transformers' own GGUF reader adds the wrong ends to every text."""
    pieces, kinds = _field(reader, "tokenizer.ggml.tokens"), _field(reader, "tokenizer.ggml.token_type")
    vocabulary = {piece: at for at, (piece, kind) in enumerate(zip(pieces, kinds, strict=True)) if kind == _ORDINARY}
    merges = [tuple(pair.split(" ")) for pair in _field(reader, "tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.normalizer = normalizers.NFC()
    words = pre_tokenizers.Split(Regex(_WORDS), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [words, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    for at, (piece, kind) in enumerate(zip(pieces, kinds, strict=True)):
        if kind in {_CONTROL, _ADDED}:
            tokenizer.add_tokens([AddedToken(piece, special=kind == _CONTROL, normalized=False)])
            if tokenizer.token_to_id(piece) != at:
                raise ValueError(f"token {piece} has moved")
    tokenizer.save(str(folder / "tokenizer.json"))
    end, pad = _field(reader, "tokenizer.ggml.eos_token_id"), _field(reader, "tokenizer.ggml.padding_token_id")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": pieces[end],
        "pad_token": pieces[pad],
        "add_bos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": _field(reader, "qwen2.context_length"),
        "chat_template": _field(reader, "tokenizer.chat_template"),
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2, ensure_ascii=False))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [end, pad], "pad_token_id": pad}))


def _field(reader: gguf.GGUFReader, name: str) -> Any:
    return reader.fields[name].contents()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.unpack_gguf")
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--precision", choices=("int8", "bf16"), default="int8")
    arguments = parser.parse_args()
    unpack(arguments.source, arguments.folder, arguments.precision)


if __name__ == "__main__":
    main()
