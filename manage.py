#!/usr/bin/env python
"""Weft's command line. `up` is handled before Django loads, so that the supervisor stays small."""

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def _take_data_dir(argv: list[str]) -> list[str]:
    """Remove `--data-dir DIR` from a Django command's arguments and put it where the settings look for it."""
    rest: list[str] = []
    arguments = iter(argv)
    for argument in arguments:
        if argument == "--data-dir":
            os.environ["WEFT_DATA_DIR"] = next(arguments, "")
        elif argument.startswith("--data-dir="):
            os.environ["WEFT_DATA_DIR"] = argument.partition("=")[2]
        else:
            rest.append(argument)
    return rest


def _use_own_environment() -> None:
    """Go on in the environment that `make setup` made, when this Python lacks Weft's packages."""
    python = ROOT / ".venv" / "bin" / "python"
    if importlib.util.find_spec("django") is None and python.exists():
        os.execv(python, [str(python), *sys.argv])


def main() -> None:
    _use_own_environment()
    sys.path.insert(0, str(ROOT / "platform"))
    if sys.argv[1:2] == ["up"]:
        from weft.services.supervisor import main as up

        sys.exit(up(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weft.settings.base")
    from django.core.management import execute_from_command_line

    execute_from_command_line(_take_data_dir(sys.argv))


if __name__ == "__main__":
    main()
