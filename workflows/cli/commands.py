"""Arguments of `python -m workflows` and where each command goes.

Exit codes: 0 done, 1 the file or the run failed, 2 the command line is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows import schema
from workflows.cli.answers import read_signals
from workflows.cli.checking import check_file
from workflows.cli.converting import add_convert
from workflows.cli.failing import CommandError
from workflows.cli.replaying import ReplayArguments, replay_log
from workflows.cli.running import RunArguments, run_file
from workflows.cli.sandboxing import add_sandbox
from workflows.values import TooDeepError, clean


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = _parser().parse_args(argv)
    try:
        return int(args.command(args))
    except CommandError as error:
        print(f"python -m workflows: error: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workflows", description="Weft's workflow engine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="run a definition and print its result as JSON"))
    _add_replay(commands.add_parser("replay", help="run a recorded run again, live only where something changed"))
    _add_check(commands.add_parser("check", help="say what would not run and why, one JSON line a file"))
    add_convert(commands.add_parser("convert", help="write a file in the other format"))
    add_sandbox(commands.add_parser("sandbox", help="say whether programs can be isolated here"))
    _add_schema(commands.add_parser("schema", help="print the event schema"))
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", help="a Weft or Dify YAML file; a log may carry it instead")
    parser.add_argument("--inputs", type=_json_object, default={}, help="the start node's inputs, as a JSON object")
    parser.add_argument("--query", default="", help="what the person says, in a chat")
    parser.add_argument(
        "--conversation",
        type=_json,
        default={},
        help="conversation variables as a JSON object, or earlier messages as a list of {role, content}",
    )
    parser.add_argument("--files", nargs="*", type=Path, default=[], help="files given to the run")
    parser.add_argument("--root", default="", help="the node to begin at, where there are several")
    parser.add_argument("--limits", type=_json_object, help="limits of this run: wall_s, tokens, cost, steps")
    parser.add_argument("--signals", type=_json, default=[], help="answers to what the run waits for, as a list")
    parser.add_argument("--resume", type=Path, metavar="LOG", help="go on with the run whose events are in this file")
    _add_shared(parser)
    parser.set_defaults(command=_run)


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", type=Path, help="what `run --events` printed")
    parser.add_argument("file", type=Path, nargs="?", help="a changed definition; the log's own where it is left out")
    parser.add_argument("--from", dest="node", default="", metavar="NODE", help="run this node again, live")
    parser.add_argument("--with", dest="values", type=_json_object, help="take these as the node's outputs instead")
    parser.add_argument("--inputs", type=_json_object, help="other inputs, as a JSON object")
    parser.add_argument("--allow-once", action="store_true", help="repeat effects that are meant to happen only once")
    _add_shared(parser)
    parser.set_defaults(command=_replay)


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--llm-base-url", default="", help="an OpenAI-compatible server for every model call")
    parser.add_argument("--blobs", type=Path, metavar="FOLDER", help="keep values over 256 KB here, not in the log")
    parser.add_argument("--events", action="store_true", help="print every event, one a line, instead of the result")


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path)
    parser.set_defaults(command=_check)


def _add_schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--typescript", action="store_true", help="as TypeScript types")
    parser.set_defaults(command=_schema)


def _json(text: str) -> Any:
    try:
        return clean(json.loads(text))
    except TooDeepError as error:
        raise argparse.ArgumentTypeError(error.message) from error
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"this is no JSON: {error}") from error


def _json_object(text: str) -> dict[str, Any]:
    value = _json(text)
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("this must be a JSON object")
    return value


def _run(args: argparse.Namespace) -> int:
    history = args.conversation if isinstance(args.conversation, list) else []
    arguments = RunArguments(
        file=args.file,
        inputs=args.inputs,
        query=args.query,
        conversation=args.conversation if isinstance(args.conversation, dict) else {},
        history=[turn for turn in history if isinstance(turn, dict)],
        files=args.files,
        root=args.root,
        limits=args.limits,
        signals=read_signals(args.signals),
        resume=args.resume,
        blobs=args.blobs,
        llm_base_url=args.llm_base_url,
    )
    return asyncio.run(run_file(arguments, events=args.events))


def _replay(args: argparse.Namespace) -> int:
    arguments = ReplayArguments(
        log=args.log,
        file=args.file,
        node=args.node,
        values=args.values,
        inputs=args.inputs,
        allow_once=args.allow_once,
        blobs=args.blobs,
        llm_base_url=args.llm_base_url,
    )
    return asyncio.run(replay_log(arguments, events=args.events))


def _check(args: argparse.Namespace) -> int:
    reports = [check_file(path) for path in args.files]
    for report in reports:
        print(json.dumps(report, ensure_ascii=False), flush=True)
    return 0 if all(report["loads"] for report in reports) else 1


def _schema(args: argparse.Namespace) -> int:
    print(schema.typescript() if args.typescript else schema.schema_json(), end="")
    return 0
