"""Fills a decoder from a Hugging Face checkpoint, one tensor at a time.

Knows both sides' names; never holds two copies.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor

from inference.errors import ModelLoadError
from inference.loader import open_tensors
from inference.models.decoder import Decoder
from inference.models.spec import DecoderSpec

_LAYER = re.compile(r"layers\.(\d+)\.(.+)\.(weight|bias)")
_OUTER = {"embed_tokens.weight": "words.weight", "norm.weight": "norm.weight", "lm_head.weight": "head.weight"}
_WHOLE = {
    "self_attn.o_proj": "attention.output",
    "self_attn.q_norm": "attention.query_norm",
    "self_attn.k_norm": "attention.key_norm",
    "mlp.down_proj": "mlp.down",
    "input_layernorm": "attention_norm",
    "post_attention_layernorm": "mlp_norm",
}
_IGNORED = re.compile(r"rotary_emb\.inv_freq$")


def load_decoder(directory: Path, spec: DecoderSpec, *, device: torch.device, dtype: torch.dtype) -> Decoder:
    """Build the decoder and copy every weight into it.

    Raises ModelLoadError naming a weight missing, unknown or misshapen.
    """
    with torch.device("meta"):
        decoder = Decoder(spec)
    decoder = decoder.to(dtype).to_empty(device=device)
    if spec.tied:
        decoder.head.weight = decoder.words.weight
    parameters = dict(decoder.named_parameters())
    unfilled = {name: parameter.shape[0] for name, parameter in parameters.items()}
    for name, tensor in open_tensors(directory):
        if _IGNORED.search(name) or (spec.tied and name.endswith("lm_head.weight")):
            continue
        target, first_row = _place(name, spec)
        if target not in parameters:
            raise ModelLoadError(
                "unsupported_model", f"{directory} has a weight {name!r} that a {spec.family} decoder lacks."
            )
        _copy(parameters[target], tensor, first_row, name=name, place=directory)
        unfilled[target] -= tensor.shape[0]
    missing = sorted(name for name, rows in unfilled.items() if rows != 0)
    if missing:
        raise ModelLoadError(
            "weights_missing", f"{directory} lacks weights for {len(missing)} places, first {missing[0]!r}."
        )
    return decoder.requires_grad_(False).eval()


def _place(name: str, spec: DecoderSpec) -> tuple[str, int]:
    """Our parameter for a checkpoint tensor, and the row it begins at there: q, k, v share one, gate and up another."""
    name = name.removeprefix("model.")
    layer = _LAYER.fullmatch(name)
    if layer is None:
        return _OUTER.get(name, name), 0
    index, module, leaf = layer.groups()
    queries, keys = spec.n_heads * spec.head_dim, spec.n_kv_heads * spec.head_dim
    merged = {
        "self_attn.q_proj": ("attention.qkv", 0),
        "self_attn.k_proj": ("attention.qkv", queries),
        "self_attn.v_proj": ("attention.qkv", queries + keys),
        "mlp.gate_proj": ("mlp.gate_up", 0),
        "mlp.up_proj": ("mlp.gate_up", spec.intermediate_size),
    }
    ours, row = merged.get(module, (_WHOLE.get(module, module), 0))
    return f"layers.{index}.{ours}.{leaf}", row


@torch.no_grad()
def _copy(parameter: Tensor, tensor: Tensor, first_row: int, *, name: str, place: Path) -> None:
    rows = parameter[first_row : first_row + tensor.shape[0]]
    if rows.shape != tensor.shape:
        raise ModelLoadError(
            "model_corrupt", f"{place}: {name!r} is {tuple(tensor.shape)}; config.json makes it {tuple(rows.shape)}."
        )
    rows.copy_(tensor)
