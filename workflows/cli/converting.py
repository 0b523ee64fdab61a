"""`convert`: a file in the other format, and on standard error what that format does not say."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from workflows.cli.failing import CommandError
from workflows.cli.sources import read_file
from workflows.dsl import dump, export_dify, load
from workflows.errors import DefinitionError, Fault


def add_convert(parser: argparse.ArgumentParser) -> None:
    """The arguments of `convert`."""
    parser.add_argument("file", type=Path, help="a Weft or Dify YAML file")
    parser.add_argument("--to", choices=("weft", "dify"), required=True, help="the format to write")
    parser.add_argument("--out", type=Path, help="where to write it; standard output where it is left out")
    parser.set_defaults(command=convert)


def convert(args: argparse.Namespace) -> int:
    """Write the file anew; exit code 1 when it cannot be read."""
    try:
        text, faults = converted(args.file, args.to)
    except DefinitionError as error:
        _tell(error.faults)
        return 1
    _tell(faults)
    if args.out is None:
        sys.stdout.write(text)
        return 0
    try:
        args.out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise CommandError(f"{args.out} cannot be written: {error.strerror}.") from error
    return 0


def converted(path: Path, to: str) -> tuple[str, list[Fault]]:
    """A file's text in the format `weft` or `dify`, and what that text does not say. Raises DefinitionError."""
    definition = load(read_file(path))
    if to == "dify":
        exported = export_dify(definition)
        return exported.text, [*definition.faults, *exported.faults]
    return dump(definition), list(definition.faults)


def _tell(faults: list[Fault]) -> None:
    for fault in faults:
        print(json.dumps(fault.to_dict(), ensure_ascii=False), file=sys.stderr)
