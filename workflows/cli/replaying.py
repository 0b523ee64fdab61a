"""`replay`: a recorded run again, from what `run --events` printed, live only where something changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflows import state
from workflows.blobs import BlobReader
from workflows.cli.failing import CommandError
from workflows.cli.logs import carried_library, definition_of, read_log, started
from workflows.cli.ports import command_ports
from workflows.cli.running import exit_code, print_event, read_plan, refuse, result
from workflows.cli.sources import first_of, library_beside
from workflows.compiler import compile
from workflows.errors import BlobError, DefinitionError, WorkflowError
from workflows.events import Event
from workflows.plan import Plan
from workflows.replay import Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayArguments:
    """What the command line asks for."""

    log: Path
    file: Path | None = None
    node: str = ""
    values: dict[str, Any] | None = None
    inputs: dict[str, Any] | None = None
    allow_once: bool = False
    blobs: Path | None = None
    llm_base_url: str = ""


async def replay_log(arguments: ReplayArguments, *, events: bool) -> int:
    """Replay and print; the exit code is 0 when the run finished or waits. Raises CommandError."""
    log = read_log(arguments.log)
    try:
        plan = read_plan(arguments.file, log, arguments.log)
        recorded = _recorded_plan(arguments, log) or plan
    except DefinitionError as error:
        return refuse(error.code, error.message, error.faults)
    except OSError as error:
        return refuse("file_unreadable", f"{error.filename}: {error.strerror}", [])
    folded = state.RunState()
    given = started(log).sys.get("files") or []
    async with command_ports(llm_base_url=arguments.llm_base_url, files=given, blobs=arguments.blobs) as ports:
        try:
            replay = Replay(
                plan,
                await BlobReader(ports.blobs).hydrate(log),
                recorded=recorded,
                node=arguments.node,
                values=arguments.values,
                inputs=arguments.inputs,
                allow_once=arguments.allow_once,
            )
        except BlobError as error:
            raise CommandError(f"{error.message} Give the folder with --blobs.") from error
        except WorkflowError as error:
            raise CommandError(error.message) from error
        async for event in replay.run(ports):
            state.apply(folded, event)
            if events:
                print_event(plan, event)
    if not events:
        counts = {"replayed": sum(replay.replayed.values()), "live": sum(replay.live.values())}
        print(json.dumps({**result(plan, folded), **counts, "live_nodes": sorted(replay.live)}, ensure_ascii=False))
    return exit_code(folded)


def _recorded_plan(arguments: ReplayArguments, log: list[Event]) -> Plan | None:
    """The plan the log was made with, when it carries one; else that of the file stands for it."""
    if arguments.file is None or started(log).definition is None:
        return None
    library = first_of(carried_library(log), library_beside(arguments.log))
    return compile(definition_of(log, arguments.log), library)
