"""The command line's limits on what comes in, checked where they are read. Knows `ServerConfig` and `EngineConfig`."""

from __future__ import annotations

import argparse
import math
from typing import Any

from inference.config import EngineConfig, ServerConfig
from inference.errors import ModelLoadError

MAX_DIGITS = 12
MAX_PORT = 65535

_SERVER, _ENGINE = ServerConfig(), EngineConfig()


def add_limits(serve: argparse.ArgumentParser) -> None:
    """Add the flags to a command; `server_limits` and `max_waiting` find them in what was parsed."""
    group = serve.add_argument_group("limits on what comes in")
    group.add_argument(
        "--max-in-flight", metavar="N", type=count, default=_SERVER.max_in_flight,
        help="requests answered at a time; more get 429 (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--max-waiting", metavar="N", type=count, default=_ENGINE.max_waiting,
        help="answers that may queue in the engine; more get 429 (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--target-wait-s", metavar="S", type=seconds, default=_SERVER.target_wait_s,
        help="prompts that would wait longer for their first token get 429 (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--tenant-tokens-per-s", metavar="N", type=seconds,
        help="prompt tokens that each cache_salt may spend a second; default: no limit",
    )  # fmt: skip
    group.add_argument(
        "--tenant-burst-tokens", metavar="N", type=count,
        help=f"how many it may spend at once (default: {_SERVER.tenant_burst_tokens:g})",
    )  # fmt: skip
    group.add_argument(
        "--max-body-mb", metavar="N", type=count, default=_SERVER.max_body_bytes >> 20,
        help="MiB of a request's body (default: %(default)s)",
    )  # fmt: skip
    group.add_argument("--strict-fields", action="store_true", help="refuse fields that are not known")


def server_limits(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of ServerConfig that the flags set. Raises ModelLoadError for flags that do not go together."""
    burst = options.tenant_burst_tokens
    if burst is not None and options.tenant_tokens_per_s is None:
        raise ModelLoadError("flag_invalid", "--tenant-burst-tokens is of no use without --tenant-tokens-per-s.")
    return {
        "max_in_flight": options.max_in_flight,
        "target_wait_s": options.target_wait_s,
        "tenant_tokens_per_s": options.tenant_tokens_per_s,
        "tenant_burst_tokens": burst if burst is not None else _SERVER.tenant_burst_tokens,
        "max_body_bytes": options.max_body_mb << 20,
        "strict_fields": options.strict_fields,
    }


def count(text: str) -> int:
    """A whole number above 0."""
    if not (text.isascii() and text.isdecimal()) or len(text) > MAX_DIGITS or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


def port(text: str) -> int:
    """A TCP port, or 0 for any that is free."""
    if not (text.isascii() and text.isdecimal()) or len(text) > MAX_DIGITS or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not a port; give a whole number from 0 to {MAX_PORT}")
    return int(text)


def patience(text: str) -> float:
    """Seconds, fractions and 0 allowed."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0 up")
    return value


def seconds(text: str) -> float:
    """A number above 0, fractions allowed."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value
