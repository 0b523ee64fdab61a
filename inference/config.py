"""Every knob of the engine and the server, with its default. Knows nothing of models or requests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

RunAhead = int | Literal["auto"]
DEEPEST = 4
"""The most steps that `auto` lets be under way."""
MOST_DRAFTS = 3
"""As many as attention checks beside a row's token at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """Limits of one decoding engine."""

    page_size: int = 64
    n_pages: int | None = None
    """Pages of the KV cache; None: as many as `kv_bytes` allows."""
    kv_bytes: int | None = None
    """Memory for the KV cache; None: a quarter of what is free on a CPU, on a GPU all that weights and the largest step
    leave."""
    gpu_memory_utilization: float = 0.98
    """Of a GPU's memory, how much may be in use, weights and other processes counted."""
    max_rows: int = 64
    """Sequences that decode at the same time."""
    token_budget: int = 512
    """Tokens computed in one step, over all sequences."""
    inter_token_s: float = 0.05
    """How long those who decode should wait for a token at most; prefill is cut to fit, by the measured cost."""
    brisk_s: float | None = None
    """A step's time above which those rest whose run has time to spare; None: nobody rests."""
    run_ahead: RunAhead = 0
    """Steps launched before the outcome of earlier ones is known; auto: as many as suit each step, by `ahead.depth`."""
    graphs: bool = True
    """Whether a GPU's steps are recorded as graphs, where steps run ahead."""
    max_drafts: int = 0
    """Tokens guessed from a sequence's own text and verified in one step; 0: none."""
    pinned_share: float = 0.1
    """Of all pages, how many prefixes that callers pinned may hold."""
    max_model_len: int | None = None
    """Longest sequence, prompt and answer together; None: what the model was made for."""
    quantization: Literal["none", "fp8", "int8"] = "none"
    """What the layers' matrices are rounded to while they are loaded; none: they stay as the checkpoint has them."""
    kv_cache_dtype: Literal["auto", "fp8"] = "auto"
    """Of keys and values in the cache; fp8: e4m3 with a scale for every token and head, half of bf16's bytes."""
    tensor_parallel: int = 1
    """Processes that share the model, each with a GPU of its own where there are any; see `ranks`."""
    max_waiting: int = 256
    """Requests that may queue before the server answers 429."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Limits of the HTTP server."""

    host: str = "127.0.0.1"
    port: int = 8100
    api_key: str | None = None
    max_body_bytes: int = 16 * 1024 * 1024
    max_inputs: int = 2048
    max_in_flight: int = 256
    target_wait_s: float = 30.0
    """Prompts that would wait longer for their first token, by the rate measured, are answered 429."""
    tenant_tokens_per_s: float | None = None
    """Prompt tokens that each cache salt may spend; None: no limit."""
    tenant_burst_tokens: float = 100_000
    stall_s: float = 30.0
    """A client that neither sends what it announced nor reads what it asked for is let go of after that."""
    heartbeat_s: float = 60.0
    """An engine that has not moved for that long is reported dead by `/health`; a step may take a while on a CPU."""
    strict_fields: bool = False
    """Refuse fields that are not known instead of ignoring them with a Warning header."""
    drain_s: float = 30.0


def default_threads() -> int:
    """CPU threads for torch: one core is left to the web server and the databases beside it, and more than four
    help little.
    """
    return max(1, min(4, len(os.sched_getaffinity(0)) - 1))
