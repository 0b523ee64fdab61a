"""`python -m inference models`: download with a bar, list, remove."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize("command", [("list",), ("pull", MODEL), ("remove", MODEL)])
def test_a_folder_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    folder = tmp_path / "file"
    folder.write_text("mine")
    code = main(["models", *command, "--models-dir", str(folder)])

    said = f"inference: The models folder {folder} cannot be used (File exists); make it a folder that this account "
    assert (code, folder.read_text()) == (1, "mine")
    assert capsys.readouterr().err == f"{said}may write, or choose another with --models-dir.\n"


def test_a_download_of_the_server_tells_it_as_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "file"
    folder.write_text("mine")
    code = main(["models", "pull", MODEL, "--json", "--models-dir", str(folder)])
    assert (code, json.loads(capsys.readouterr().out)["code"]) == (1, "interrupted")
