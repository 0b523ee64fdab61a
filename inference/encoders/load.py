"""Opens a model directory as an encoder, by its `model_type`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from inference.encoders.base import Encoder
from inference.encoders.onnx import OnnxEncoder, onnx_file
from inference.encoders.packed import PackedEncoder
from inference.encoders.padded import PaddedEncoder
from inference.models.bert import BERT_FAMILIES, load_bert
from inference.models.decoder import Decoder
from inference.models.refusal import unsupported
from inference.models.spec import FAMILIES, decoder_spec
from inference.models.weights import load_decoder


def load_encoder(directory: Path, config: dict[str, Any], *, device: torch.device) -> Encoder:
    """A model exported to ONNX, a BERT-shaped encoder in fp32, or a decoder without its head. Raises ModelLoadError for
    anything else.
    """
    exported = onnx_file(directory)
    if exported is not None:
        return OnnxEncoder(exported, config)
    family = config.get("model_type")
    if family in BERT_FAMILIES:
        return PaddedEncoder(load_bert(directory, config, device=device))
    if family not in FAMILIES:
        known = ", ".join((*BERT_FAMILIES, *FAMILIES))
        raise unsupported(directory, f"model_type {family!r}", f"encoders are served from {known}")
    return PackedEncoder(_decoder(directory, config, device=device, headless=True))


def load_judge(directory: Path, config: dict[str, Any], *, device: torch.device) -> PackedEncoder:
    """A decoder whose next word is asked for."""
    return PackedEncoder(_decoder(directory, config, device=device, headless=False))


def _decoder(directory: Path, config: dict[str, Any], *, device: torch.device, headless: bool) -> Decoder:
    spec = decoder_spec(config, place=directory)
    dtypes = {"bfloat16": torch.bfloat16, "float16": torch.float16}
    dtype = dtypes.get(spec.dtype, torch.float32) if device.type == "cuda" else torch.float32
    # A tied head is the embedding: it has no weight of its own, and one in the files is passed over.
    return load_decoder(directory, replace(spec, tied=spec.tied or headless), device=device, dtype=dtype)
