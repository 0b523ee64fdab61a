"""The command line: `python -m inference serve`, `models`, `check-kernels`, `simulate`, `bench`.

Reads arguments and the environment; heavy imports wait until they are understood.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from inference.config import EngineConfig, ServerConfig, default_threads
from inference.errors import InferenceError, ModelLoadError
from inference.hub import cli
from inference.hub.network import hub_address
from inference.server.engine_flags import add_engine_flags, engine_settings
from inference.server.flags import add_limits, count, patience, port, server_limits
from inference.server.listen import bind

KEY_VARIABLE = "WEFT_INFERENCE_TOKEN"
ROOTS_VARIABLE = "WEFT_MODELS_ROOTS"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code. Faults are one sentence on stderr."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    try:
        commands = {
            "serve": _serve,
            "models": cli.run,
            "check-kernels": _check_kernels,
            "simulate": _simulate,
            "bench": _bench,
        }
        return commands[options.command](options)
    except InferenceError as error:
        print(f"inference: {error.message}", file=sys.stderr)
        return 1


def _check_kernels(options: argparse.Namespace) -> int:
    from inference.kernels.gate.check import check

    lines, passed = check(options.kernels)
    print("\n".join(lines))
    return 0 if passed else 1


def _simulate(options: argparse.Namespace) -> int:
    from inference.simulate.study import report

    for line in report(seconds=options.seconds, seed=options.seed):
        print(line, flush=True)
    return 0


def _bench(options: argparse.Namespace) -> int:
    from inference.bench.run import bench

    return bench(options.stages, out=options.out, skip_done=options.skip_done, rehearse=options.rehearse)


def _serve(options: argparse.Namespace) -> int:
    if options.reference:
        os.environ["WEFT_KERNELS"] = "reference"
    bound = bind(options.host, options.port)
    # Before the hub is switched off for the libraries that would ask it by themselves.
    hub = hub_address()
    _quieten_threads(options.threads)
    # torch takes seconds to import; a wrong argument must not wait for it.
    from inference.server.assemble import Served, assemble, pick_device
    from inference.server.process import run

    server = ServerConfig(
        host=options.host,
        port=options.port,
        api_key=options.api_key or os.environ.get(KEY_VARIABLE) or None,
        drain_s=options.drain_s,
        **server_limits(options),
    )
    served = Served(
        model=_model_directory(options.model),
        model_id=None if options.model is None or Path(options.model).expanduser().is_dir() else options.model,
        adapters=_adapters(options.adapter, options.model),
        embedding=_directory(options.embedding),
        reranker=_directory(options.reranker),
        models_dir=options.models_dir,
        models_roots=tuple(options.models_root) or _roots_of_environment(),
        hub=hub,
        device=pick_device(options.device, threads=options.threads),
        dtype=options.dtype,
    )
    engine = EngineConfig(
        max_waiting=options.max_waiting,
        max_model_len=options.max_model_len,
        quantization=options.quantization,
        kv_cache_dtype=options.kv_cache_dtype,
        **engine_settings(options),
    )
    process = assemble(served, server, engine)
    run(process.serve_until_signalled(bound))
    return 0


def _roots_of_environment() -> tuple[Path, ...]:
    return tuple(Path(root) for root in os.environ.get(ROOTS_VARIABLE, "").split(os.pathsep) if root)


def _quieten_threads(threads: int) -> None:
    """Set before torch is loaded: spinning thread pools starve the processes that share the cores."""
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")


def _model_directory(name: str | None) -> Path | None:
    """A directory as it is; anything else is a hub id, taken from the local cache, or downloaded when the hub is
    allowed.
    """
    if name is None or Path(name).expanduser().is_dir():
        return _directory(name)
    # Imported only when there is an id to resolve.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.jinja"]))
    except HFValidationError as error:
        raise ModelLoadError("model_missing", f"--model {name} is neither a directory nor a hub id.") from error
    except (LocalEntryNotFoundError, RepositoryNotFoundError) as error:
        raise ModelLoadError(
            "model_missing",
            f"--model {name} is no directory, and the hub's copy is not on this machine or cannot be reached; "
            "set HF_HUB_OFFLINE=0 to allow a download, or name a local directory.",
        ) from error


def _adapters(given: Sequence[str], model: str | None) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for each in given:
        name, _, directory = each.partition("=")
        path = _directory(directory or None)
        if not name or path is None or name in found or model is None:
            raise ModelLoadError(
                "adapter_invalid", f"--adapter {each}: give NAME=DIR with --model, each name once and a PEFT directory."
            )
        found[name] = path
    return found


def _directory(name: str | None) -> Path | None:
    if name is None:
        return None
    path = Path(name).expanduser().resolve()
    if not path.is_dir():
        raise ModelLoadError("model_missing", f"{name} is not a directory; name a Hugging Face model directory.")
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference", description="Weft's model server.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve models over an OpenAI-compatible API")
    serve.add_argument(
        "--model",
        metavar="DIR_OR_ID",
        help="language model of a family that is served; without it only embeddings and quotes",
    )
    serve.add_argument(
        "--adapter", metavar="NAME=DIR", action="append", default=[], help="PEFT adapter of the model, served as NAME"
    )
    serve.add_argument("--embedding", metavar="DIR", help="sentence encoder; default: the bundled all-MiniLM-L6-v2")
    serve.add_argument("--reranker", metavar="DIR", help="cross-encoder for /v1/rerank")
    serve.add_argument(
        "--models-dir", metavar="DIR", type=Path, help="folder of the library of models, which /admin/models manages"
    )
    serve.add_argument(
        "--models-root",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help=f"folder below which directories may be registered; default: those in ${ROOTS_VARIABLE}",
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=port, default=8100, help="0 for any that is free (default: %(default)s)")
    serve.add_argument(
        "--device",
        choices=("auto", "cuda", "cpu"),
        default="auto",
        help="auto: a GPU where torch sees one (default: %(default)s)",
    )
    serve.add_argument(
        "--threads",
        metavar="N",
        type=count,
        default=default_threads(),
        help="CPU threads for arithmetic (default: %(default)s)",
    )
    serve.add_argument(
        "--dtype",
        choices=("auto", "float32", "bfloat16", "float16"),
        default="auto",
        help="of whole weights; auto: float32 on a CPU, on a GPU the checkpoint's (default: %(default)s)",
    )
    serve.add_argument(
        "--quantization",
        choices=("fp8", "int8", "none"),
        default="none",
        help="round the layers' weights while loading: fp8 for GPUs, int8 for CPUs (default: as the checkpoint is)",
    )
    serve.add_argument(
        "--kv-cache-dtype",
        choices=("auto", "fp8"),
        default="auto",
        help="of keys and values in the cache: the model's own, or fp8, half of bf16's bytes (default: %(default)s)",
    )
    serve.add_argument(
        "--max-model-len", metavar="N", type=count, help="longest sequence served; default: what the model was made for"
    )
    serve.add_argument("--api-key", metavar="KEY", help=f"bearer token clients must send; default: ${KEY_VARIABLE}")
    serve.add_argument(
        "--drain-s",
        metavar="S",
        type=patience,
        default=30.0,
        help="seconds running requests get after SIGTERM (default: %(default)s)",
    )
    serve.add_argument(
        "--reference", action="store_true", help="compute with plain torch, no kernels: to find out who is wrong"
    )
    add_limits(serve)
    add_engine_flags(serve)
    cli.add_arguments(commands.add_parser("models", help="the library of models: list, download, remove"))
    gate = commands.add_parser("check-kernels", help="compile every shipped kernel for Hopper; needs no GPU")
    gate.add_argument("kernels", nargs="*", metavar="KERNEL", help="default: all")
    simulate = commands.add_parser(
        "simulate", help="play workflow traffic against the scheduler, with and without hints"
    )
    simulate.add_argument("--seconds", type=float, default=300.0, help="of arrivals (default: %(default)s)")
    simulate.add_argument("--seed", type=int, default=1)
    bench = commands.add_parser("bench", help="measure this machine's GPU: ceilings, kernels, models")
    bench.add_argument("stages", nargs="*", metavar="STAGE", help="default: all, in order")
    bench.add_argument(
        "--out",
        type=Path,
        default=Path("data/bench"),
        help="where results.jsonl and results.md go (default: %(default)s)",
    )
    bench.add_argument("--skip-done", action="store_true", help="go on where an earlier run stopped")
    bench.add_argument("--rehearse", action="store_true", help="on the CPU, tiny shapes, twins for kernels")
    for command in (serve, gate, simulate, bench):
        command.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="info")
    return parser


if __name__ == "__main__":
    sys.exit(main())
