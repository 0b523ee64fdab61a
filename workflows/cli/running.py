"""`run`: a definition without a server, with ports made for the command line."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from workflows import state
from workflows.cli.files import LocalFiles, file_value
from workflows.cli.http import GuardedHttp
from workflows.cli.models import OpenAiModels
from workflows.compiler import compile
from workflows.dsl import load
from workflows.errors import DefinitionError, Fault
from workflows.events import encode
from workflows.plan import Plan
from workflows.ports import Ports, RunInputs
from workflows.runner import run
from workflows.sandbox import MontyCode


@dataclass(frozen=True, slots=True)
class RunArguments:
    """What the command line asks for."""

    file: Path
    inputs: dict[str, Any]
    query: str
    conversation: dict[str, Any]
    history: list[dict[str, Any]]
    files: list[Path]
    llm_base_url: str


async def run_file(arguments: RunArguments, *, events: bool) -> int:
    """Run and print; the exit code is 0 when the run finished."""
    try:
        plan = compile(load(arguments.file.read_bytes()))
        files = [file_value(path) for path in arguments.files]
    except DefinitionError as error:
        return _refuse(error.code, error.message, error.faults)
    except OSError as error:
        return _refuse("file_unreadable", f"{error.filename}: {error.strerror}", [])
    folded = state.RunState()
    async with _ports(arguments, files) as ports:
        async for event in run(plan, _inputs(arguments, files), ports):
            state.apply(folded, event)
            if events:
                print(encode(event).decode(), flush=True)
    if not events:
        print(json.dumps(_result(plan, folded), ensure_ascii=False))
    return 0 if folded.status == "finished" else 1


def _inputs(arguments: RunArguments, files: list[dict[str, Any]]) -> RunInputs:
    return RunInputs(
        inputs=arguments.inputs,
        query=arguments.query,
        files=files,
        conversation=arguments.conversation,
        history=arguments.history,
        dialogue_count=1 + sum(turn.get("role") == "user" for turn in arguments.history),
        user_id="cli",
    )


@asynccontextmanager
async def _ports(arguments: RunArguments, files: list[dict[str, Any]]) -> AsyncIterator[Ports]:
    http = GuardedHttp(os.environ.get("WEFT_EGRESS_ALLOW", ""))
    code = MontyCode()
    async with aiohttp.ClientSession() as session:
        models = None
        if arguments.llm_base_url:
            models = OpenAiModels(session, arguments.llm_base_url, os.environ.get("OPENAI_API_KEY", ""))
        try:
            yield Ports(models=models, http=http, code=code, files=LocalFiles(files, http))
        finally:
            await http.close()
            await code.close()


def _result(plan: Plan, folded: state.RunState) -> dict[str, Any]:
    result = folded.to_dict()
    nodes = {node_id: {"status": node["status"], "error": node["error"]} for node_id, node in result["nodes"].items()}
    return {
        "status": result["status"],
        "outputs": result["outputs"],
        "answer": result["answer"],
        "error": result["error"],
        "usage": result["usage"],
        "elapsed_ms": result["elapsed_ms"],
        "nodes": nodes,
        "warnings": [fault.to_dict() for fault in plan.warnings],
    }


def _refuse(code: str, message: str, faults: list[Fault]) -> int:
    error = {"code": code, "message": message, "faults": [fault.to_dict() for fault in faults]}
    print(json.dumps({"status": "failed", "outputs": {}, "answer": "", "error": error}, ensure_ascii=False))
    return 1
