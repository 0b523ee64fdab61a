"""run/state.json: what runs now, for the next start (to recover) and for commands beside us (to attach).

Written atomically and for its owner alone: the addresses in it carry passwords.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from weft.services.process import Identity


@dataclass(frozen=True, slots=True)
class State:
    """`env` is what a child needs to reach the services; `ports` are kept so that the next start uses the same."""

    supervisor: Identity | None = None
    processes: Mapping[str, Identity] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)


def read(path: Path) -> State:
    """The last state written; an empty one when there is none or it cannot be read."""
    try:
        found = json.loads(path.read_text())
        supervisor = found["supervisor"]
        return State(
            supervisor=Identity(**supervisor) if supervisor else None,
            processes={name: Identity(**each) for name, each in found["processes"].items()},
            ports=found["ports"],
            env=found["env"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return State()


def write(path: Path, state: State) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(state), file, indent=2)
    draft.replace(path)
