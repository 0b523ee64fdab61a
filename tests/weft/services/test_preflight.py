import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from weft.services import preflight, state
from weft.services.environment import REPLACEABLE
from weft.services.errors import ServiceError
from weft.services.layout import DataDir
from weft.services.options import parse
from weft.services.ports import free_port
from weft.services.process import Identity

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def _nothing_external(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REPLACEABLE.values():
        monkeypatch.delenv(name, raising=False)


def refusal(folder: Path, *arguments: str) -> ServiceError:
    data = DataDir(folder)
    data.make()
    with pytest.raises(ServiceError) as refused:
        preflight.check(parse(["--data-dir", str(folder), *arguments]), data)
    return refused.value


def test_a_second_up_on_the_same_data_is_refused_and_told_where_the_first_is(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with preflight.take_data_dir(data):
        running = state.State(Identity(4711, 0.0, "python"), env={"WEFT_BASE_URL": "http://127.0.0.1:8000"})
        state.write(data.state, running)

        with pytest.raises(ServiceError) as refused:
            preflight.take_data_dir(data)

    assert refused.value.code == "already_running"
    assert f"Weft already runs on the data directory {tmp_path} as process 4711 at http://127.0.0.1:8000." in str(
        refused.value
    )
    preflight.take_data_dir(data).close()


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")

    with pytest.raises(ServiceError, match="Cannot write to the data directory") as refused:
        preflight.take_data_dir(DataDir(blocked / "data"))

    assert refused.value.code == "data_dir_unusable"


def test_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, 12_000_000))

    error = refusal(tmp_path)

    assert error.code == "disk_full"
    assert error.message.startswith(f"Only 12 MB are free where {tmp_path} lies")


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    for option in ("--model", "--embedding", "--reranker"):
        error = refusal(tmp_path, option, str(tmp_path / "qwen"))

        assert error.code == "model_missing"
        assert f"{option} takes a model directory" in error.message


@pytest.mark.parametrize("port", ["0", "70000"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    assert refusal(tmp_path, "--port", port).code == "port_invalid"


def test_a_server_of_ones_own_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("REDIS_URL", f"redis://:secret@127.0.0.1:{port}/0")

    error = refusal(tmp_path)

    assert error.code == "external_unreachable"
    assert error.message.startswith(f"REDIS_URL names 127.0.0.1:{port}, but nothing answers there")
    assert "secret" not in error.message


def test_a_good_machine_passes(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()

    preflight.check(parse(["--data-dir", str(tmp_path), "--port", str(free_port())]), data)

    assert os.stat(data.run).st_mode & 0o077 == 0
