"""Resources with a lifetime: tiny models on disk, and one server process for the tests that only read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.inference.process import ServerProcess


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Any]]:
    """(directory, transformers model) of a family, made once a session."""
    from tests.inference.tiny import save_tiny

    made: dict[str, tuple[Path, Any]] = {}

    def make(name: str) -> tuple[Path, Any]:
        if name not in made:
            directory = tmp_path_factory.mktemp("models") / f"tiny-{name}"
            directory.mkdir()
            made[name] = directory, save_tiny(name, directory, shard=name in ("qwen2", "llama-tied"))
        return made[name]

    return make


@pytest.fixture(scope="session")
def server(tiny: Callable[[str], tuple[Path, Any]]) -> Iterator[ServerProcess]:
    """A server over tiny-qwen3, the bundled encoder and weft-quote."""
    directory, _ = tiny("qwen3")
    with ServerProcess("--model", str(directory)) as process:
        yield process
