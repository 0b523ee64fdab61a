"""`make setup`: everything a fresh clone needs, by the standard library alone; quick when nothing is left to do.

    python scripts/setup [--dev] [--browser]

Each finished step leaves a stamp, so that an interrupted set-up goes on where it was cut off.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import sys

import browser
import environment
from errors import SetupError
from paths import LOG, ROOT
from shell import say

import frontend


def main() -> int:
    parser = argparse.ArgumentParser(description="Set Weft up in this folder.")
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--browser", action="store_true", help="also Chromium for the browser tests")
    options = parser.parse_args()
    try:
        with LOG.open("a", encoding="utf-8") as lock:
            _take(lock.fileno())
            environment.make(dev=options.dev)
            frontend.make()
            if options.browser:
                browser.make()
    except SetupError as error:
        say(f"  ✗ {error}")
        return 1
    except OSError as error:
        say(f"  ✗ {_sentence(error)}")
        return 1
    except KeyboardInterrupt:
        say("\n  ✗ Interrupted. Run the same command again: it goes on where it was.")
        return 130
    return 0


def _take(handle: int) -> None:
    """One set-up at a time in one folder."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        say("  · Another set-up runs in this folder; waiting for it to end …")
        fcntl.flock(handle, fcntl.LOCK_EX)


def _sentence(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full. Free a few gigabytes and run the same command again."
    if error.errno in (errno.EACCES, errno.EROFS):
        return f"Cannot write to {error.filename or ROOT}. Use a clone that belongs to you."
    return f"Set-up failed: {error}"


if __name__ == "__main__":
    sys.exit(main())
