"""Where these tests run: on a GPU if there is one, otherwise through Triton's interpreter.

Set before Triton is imported: it decides when a kernel is defined.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import torch

from inference.bench.fences import Fences

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"

pytest.importorskip("triton")


@pytest.fixture(autouse=True)
def _fixed_seed() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _fenced(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    fences = Fences()
    monkeypatch.setattr(torch, "empty", fences.empty)
    yield
    assert fences.intact()
