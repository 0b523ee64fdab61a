"""One whole Weft for the tests of its outside: started by `manage.py up`, with the sample app and a first admin."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.console import Console, first_admin
from tests.running import Up, command, environment
from weft.services.layout import ROOT


@pytest.fixture(scope="session")
def weft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A running Weft that may call loopback, where the tests' fake vendors listen, takes uploads of 5 MB, asks no hub
    for models and takes them from a folder of its own.
    """
    folder = tmp_path_factory.mktemp("e2e")
    settings = {
        "WEFT_EGRESS_ALLOW": "127.0.0.1",
        "WEFT_MAX_UPLOAD_MB": "5",
        "WEFT_MODELS_ROOTS": str(folder / "models"),
        "HF_HUB_OFFLINE": "1",
    }
    up = Up(folder / "data", settings=settings).ensure()
    yield up
    assert up.stop() == 0


@pytest.fixture(scope="session")
def sample(weft: Up) -> dict[str, Any]:
    return seed(weft.data.path)


def seed(data_dir: Path) -> dict[str, Any]:
    """What `seed_demo` prints as its last line."""
    done = subprocess.run(
        command("seed_demo", "--data-dir", str(data_dir)),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    last: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return last


@pytest.fixture(scope="session")
def console(weft: Up, sample: dict[str, Any]) -> Console:
    return first_admin(weft)
