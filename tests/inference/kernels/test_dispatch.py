"""Who computes a call. The kernels' files are real; what was verified where is written to a directory of the test."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from inference.errors import InferenceError
from inference.kernels import dispatch, tuning
from inference.kernels.catalogue import CATALOGUE
from tests.inference.kernels.setup import paged

GPU = "NVIDIA H200"


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    monkeypatch.delenv(dispatch.VARIABLE, raising=False)
    dispatch.forget()
    yield
    dispatch.forget()


def _arguments() -> tuple[object, ...]:
    cache, table, seq_lens = paged((3,), 1, 2, 1, 64, dtype=torch.float32)
    return torch.randn(1, 1, 1, 64), cache.cpu(), table.cpu(), seq_lens.cpu(), None, None


def test_on_a_cpu_the_twin_computes() -> None:
    assert dispatch.chosen("paged_attention", _arguments()) is None


def test_unverified_kernels_run_when_all_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(dispatch.VARIABLE, "all")

    chosen = dispatch.chosen("paged_attention", _arguments())

    assert isinstance(chosen, functools.partial)
    assert chosen.func.__module__ == "inference.kernels.triton.paged_decode"


def test_shapes_a_kernel_does_not_take_go_to_the_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(dispatch.VARIABLE, "all")
    _, *rest = _arguments()

    assert dispatch.chosen("paged_attention", (torch.randn(1, 5, 1, 64), *rest)) is None
    assert dispatch.chosen("paged_attention", (torch.randn(1, 1, 1, 64, dtype=torch.float64), *rest)) is None


def test_an_unknown_policy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(dispatch.VARIABLE, "some")

    with pytest.raises(InferenceError, match="known are verified, all, reference"):
        dispatch.chosen("paged_attention", _arguments())


@pytest.mark.parametrize(("source", "verified"), [(None, True), ("of another day", False)])
def test_verified_means_this_source_on_this_gpu(
    source: str | None, verified: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = tuning.source_digest("paged_decode")
    (tmp_path / "tuned").mkdir()
    known = {
        GPU: {
            "verified_on": {"date": "2026-11-22", "triton": "3.6.0", "source": source or digest},
            "configs": {"float32 d64": {"num_warps": 2}},
        }
    }
    (tmp_path / "tuned" / "paged_decode.json").write_text(json.dumps(known))
    monkeypatch.setattr(tuning, "source_digest", lambda _: digest)
    monkeypatch.setattr(tuning, "KERNELS", tmp_path)

    assert tuning.tuning("paged_decode", GPU) == tuning.Tuning(verified, {"float32 d64": {"num_warps": 2}})
    assert tuning.tuning("paged_decode", "NVIDIA H100") == tuning.Tuning()


def test_every_kernel_has_a_twin_a_file_and_variants() -> None:
    from inference.kernels import reference

    for operation, kernel in CATALOGUE.items():
        assert hasattr(reference, operation)
        assert (tuning.KERNELS / "triton" / f"{kernel.name}.py").is_file()
        assert (tuning.KERNELS / "variants" / f"{kernel.name}.py").is_file()


def test_tuned_files_name_kernels_that_are_there() -> None:
    names = {path.stem for path in (tuning.KERNELS / "tuned").glob("*.json")}

    assert names <= {kernel.name for kernel in CATALOGUE.values()}


def test_a_cpu_server_never_imports_triton() -> None:
    script = "import sys, inference.text.load, inference.kernels; sys.exit('triton' in sys.modules)"
    clean = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}

    assert subprocess.run([sys.executable, "-c", script], env=clean, check=False).returncode == 0
