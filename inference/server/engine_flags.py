"""The command line's settings of memory and of how far steps run ahead. Knows `EngineConfig`; nothing of devices."""

from __future__ import annotations

import argparse
import math
from typing import Any

from inference.config import DEEPEST, MOST_DRAFTS, EngineConfig, RunAhead
from inference.server.flags import count

_ENGINE = EngineConfig()


def add_engine_flags(serve: argparse.ArgumentParser) -> None:
    """Add the flags to a command; `engine_settings` finds them in what was parsed."""
    group = serve.add_argument_group("memory of the cache, and steps under way")
    group.add_argument(
        "--kv-cache-bytes", metavar="N", type=count, help="memory of the cache; default: what there is room for"
    )
    group.add_argument(
        "--gpu-memory-utilization", metavar="F", type=_share, default=_ENGINE.gpu_memory_utilization,
        help="how much of a GPU's memory may be in use, weights and other processes counted (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--run-ahead", metavar="auto|N", type=_run_ahead, default="auto",
        help="steps launched before earlier ones are over; auto: 0 on a CPU, 1 to 4 on a GPU (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--max-drafts", metavar="N", type=_drafts, default=_ENGINE.max_drafts,
        help="tokens of an answer guessed at once, where that pays, from its own text and its node's earlier answers; "
        "0: none (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--tensor-parallel", metavar="N", type=count, default=1,
        help="processes that share the model; on GPUs each has one of its own (default: %(default)s)",
    )  # fmt: skip
    group.add_argument("--no-graphs", action="store_true", help="on a GPU record no steps: each is launched anew")


def engine_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of EngineConfig that the flags set."""
    return {
        "kv_bytes": options.kv_cache_bytes,
        "gpu_memory_utilization": options.gpu_memory_utilization,
        "run_ahead": options.run_ahead,
        "graphs": not options.no_graphs,
        "max_drafts": options.max_drafts,
        "tensor_parallel": options.tensor_parallel,
    }


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0 and at most 1")
    return share


def _run_ahead(text: str) -> RunAhead:
    if text == "auto":
        return "auto"
    if not (text.isascii() and text.isdecimal()) or int(text) > DEEPEST:
        raise argparse.ArgumentTypeError(f"{text} is neither auto nor a number from 0 to {DEEPEST}")
    return int(text)


def _drafts(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > MOST_DRAFTS:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 to {MOST_DRAFTS}")
    return int(text)
