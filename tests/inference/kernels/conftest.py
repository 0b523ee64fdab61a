"""These tests run on a GPU if there is one, otherwise through Triton's interpreter (see `tests.inference`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from inference.bench.fences import Fences

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
