"""How many pages of KV cache there is room for, once the weights are there and the largest step has its own.

A GPU's largest step is computed and measured, so that nothing has to be guessed of activations, logits and workspaces.
On a CPU that would take seconds, and memory never written is not resident: there a share of what is free is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch

from inference.attention.base import MAX_DECODE, AttentionBackend, Span, StepBatch, calls
from inference.config import EngineConfig
from inference.errors import ModelLoadError
from inference.kernels import sample_rows
from inference.kernels.drawing import DrawRows
from inference.models.decoder import Decoder
from inference.ram import CACHE_SHARE, ram
from inference.runner import KV_DTYPES, cache_shape, empty_cache


class Memory(Protocol):
    """Of the device that weights are on."""

    share: float
    """Of what is left, how much the cache takes by default."""

    def left(self) -> tuple[int, int]:
        """Bytes that this process may still take, and bytes that there are in all."""
        ...

    def peak(self, compute: Callable[[], None]) -> int:
        """Bytes that `compute` needs while it runs, where that is measured, else 0."""
        ...


class HostMemory:
    """Main memory."""

    share = CACHE_SHARE

    def left(self) -> tuple[int, int]:
        found = ram()
        return found.available_bytes, found.total_bytes

    def peak(self, compute: Callable[[], None]) -> int:
        return 0


def pages(decoder: Decoder, backend: AttentionBackend, config: EngineConfig, memory: Memory, *, max_len: int) -> int:
    """Pages of the cache: as many as the config asks for, else as many as fit, in both cases no more than all rows
    could fill. Raises ModelLoadError with the numbers when what is asked for, or one page, does not fit.
    """
    kv_dtype = KV_DTYPES[config.kv_cache_dtype]
    word = kv_dtype or decoder.words.weight.dtype
    page_bytes = word.itemsize * math.prod(cache_shape(decoder.spec, 1, config.page_size, kv_dtype))
    step = memory.peak(lambda: largest_step(decoder, backend, config, max_len=max_len))
    left, total = memory.left()
    room = max(0, left - step)
    most = config.max_rows * -(-max_len // config.page_size)
    if config.n_pages is not None:
        wanted = config.n_pages
    elif config.kv_bytes is not None:
        wanted = min(config.kv_bytes // page_bytes, most)
    else:
        # the dummy page is one more
        wanted = max(1, min(int(room * memory.share) // page_bytes - 1, most))
    if wanted < 1 or (wanted + 1) * page_bytes > room:
        raise ModelLoadError("memory_short", _short(max(wanted, 1), page_bytes, config.page_size, room, step, total))
    return wanted


def largest_step(decoder: Decoder, backend: AttentionBackend, config: EngineConfig, *, max_len: int) -> None:
    """Compute one: a chunk of the whole token budget, and filtered draws for as many rows as can be, drafts too."""
    n_tokens = min(config.token_budget, max_len)
    n_pages = -(-n_tokens // config.page_size)
    weight = decoder.words.weight
    device, page_size = weight.device, config.page_size
    positions = torch.arange(n_tokens, device=device)
    with torch.inference_mode():
        batch = StepBatch(
            ids=torch.zeros_like(positions),
            positions=positions,
            write_pages=1 + positions // page_size,
            write_offsets=positions % page_size,
            page_table=torch.arange(1, n_pages + 1, dtype=torch.int32, device=device)[None],
            seq_lens=torch.tensor([n_tokens], dtype=torch.int32, device=device),
            calls=calls([Span(0, n_tokens, n_tokens)], device),
        )
        hidden = decoder(batch, empty_cache(decoder, n_pages, page_size, KV_DTYPES[config.kv_cache_dtype]), backend)
        n_rows = MAX_DECODE * config.max_rows
        numbers = torch.tensor([[1.0, 0.9, 0.0, 1.0, 0.0, 0.0]], device=device).repeat(n_rows, 1)
        integers = torch.tensor([[0, 1, 20, -1]], device=device).repeat(n_rows, 1)
        logits = decoder.logits(hidden[torch.zeros(n_rows, dtype=torch.int64, device=device)])
        sample_rows(logits, DrawRows(numbers=numbers, integers=integers, filtered=True))


def _short(n_pages: int, page_bytes: int, page_size: int, room: int, step: int, total: int) -> str:
    return (
        f"A KV cache of {n_pages} pages of {page_size} tokens takes {_size((n_pages + 1) * page_bytes)}; of "
        f"{_size(total)} there are {_size(room)} left, {_size(step)} kept for the largest step. Ask for less with "
        "--kv-cache-bytes, or choose a smaller model, --quantization or --kv-cache-dtype fp8."
    )


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.2f} GB" if n_bytes >= 1e7 else f"{n_bytes / 1e6:.2f} MB"
