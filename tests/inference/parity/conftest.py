"""What transformers says of each tiny model, made once a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.inference.parity.driving import Known


@pytest.fixture(scope="session")
def known(tiny: Callable[[str], tuple[Path, Any]]) -> Callable[[str], Known]:
    made: dict[str, Known] = {}

    def know(name: str) -> Known:
        if name not in made:
            made[name] = Known(*tiny(name))
        return made[name]

    return know
