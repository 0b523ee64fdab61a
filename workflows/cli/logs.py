"""Reads a run's log as `run --events` printed it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from workflows.cli.failing import CommandError
from workflows.definition import Definition
from workflows.dsl import load
from workflows.errors import DefinitionError
from workflows.events import Event, RunStarted, decode
from workflows.library import Library, region_name

_SHOWN = 80


def read_log(path: Path) -> list[Event]:
    """The events of a log, `-` being standard input. Raises CommandError naming the line that is none."""
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise CommandError(f"The log {path} cannot be read: {error.strerror}.") from error
    events: list[Event] = []
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            events.append(_event(line, f"Line {number} of the log {path}"))
    _check_order(events, path)
    return events


def _event(line: bytes, where: str) -> Event:
    try:
        return decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CommandError(f"{where} is no event: {str(error)[:_SHOWN]}.") from error


def _check_order(events: list[Event], path: Path) -> None:
    if not events or not isinstance(events[0], RunStarted):
        raise CommandError(f"The log {path} does not begin with run_started: write it with `run FILE --events`.")
    for number, event in enumerate(events, 1):
        if event.seq != number:
            raise CommandError(f"The log {path} has event {event.seq} where event {number} belongs.")


def started(events: list[Event]) -> RunStarted:
    """A log's first event."""
    first = events[0]
    assert isinstance(first, RunStarted)
    return first


def definition_of(events: list[Event], path: Path) -> Definition:
    """The definition that a log carries. Raises CommandError when it carries none that can be read."""
    document: dict[str, Any] | None = started(events).definition
    if document is None:
        raise CommandError(f"The log {path} carries no definition: give the file that was run as well.")
    try:
        return load(document)
    except DefinitionError as error:
        raise CommandError(f"The definition in the log {path} cannot be read: {error.message}") from error


def carried_library(events: list[Event]) -> Library:
    """The workflows that a log carries beside the one it ran."""
    called = started(events).called

    def find(app: str, version: int | None) -> Definition | None:
        document = called.get(region_name(app, version))
        try:
            return load(document) if document is not None else None
        except DefinitionError:
            return None

    return find
