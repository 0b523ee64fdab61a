"""`python -m inference models`: download with a bar, list, remove."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from inference.__main__ import main
from tests.inference.hub.fake_hub import KEY, MODEL, hub_of


def test_a_model_is_pulled_listed_and_removed(
    tiny: Callable[[str], tuple[Path, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    folder = ("--models-dir", str(tmp_path / "models"))
    with hub_of(tiny("llama")[0]) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        codes = [main(["models", "pull", MODEL, *folder]), main(["models", "pull", MODEL, *folder])]
        pulled = capsys.readouterr()
        codes += [main(["models", "list", *folder]), main(["models", "remove", MODEL, *folder])]
        listed = capsys.readouterr().out.splitlines()

    assert codes == [0, 1, 0, 0]
    assert pulled.out.strip() == f"{MODEL} is in {tmp_path / 'models' / KEY}"
    assert "[##############################] 100 % of 0.00 GB" in pulled.err
    assert pulled.err.splitlines()[-1].startswith(f"inference: {MODEL} is in ")
    assert listed[1].split()[:2] == ["ready", MODEL]
    assert listed[2].split()[:2] == ["absent", "Qwen/Qwen2.5-0.5B-Instruct"]
    assert listed[-1] == f"{MODEL} is removed."
    assert not (tmp_path / "models" / KEY).exists()
