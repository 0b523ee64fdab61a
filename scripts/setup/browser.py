"""A real Chromium for the browser tests: the installed one, else Debian's where we may, else how to get one."""

from __future__ import annotations

import os
import shutil
import subprocess

from errors import SetupError
from shell import run

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def make() -> None:
    """Raises SetupError when no browser is there and none can be installed: a test that is skipped proves nothing."""
    if os.environ.get("WEFT_CHROMIUM") or any(shutil.which(name) for name in NAMES):
        return
    apt = shutil.which("apt-get")
    if apt is None:
        raise SetupError("The browser tests need Chromium. Install it, or set WEFT_CHROMIUM to its program.")
    prefix = _privilege()
    if prefix is None:
        raise SetupError(
            "The browser tests need Chromium, and installing it needs root. Run `sudo apt-get install chromium`, "
            "or set WEFT_CHROMIUM to a Chromium you have; then run `make test` again."
        )
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("Package lists", [*prefix, apt, "update"], env=env)
    run("Chromium", [*prefix, apt, "install", "-y", "--no-install-recommends", "chromium"], env=env, progress=str.strip)


def _privilege() -> list[str] | None:
    """How to run a command as root without being asked for a password; None when we may not."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None
