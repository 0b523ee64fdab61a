"""Arguments of `python -m workflows` and where each command goes.

Exit codes: 0 done, 1 the file or the run failed, 2 the command line is wrong.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from workflows import schema


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = _parser().parse_args(argv)
    return int(args.command(args))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workflows", description="Weft's workflow engine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_schema(commands.add_parser("schema", help="print the event schema"))
    return parser


def _add_schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--typescript", action="store_true", help="as TypeScript types")
    parser.set_defaults(command=_schema)


def _schema(args: argparse.Namespace) -> int:
    print(schema.typescript() if args.typescript else schema.schema_json(), end="")
    return 0
