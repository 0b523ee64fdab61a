"""`run`: a definition without a server, from its beginning or from the log of a run that was cut off or waits."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from workflows import state
from workflows.budget import read_limits
from workflows.cli.answers import answer
from workflows.cli.failing import CommandError
from workflows.cli.files import file_value
from workflows.cli.logs import carried_library, definition_of, read_log, started
from workflows.cli.ports import command_ports
from workflows.cli.sources import first_of, library_beside
from workflows.compiler import compile
from workflows.dsl import load
from workflows.errors import BlobError, DefinitionError, Fault, WorkflowError
from workflows.events import Event, RunStarted, encode
from workflows.plan import Plan
from workflows.ports import Ports, RunInputs, Signal
from workflows.runner import run
from workflows.waits import open_waits


@dataclass(frozen=True, slots=True, kw_only=True)
class RunArguments:
    """What the command line asks for. A run that goes on has `resume`, and nothing that belongs to a beginning."""

    file: Path | None
    inputs: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    conversation: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    root: str = ""
    limits: dict[str, Any] | None = None
    signals: list[dict[str, Any]] = field(default_factory=list)
    resume: Path | None = None
    blobs: Path | None = None
    llm_base_url: str = ""

    @property
    def begins(self) -> bool:
        """Whether something is asked for that only the beginning of a run can have."""
        return bool(self.inputs or self.query or self.conversation or self.history or self.files or self.root)


async def run_file(arguments: RunArguments, *, events: bool) -> int:
    """Run and print; the exit code is 0 when the run finished or waits. Raises CommandError."""
    log = _read_resumed(arguments)
    try:
        plan = read_plan(arguments.file, log, arguments.resume)
        files = [file_value(path) for path in arguments.files]
    except DefinitionError as error:
        return refuse(error.code, error.message, error.faults)
    except OSError as error:
        return refuse("file_unreadable", f"{error.filename}: {error.strerror}", [])
    _check_beginning(arguments, plan)
    given = started(log).sys.get("files") or [] if log else files
    async with command_ports(llm_base_url=arguments.llm_base_url, files=given, blobs=arguments.blobs) as ports:
        session = _Session(plan, ports, log, events=events)
        try:
            await session.run(_inputs(arguments, files), list(arguments.signals))
        except BlobError as error:
            raise CommandError(f"{error.message} Give the folder with --blobs.") from error
    if not events:
        print(json.dumps(result(plan, session.state), ensure_ascii=False))
    return exit_code(session.state)


def _read_resumed(arguments: RunArguments) -> list[Event]:
    if arguments.resume is None:
        return []
    if arguments.begins or arguments.limits is not None:
        raise CommandError(
            "A run that goes on has its beginning in the log. Leave out what belongs to a beginning, or use `replay` "
            "to run it again with other inputs."
        )
    return read_log(arguments.resume)


def read_plan(file: Path | None, log: list[Event], log_path: Path | None) -> Plan:
    """The plan of a file, or of the definition that a log carries."""
    carried = [carried_library(log)] if log else []
    if file is not None:
        return compile(load(file.read_bytes()), first_of(library_beside(file), *carried))
    if log_path is None:
        raise CommandError("Give the file to run, or the log of a run with --resume.")
    return compile(definition_of(log, log_path), first_of(*carried, library_beside(log_path)))


def _check_beginning(arguments: RunArguments, plan: Plan) -> None:
    roots = [plan.nodes[i].id for i in plan.roots]
    if arguments.root and arguments.root not in roots:
        raise CommandError(f"A run cannot begin at {arguments.root!r}. It can at: {', '.join(roots)}.")
    try:
        read_limits(arguments.limits)
    except WorkflowError as error:
        raise CommandError(error.message) from error


class _Session:
    """One run carried on until it ends or waits for something that no signal here brings."""

    def __init__(self, plan: Plan, ports: Ports, log: list[Event], *, events: bool) -> None:
        self.plan, self.ports, self.log, self.events = plan, ports, log, events
        self.state = state.fold(log)

    async def run(self, inputs: RunInputs, rows: list[dict[str, Any]]) -> None:
        """Run; answers among `rows` are given as soon as something waits for them."""
        signals = answer(rows, open_waits(self.state))
        await self._drive(inputs, signals)
        while self.state.status == "paused" and (signals := answer(rows, open_waits(self.state))):
            await self._drive(inputs, signals)
        if rows:
            name = rows[0].get("key") or rows[0].get("node_id")
            raise CommandError(f"Nothing waited for the signal to {name!r}.")

    async def _drive(self, inputs: RunInputs, signals: list[Signal]) -> None:
        run_id = started(self.log).run_id if self.log else None
        seen = list(self.log)
        async for event in run(self.plan, inputs, self.ports, run_id=run_id, log=seen, signals=signals):
            self.log.append(event)
            state.apply(self.state, event)
            if self.events:
                print_event(self.plan, event)


def print_event(plan: Plan, event: Event) -> None:
    """One line of a log. The first one carries the definitions, so that the log alone can be replayed."""
    if isinstance(event, RunStarted):
        called = {name: definition.document for name, definition in plan.called.items()}
        event = msgspec.structs.replace(event, definition=plan.definition.document, called=called)
    print(encode(event).decode(), flush=True)


def _inputs(arguments: RunArguments, files: list[dict[str, Any]]) -> RunInputs:
    return RunInputs(
        inputs=arguments.inputs,
        query=arguments.query,
        files=files,
        conversation=arguments.conversation,
        history=arguments.history,
        dialogue_count=1 + sum(turn.get("role") == "user" for turn in arguments.history),
        user_id="cli",
        root=arguments.root,
        limits=arguments.limits,
    )


def result(plan: Plan, folded: state.RunState) -> dict[str, Any]:
    """What the command prints of a run: a paused one with the waits that hold it."""
    whole = folded.to_dict()
    nodes = {node_id: {"status": node["status"], "error": node["error"]} for node_id, node in whole["nodes"].items()}
    return {
        "status": whole["status"],
        "outputs": whole["outputs"],
        "answer": whole["answer"],
        "error": whole["error"],
        "usage": whole["usage"],
        "elapsed_ms": whole["elapsed_ms"],
        "nodes": nodes,
        **({"reasons": open_waits(folded)} if folded.status == "paused" else {}),
        "warnings": [fault.to_dict() for fault in plan.warnings],
    }


def exit_code(folded: state.RunState) -> int:
    """0 for a run that finished, or that waits as it should."""
    return 0 if folded.status in ("finished", "paused") else 1


def refuse(code: str, message: str, faults: list[Fault]) -> int:
    """Print why nothing ran."""
    error = {"code": code, "message": message, "faults": [fault.to_dict() for fault in faults]}
    print(json.dumps({"status": "failed", "outputs": {}, "answer": "", "error": error}, ensure_ascii=False))
    return 1
