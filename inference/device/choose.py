"""Which runner carries out a model's steps. Knows the settings; nothing of files."""

from __future__ import annotations

import torch

from inference.attention.paged import PagedAttention
from inference.config import EngineConfig
from inference.device.cuda import CudaLane
from inference.device.lane import HostLane
from inference.device.runner import DeviceRunner
from inference.models.decoder import Decoder
from inference.runner import KV_DTYPES, Runner, TorchRunner


def make_runner(decoder: Decoder, config: EngineConfig, *, device: torch.device, n_pages: int, max_len: int) -> Runner:
    """With `run_ahead` steps are launched before earlier ones are over, else each is computed at once."""
    kv_dtype = KV_DTYPES[config.kv_cache_dtype]
    if config.run_ahead == 0:
        return TorchRunner(decoder, PagedAttention(), n_pages=n_pages, page_size=config.page_size, kv_dtype=kv_dtype)
    return DeviceRunner(
        decoder,
        PagedAttention(),
        CudaLane(device) if device.type == "cuda" else HostLane(),
        n_pages=n_pages,
        page_size=config.page_size,
        max_rows=config.max_rows,
        max_len=max_len,
        token_budget=config.token_budget,
        depth=config.run_ahead,
        kv_dtype=kv_dtype,
    )
