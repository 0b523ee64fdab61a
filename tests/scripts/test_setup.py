"""Set-up by the standard library: what it says when the machine is not as it should be, and what it remembers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "scripts" / "setup"


def in_setup(code: str) -> str:
    """Run `code` beside set-up's modules, in a process of its own: their names are too plain to be imported here."""
    done = subprocess.run([sys.executable, "-c", code], cwd=SETUP, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def find_python(**env: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts" / "find_python.sh"
    return subprocess.run(
        ["/bin/sh", str(script)],
        cwd="/",
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_that_does_not_fit_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\necho no such version >&2\nexit 127\n")
    broken.chmod(0o755)

    done = find_python(PYTHON=str(broken))

    assert (done.returncode, done.stdout) == (1, "")
    assert f"PYTHON={broken} is no Python 3.11 or 3.12" in done.stderr


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    (tmp_path / "python3.11").symlink_to(sys.executable)
    (tmp_path / "python3").symlink_to(sys.executable)

    done = find_python(PATH=str(tmp_path))

    assert (done.returncode, done.stdout.strip()) == (0, "python3.11")


def test_no_python_at_all_says_what_to_install(tmp_path: Path) -> None:
    done = find_python(PATH=str(tmp_path))

    assert done.returncode == 1
    assert "apt-get install python3 python3-venv" in done.stderr


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full."),
        ("npm error code ENOSPC", "The disk is full."),
        ("Failed to establish a new connection: [Errno -2] Name or service not known", "cannot be reached"),
        ("ERROR: No matching distribution found for weft-nothing==1", "lacks a package"),
    ],
)
def test_a_failure_from_outside_is_explained(output: str, sentence: str) -> None:
    assert sentence in in_setup(f"import shell; print(shell.explain('Python packages', [{output!r}]))")


def test_an_unknown_failure_shows_its_own_words_without_the_stack() -> None:
    text = in_setup(
        "import shell; print(shell.explain('Build', ['Module not found: ./Page', '    at build (x.mjs:1)']))"
    )

    assert text.splitlines()[-1].strip() == "Module not found: ./Page"


def test_a_step_is_remembered_by_what_it_was_made_from(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("one")
    code = f"import stamp, pathlib; print(stamp.digest([pathlib.Path({str(tmp_path)!r}) / 'lock'], 'cpu'))"

    first, again = in_setup(code), in_setup(code)
    (tmp_path / "lock").write_text("two")

    assert first == again
    assert in_setup(code) != first
