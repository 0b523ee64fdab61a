"""Run a long command with one line of progress; on failure, say why in a sentence. Knows no particular command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from errors import SetupError
from paths import LOG

QUIET_INTERVAL_S = 15.0
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# What a program prints when something outside of it is wrong -> what to do about it. The first match wins.
CAUSES = (
    ("No space left on device", "The disk is full. Free a few gigabytes and run the same command again."),
    ("ENOSPC", "The disk is full. Free a few gigabytes and run the same command again."),
    ("Disk quota exceeded", "Your disk quota is used up. Free a few gigabytes and run the same command again."),
    ("Permission denied", "A file or folder here belongs to another user. Take it over (chown) or use a fresh clone."),
    ("Temporary failure in name resolution", "The package registry cannot be reached: check the network or the proxy."),
    ("Name or service not known", "The package registry cannot be reached: check the network or the proxy."),
    ("Failed to establish a new connection", "The package registry cannot be reached: check the network or the proxy."),
    ("ENOTFOUND", "The package registry cannot be reached: check the network or the proxy."),
    ("ECONNREFUSED", "The package registry cannot be reached: check the network or the proxy."),
    ("ETIMEDOUT", "The package registry does not answer in time: check the network or the proxy."),
    ("Read timed out", "The package registry does not answer in time: run the same command again."),
    ("No matching distribution found", "The package registry lacks a package that Weft needs; its name is in the log."),
    ("hash sum mismatch", "A download was damaged: run the same command again."),
)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(
    title: str,
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    progress: Callable[[str], str | None] = lambda _line: None,
) -> None:
    """Run `command` to its end, its output in the log. `progress` turns a line into a word of progress, or None."""
    started = time.monotonic()
    lines: list[str] = []
    ticker = _Ticker(title)
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n== {title}: {' '.join(map(str, command))}\n")
        try:
            process = subprocess.Popen(
                [str(word) for word in command], cwd=cwd, env={**(env or os.environ), "NO_COLOR": "1"},
                text=True, errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except FileNotFoundError as exc:
            raise SetupError(f"{title}: {command[0]} was not found.") from exc
        try:
            for raw in process.stdout or ():
                line = COLOUR.sub("", raw)
                log.write(line)
                lines.append(line.rstrip())
                ticker.tick(progress(line))
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    ticker.clear()
    if code != 0:
        raise SetupError(explain(title, lines))
    say(f"  ✓ {title} ({time.monotonic() - started:.0f} s)")


def explain(title: str, lines: Sequence[str]) -> str:
    """The sentence for a command that failed with this output."""
    text = "\n".join(lines)
    for sign, remedy in CAUSES:
        if sign.lower() in text.lower():
            return f"{title} failed. {remedy} (Details: {LOG})"
    told = [line for line in lines if line.strip() and not line.lstrip().startswith("at ")]  # without stack traces
    tail = "\n".join(f"    {line}" for line in told[-12:])
    return f"{title} failed. The end of its output (all of it is in {LOG}):\n{tail}"


class _Ticker:
    """One line that changes in place on a terminal; a line now and then elsewhere."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started = self._shown = time.monotonic()
        self._terminal = sys.stdout.isatty()
        if self._terminal:
            sys.stdout.write(f"  … {title}")
            sys.stdout.flush()
        else:
            say(f"  … {title}")

    def tick(self, word: str | None) -> None:
        now = time.monotonic()
        if word is None or now - self._shown < (0.1 if self._terminal else QUIET_INTERVAL_S):
            return
        self._shown = now
        text = f"  … {self._title}: {word} ({now - self._started:.0f} s)"
        if self._terminal:
            sys.stdout.write(f"\r\033[K{text[:110]}")
            sys.stdout.flush()
        else:
            say(text)

    def clear(self) -> None:
        if self._terminal:
            sys.stdout.write("\r\033[K")
