import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.processes import is_running, make_service, wait_for
from weft.services.layout import ROOT
from weft.services.process import Identity, end, spawn

FAMILY = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("child.pid").write_text(str(child.pid))
time.sleep(600)
"""
PARENT = """
import sys, time
from pathlib import Path
from tests.processes import make_service
from weft.services.process import spawn
process = spawn(make_service(Path(sys.argv[1])))
Path(sys.argv[1], "service.pid").write_text(str(process.pid))
time.sleep(600)
"""


def number(path: Path) -> int:
    wait_for(lambda: path.exists() and path.read_text(), what=path.name)
    return int(path.read_text())


def test_a_service_leads_a_session_of_its_own(tmp_path: Path) -> None:
    process = spawn(make_service(tmp_path))
    identity = Identity.of(process.pid, sys.executable)

    wait_for(lambda: os.getsid(process.pid) == process.pid, what="the session")
    end(identity, stop_signal=signal.SIGTERM, timeout_s=2)

    assert process.wait() == -signal.SIGTERM


def test_ending_a_service_takes_its_children_along(tmp_path: Path) -> None:
    process = spawn(make_service(tmp_path, FAMILY))
    child = number(tmp_path / "child.pid")

    end(Identity.of(process.pid, sys.executable), stop_signal=signal.SIGTERM, timeout_s=2)

    process.wait()
    wait_for(lambda: not is_running(child), what="the child's end")


def test_a_service_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('deaf', 'w'); time.sleep(600)"
    process = spawn(make_service(tmp_path, stubborn))
    wait_for((tmp_path / "deaf").exists)

    end(Identity.of(process.pid, sys.executable), stop_signal=signal.SIGTERM, timeout_s=0.2)

    assert process.wait() == -signal.SIGKILL


def test_a_later_process_with_the_same_pid_is_not_ours(tmp_path: Path) -> None:
    process = spawn(make_service(tmp_path))
    ours = Identity.of(process.pid, sys.executable)

    assert ours.alive()
    assert not replace(ours, started=ours.started - 60).alive()
    assert not replace(ours, program="postgres").alive()

    process.kill()
    process.wait()
    assert not ours.alive()


def test_a_service_dies_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"}
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], env=env)
    service = number(tmp_path / "service.pid")
    wait_for(lambda: "sleep(600)" in Path(f"/proc/{service}/cmdline").read_text().rpartition("--")[2])

    parent.kill()
    parent.wait()

    wait_for(lambda: not is_running(service), what="the service's end")
