"""Arguments of `python -m workflows` and where each command goes.

Exit codes: 0 done, 1 the file or the run failed, 2 the command line is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows import schema
from workflows.cli.checking import check_file
from workflows.cli.running import RunArguments, run_file


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = _parser().parse_args(argv)
    return int(args.command(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workflows", description="Weft's workflow engine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="run a definition and print its result as JSON"))
    _add_check(commands.add_parser("check", help="say what would not run and why, one JSON line a file"))
    _add_schema(commands.add_parser("schema", help="print the event schema"))
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a Weft or Dify YAML file")
    parser.add_argument("--inputs", type=_json_object, default={}, help="the start node's inputs, as a JSON object")
    parser.add_argument("--query", default="", help="what the person says, in a chat")
    parser.add_argument(
        "--conversation",
        type=_json,
        default={},
        help="conversation variables as a JSON object, or earlier messages as a list of {role, content}",
    )
    parser.add_argument("--files", nargs="*", type=Path, default=[], help="files given to the run")
    parser.add_argument("--llm-base-url", default="", help="an OpenAI-compatible server for every model call")
    parser.add_argument("--events", action="store_true", help="print every event, one a line, instead of the result")
    parser.set_defaults(command=_run)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path)
    parser.set_defaults(command=_check)


def _add_schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--typescript", action="store_true", help="as TypeScript types")
    parser.set_defaults(command=_schema)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
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
        llm_base_url=args.llm_base_url,
    )
    return asyncio.run(run_file(arguments, events=args.events))


def _check(args: argparse.Namespace) -> int:
    reports = [check_file(path) for path in args.files]
    for report in reports:
        print(json.dumps(report, ensure_ascii=False), flush=True)
    return 0 if all(report["loads"] for report in reports) else 1


def _schema(args: argparse.Namespace) -> int:
    print(schema.typescript() if args.typescript else schema.schema_json(), end="")
    return 0
