"""`python -m inference models`: what is here, what fits; download, remove. A server starts `pull --json` itself."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from inference.config import default_threads
from inference.errors import InferenceError
from inference.hub.listing import rows
from inference.hub.machine import machine
from inference.hub.network import hub_address
from inference.hub.plan import PARTIAL, done_bytes, plan_of
from inference.hub.removal import sweep
from inference.hub.shelf import Shelf

if TYPE_CHECKING:
    from inference.hub.pull import Progress

FOLDER_VARIABLE = "WEFT_MODELS_DIR"
DEFAULT_FOLDER = Path("data/models")
_BAR = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="models_command", required=True)
    listing = commands.add_parser("list", help="what is on this machine, and what fits its memory")
    getting = commands.add_parser("pull", help="download a model from the hub, or go on with it")
    getting.add_argument("model", metavar="ID", help="such as Qwen/Qwen3-0.6B")
    getting.add_argument("--json", action="store_true", help="a line of JSON instead of a bar")
    removing = commands.add_parser("remove", help="delete a downloaded model")
    removing.add_argument("model", metavar="ID")
    for command in (listing, getting, removing):
        command.add_argument(
            "--models-dir",
            type=Path,
            default=Path(os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER),
            help=f"folder of the library (default: ${FOLDER_VARIABLE} or {DEFAULT_FOLDER})",
        )
        command.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="warning")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit code. Raises InferenceError."""
    commands = {"list": _list, "pull": _pull, "remove": _remove}
    with _usable(options.models_dir):
        return commands[options.models_command](options)


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InferenceError(
            "interrupted",
            f"The models folder {folder} cannot be used ({error.strerror or error}); make it a folder that this "
            "account may write, or choose another with --models-dir.",
        ) from error


def _list(options: argparse.Namespace) -> int:
    shelf = Shelf(options.models_dir)
    device = _device()
    here = machine(device, shelf.folder, threads=default_threads())
    memory = f"{here.memory_bytes / 1e9:.0f} GB {'GPU memory' if device == 'cuda' else 'RAM'}"
    _say(f"{here.name}: {memory}; {here.disk_free_bytes / 1e9:.0f} GB free in {shelf.folder}")
    for row in rows(shelf.copies(), _under_way(shelf.folder), here):
        fit = row["fit"]
        speed = f"about {fit['tokens_per_s']:.1f} tokens/s" if fit["tokens_per_s"] else ""
        size = f"{row['bytes'] / 1e9:6.1f} GB" if row["bytes"] else " " * 9
        verdict = fit["verdict"] if fit["verdict"] != "quantised" else f"fits as {fit['quantization']}"
        _say(f"{row['state']:<11} {row['id']:<46} {size}  {row['licence'] or '':<24} {verdict:<12} {speed}".rstrip())
    return 0


def _device() -> Literal["cuda", "cpu"]:
    """What a server would compute on. torch is asked only where there is a driver."""
    if not Path("/dev/nvidiactl").exists():
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _under_way(folder: Path) -> dict[str, dict[str, object]]:
    """Downloads that have not arrived. Whether one runs now, the server knows alone."""
    found: dict[str, dict[str, object]] = {}
    for place in sorted((folder / PARTIAL).iterdir()) if (folder / PARTIAL).is_dir() else []:
        plan = plan_of(place)
        if plan is not None:
            done = done_bytes(plan, place)
            found[place.name] = {
                "id": plan.model_id,
                "state": "paused",
                "done_bytes": done,
                "total_bytes": plan.n_bytes,
            }
    return found


def _pull(options: argparse.Namespace) -> int:
    # huggingface_hub takes a while to import.
    from inference.hub.pull import pull

    folder = options.models_dir
    say = _say_json if options.json else _draw
    try:
        with _usable(folder):
            folder.mkdir(parents=True, exist_ok=True)
            place = pull(options.model, folder.resolve(), endpoint=hub_address().endpoint, tell=say)
    except InferenceError as error:
        if options.json:
            _say(json.dumps({"code": error.code, "message": error.message}))
            return 1
        raise
    if not options.json:
        _say(f"\n{options.model} is in {place}")
    return 0


def _remove(options: argparse.Namespace) -> int:
    shelf = Shelf(options.models_dir)
    shelf.remove(options.model.replace("/", "--"))
    sweep(shelf.folder)
    _say(f"{options.model} is removed.")
    return 0


def _say_json(progress: Progress) -> None:
    _say(json.dumps(asdict(progress)))


def _draw(progress: Progress) -> None:
    share = progress.done_bytes / progress.total_bytes if progress.total_bytes else 0.0
    bar = "#" * round(share * _BAR)
    rate = f"{progress.bytes_per_s / 1e6:.1f} MB/s" if progress.bytes_per_s else progress.phase
    left = f"{progress.eta_s:.0f} s to go" if progress.eta_s is not None else ""
    line = f"[{bar:<{_BAR}}] {100 * share:3.0f} % of {progress.total_bytes / 1e9:.2f} GB  {rate}  {left}"
    sys.stderr.write(f"\r{line:<90}" if sys.stderr.isatty() else f"{line.rstrip()}\n")
    sys.stderr.flush()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
