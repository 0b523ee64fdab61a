import sys
from pathlib import Path

from tests.processes import is_running, make_service
from weft.services import state
from weft.services.layout import DataDir
from weft.services.process import Identity, spawn
from weft.services.recovery import end_leftovers


def make_data(folder: Path) -> DataDir:
    data = DataDir(folder)
    data.make()
    data.postgres.mkdir()
    return data


def test_what_a_killed_up_left_running_is_ended(tmp_path: Path) -> None:
    data = make_data(tmp_path)
    left = spawn(make_service(tmp_path), survive_us=True)
    state.write(data.state, state.State(processes={"sleeper": Identity.of(left.pid, sys.executable)}))

    found = end_leftovers(data, state.read(data.state))

    assert found == ["sleeper"]
    assert left.poll() is not None


def test_a_process_that_only_has_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    data = make_data(tmp_path)
    stranger = spawn(make_service(tmp_path), survive_us=True)
    older = Identity(stranger.pid, Identity.of(stranger.pid, sys.executable).started - 100, "python")

    assert end_leftovers(data, state.State(processes={"web": older})) == []
    assert is_running(stranger.pid)

    stranger.kill()
    stranger.wait()


def test_a_lock_file_of_postgres_whose_pid_is_another_program_is_removed(tmp_path: Path) -> None:
    data = make_data(tmp_path)
    stranger = spawn(make_service(tmp_path), survive_us=True)
    lock = data.postgres / "postmaster.pid"
    lock.write_text(f"{stranger.pid}\n{data.postgres}\n")

    assert end_leftovers(data, state.State()) == []
    assert not lock.exists()
    assert is_running(stranger.pid)

    stranger.kill()
    stranger.wait()


def test_an_unreadable_state_is_an_empty_one(tmp_path: Path) -> None:
    data = make_data(tmp_path)
    data.state.write_text("{")

    assert state.read(data.state) == state.State()
    assert end_leftovers(data, state.read(data.state)) == []
