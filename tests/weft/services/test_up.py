"""`manage.py up` for real, without the slow parts: inference and workers. The tests share one installation."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.processes import wait_for
from tests.running import Up, command, environment, none_runs
from weft.services.layout import ROOT


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up(tmp_path_factory.mktemp("up") / "data", arguments=("--no-inference", "--no-worker"))
    yield up.ensure()
    up.stop()


@pytest.fixture
def up(installation: Up) -> Up:
    return installation.ensure()


def refused(*arguments: str) -> str:
    """The output of an `up` that must not start."""
    done = subprocess.run(
        command("up", *arguments), cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stdout


def test_it_starts_says_where_it_is_and_offers_the_first_account(up: Up) -> None:
    status, report = up.get("/readyz")

    assert status == 200
    assert {name: each["status"] for name, each in json.loads(report)["services"].items()} == {
        "database": "ok",
        "redis": "ok",
        "chroma": "ok",
        "inference": "off",
    }
    assert up.get("/healthz")[0] == 200
    assert f"Weft is ready after {up.output.partition('ready after ')[2].split()[0]} s: http://127.0.0.1:{up.port}" in (
        up.output
    )
    assert f"http://127.0.0.1:{up.port}/setup?token=" in up.output


def test_everything_listens_on_loopback_only(up: Up) -> None:
    family = [process for pid in up.pids().values() for process in (psutil.Process(pid),)]

    listening = {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize("name", ["redis", "web", "chroma", "postgres"])
def test_what_dies_is_started_again(up: Up, name: str) -> None:
    others = {each: pid for each, pid in up.pids().items() if each != name}

    up.kill(name)

    assert {each: pid for each, pid in up.pids().items() if each != name} == others


def test_a_second_up_on_the_same_data_is_refused(up: Up) -> None:
    output = refused("--data-dir", str(up.data.path), "--port", str(up.port + 1))

    assert f"Weft already runs on the data directory {up.data.path} as process {up.pid}" in output
    assert up.get("/readyz")[0] == 200


def test_a_busy_port_is_refused_with_its_holder(up: Up, tmp_path: Path) -> None:
    output = refused("--data-dir", str(tmp_path / "other"), "--port", str(up.port))

    assert f"Port {up.port} on 127.0.0.1 is in use by " in output
    assert f"(process {up.pids()['web']})" in output
    assert f"make up PORT={up.port + 1}" in output


def test_a_command_beside_it_finds_its_services(up: Up) -> None:
    done = subprocess.run(
        command("setup_link", "--data-dir", str(up.data.path)),
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert done.stdout.startswith(f"http://127.0.0.1:{up.port}/setup?token=")


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_recovers(up: Up) -> None:
    before = up.pids()
    secrets = up.data.secrets.read_bytes()

    up.kill_supervisor()
    wait_for(lambda: none_runs(before), what="the end of every service")
    again = up.ensure()

    assert again.get("/readyz")[0] == 200
    assert set(again.pids()) == set(before)
    assert up.data.secrets.read_bytes() == secrets
    assert "migrations applied" not in up.output


def test_it_ends_cleanly_and_leaves_no_process(up: Up) -> None:
    services = up.pids()
    family = psutil.Process(up.pid).children(recursive=True)

    code = up.stop()

    assert code == 0
    assert none_runs(services)
    assert not any(process.is_running() for process in family)
    assert up.output.endswith("Stopping …\nEverything is stopped.\n")
    assert not os.path.exists(up.data.postgres / "postmaster.pid")
    assert up.pids() == {}
