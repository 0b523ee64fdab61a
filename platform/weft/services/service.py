"""What a service is: a command, how to know that it is ready, how to end it. Starts nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from weft.services.account import Account


def nothing() -> None:
    """The preparation of a service that needs none."""


@dataclass(frozen=True, slots=True)
class Service:
    """One supervised process.

    `ready(pid)` is cheap, may be called from any thread and never raises. `prepare` runs before every start and may
    take seconds (it makes a database cluster); it is safe to repeat after an interruption. `after` names the services
    that must be ready first. `death_signal` is what the process gets when the supervisor itself is killed. Weft starts
    without a service that is not `essential`, says so, and keeps trying.
    """

    name: str
    title: str
    command: tuple[str, ...]
    ready: Callable[[int], bool]
    log: Path
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    prepare: Callable[[], None] = nothing
    after: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10.0
    start_timeout_s: float = 60.0
    death_signal: signal.Signals = signal.SIGTERM
    essential: bool = True
    port: int | None = None
