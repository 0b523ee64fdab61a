"""How a checkpoint's linear layers are quantised: `quantization_config` of `config.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from inference.errors import ModelLoadError

Method = Literal["gptq", "awq", "fp8"]


@dataclass(frozen=True, slots=True)
class Scheme:
    method: Method
    zero_offset: int = 0
    """What is added to a stored zero point: GPTQ's first format stores one less."""
    block: tuple[int, int] = (128, 128)
    """fp8: outputs and inputs that share a scale."""


def scheme(config: Mapping[str, Any], *, place: Path) -> Scheme | None:
    """None for a checkpoint of whole weights. Raises ModelLoadError for one that would be read wrongly.

    Read are GPTQ of 4 bits in both its formats, AWQ of 4 bits in its "gemm" layout, and e4m3 in blocks as DeepSeek-V3
    and the FP8 checkpoints of Qwen3 have it.
    """
    described = config.get("quantization_config")
    if described is None:
        return None
    method = described.get("quant_method")
    if method == "gptq" and described.get("bits") == 4:
        return Scheme("gptq", zero_offset=0 if described.get("checkpoint_format") == "gptq_v2" else 1)
    if method == "awq" and described.get("bits") == 4 and described.get("version", "gemm").lower() == "gemm":
        return Scheme("awq")
    block = described.get("weight_block_size")
    if method == "fp8" and block is not None:
        return Scheme("fp8", block=(int(block[0]), int(block[1])))
    raise ModelLoadError(
        "unsupported_model",
        f"{place}/config.json describes weights quantised as {dict(described)}; read are gptq and awq (version gemm) "
        "of 4 bits, and fp8 in blocks. Serve such a checkpoint, or the unquantised one with --quantization fp8.",
    )
