"""Which runner carries out a model's steps, and whose memory its cache is in. Knows the settings; nothing of files."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import torch

from inference.ahead import deepest
from inference.attention.paged import PagedAttention
from inference.config import EngineConfig
from inference.device.capacity import HostMemory, Memory
from inference.device.cuda import CudaLane, CudaMemory
from inference.device.lane import HostLane
from inference.device.runner import DeviceRunner
from inference.models.decoder import Decoder
from inference.runner import KV_DTYPES, Runner, TorchRunner

_TELL_S = 5.0

_log = logging.getLogger("inference.device")


def settled(config: EngineConfig, device: torch.device) -> EngineConfig:
    """`config` as it applies to the device: a CPU computes each step at once unless it is told how far to run ahead,
    and so do several ranks."""
    at_once = device.type == "cpu" or config.tensor_parallel > 1
    return replace(config, run_ahead=0) if config.run_ahead == "auto" and at_once else config


def make_runner(decoder: Decoder, config: EngineConfig, *, device: torch.device, n_pages: int, max_len: int) -> Runner:
    """With `run_ahead` steps are launched before earlier ones are over, else each is computed at once."""
    kv_dtype = KV_DTYPES[config.kv_cache_dtype]
    if config.run_ahead == 0:
        return TorchRunner(decoder, PagedAttention(), n_pages=n_pages, page_size=config.page_size, kv_dtype=kv_dtype)
    return DeviceRunner(
        decoder,
        PagedAttention(),
        CudaLane(device, records=config.graphs) if device.type == "cuda" else HostLane(),
        n_pages=n_pages,
        page_size=config.page_size,
        max_rows=config.max_rows,
        max_len=max_len,
        token_budget=config.token_budget,
        depth=deepest(config.run_ahead),
        kv_dtype=kv_dtype,
    )


def memory_of(device: torch.device, config: EngineConfig) -> Memory:
    """Where the cache goes."""
    if device.type == "cpu":
        return HostMemory()
    return CudaMemory(device, config.gpu_memory_utilization, records=config.graphs and config.run_ahead != 0)


def record(runner: Runner) -> None:
    """Let the runner record its common steps, if it does that, and tell the log how far it is."""
    if not isinstance(runner, DeviceRunner):
        return
    began = told = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal told
        now = time.monotonic()
        if done == of or now - told >= _TELL_S:
            told = now
            _log.info("%d of %d kinds of steps recorded in %.1f s", done, of, now - began)

    runner.record(tell)
