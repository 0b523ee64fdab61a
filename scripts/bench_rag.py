"""`make bench-rag DATA=DIR [OUT=DIR] [SETS="a b"] [EMBEDDING=DIR]`: how well Weft finds passages, on data handed in.

Starts a Weft of its own under OUT (or uses the one at --url), makes a dataset of each set through the HTTP API with
default settings, asks every question at the endpoint of the retrieval test, has the data's own `eval.py` score the
answers, and writes OUT/SET.jsonl and one table into docs/benchmarks.md. An interrupted run is gone on with, unless the
code has changed meanwhile. DATA stays outside of the repository.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from tests.benchmarks.rag.asking import ask, list_chunks  # noqa: E402
from tests.benchmarks.rag.console import Api, Console  # noqa: E402
from tests.benchmarks.rag.feeding import feed  # noqa: E402
from tests.benchmarks.rag.scores import baselines, score, scorer, short_of, table  # noqa: E402
from tests.benchmarks.rag.sets import DataSet, sets_in  # noqa: E402
from tests.running import Up  # noqa: E402

EMAIL, PASSWORD = "bench@example.org", "correct horse battery"
_BEGAN = time.monotonic()


def tell(sentence: str) -> None:
    print(f"{time.monotonic() - _BEGAN:7.0f} s  {sentence}", flush=True)


def main() -> int:
    args = _arguments()
    data, out = args.data.resolve(), args.out.resolve()
    # so that the Weft which it started ends with it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = sets_in(data, args.sets)
    scorer(data)
    _begin(out, fresh=args.fresh)
    with _weft(args, out) as api:
        model = _served_model(api) if args.embedding else args.embedding_model
        for each in chosen:
            _run(api, each, data, out, model)
    rows = [row for each in sets_in(data, []) if (row := _stored(each, out)) is not None]
    text = table(rows, baselines(data))
    print(f"\n{text}\n")
    if args.write:
        _write("rag-embedding" if model else "rag", text, model)
    for sentence in short_of(rows):
        print(f"short of its bar: {sentence}", file=sys.stderr)
    return 0


def _run(api: Api, chosen: DataSet, data: Path, out: Path, model: str | None) -> None:
    run = out / f"{chosen.name}.jsonl"
    fed = feed(api, chosen.name, chosen.documents(), model, tell)
    for sentence in fed.failed:
        tell(f"{chosen.name}: failed: {sentence}")
    if chosen.kind == "ingest":
        list_chunks(api, fed.dataset_id, run)
    else:
        ask(api, chosen, fed.dataset_id, run, tell)
    note = out / f"{chosen.name}.note.json"
    before = json.loads(note.read_text()) if note.exists() else {}
    seconds = fed.seconds if fed.seconds is not None else before.get("fed_s")
    note.write_text(json.dumps({"chunks": fed.chunk_count, "fed_s": seconds, "failed": len(fed.failed)}))
    tell(f"{chosen.name}: {fed.chunk_count} chunks")
    score(data, chosen, run)


def _stored(chosen: DataSet, out: Path) -> tuple[DataSet, dict[str, Any], dict[str, Any]] | None:
    result, note = out / f"{chosen.name}.score.json", out / f"{chosen.name}.note.json"
    if not result.exists() or not note.exists():
        return None
    return chosen, json.loads(result.read_text()), json.loads(note.read_text())


def _begin(out: Path, *, fresh: bool) -> None:
    """Results of other code are not gone on with."""
    out.mkdir(parents=True, exist_ok=True)
    state, version = out / "code", _code_version()
    if fresh or (state.exists() and state.read_text() != version):
        tell(f"Starting anew in {out}")
        for path in (*out.glob("*.jsonl"), *out.glob("*.score.json"), *out.glob("*.note.json")):
            path.unlink()
        shutil.rmtree(out / "weft", ignore_errors=True)
    state.write_text(version)


def _code_version() -> str:
    """Of everything that decides what is found, whether committed or not."""
    rooms = ("apps", "platform", "workflows", "inference", "requirements")
    digest = hashlib.sha256()
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _weft(args: argparse.Namespace, out: Path) -> Iterator[Api]:
    if args.url:
        api = Console(args.url)
        api.sign_in(args.email, args.password)
        yield api
        return
    settings = {"WEFT_MAX_UPLOAD_MB": "500"}
    arguments = ("--embedding", str(args.embedding.resolve())) if args.embedding else ()
    up = Up(out / "weft", arguments=arguments, settings=settings)
    try:
        up.ensure()
        tell(f"Weft runs at {up.url}")
        api = Console(up.url)
        token = re.search(r"/setup\?token=(\S+)", up.output)
        if token:
            api.set_up(token[1], EMAIL, PASSWORD)
        else:
            api.sign_in(EMAIL, PASSWORD)
        yield api
    finally:
        up.stop()


def _served_model(api: Api) -> str:
    """The embedding model that Weft's own server was started with."""
    found = [each for each in api.get("/models")["items"] if each["provider"] == "weft" and each["kind"] == "embedding"]
    if not found:
        raise SystemExit("Weft's model server serves no embedding model.")
    return str(found[0]["name"])


def _write(part: str, text: str, model: str | None) -> None:
    from bench import write

    intro = f"Embedded by `{model}`.\n\n" if model else ""
    write(part, f"{intro}{text}", command="make bench-rag")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets, with eval.py in or above it")
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "bench-rag", help="where runs and scores go")
    parser.add_argument("--sets", nargs="*", default=[], help="names of sets; all by default")
    parser.add_argument("--embedding", type=Path, help="a sentence encoder's folder, to be served instead of MiniLM")
    parser.add_argument("--embedding-model", help="with --url: the name of another embedding model that it serves")
    parser.add_argument("--url", help="a running Weft to use")
    parser.add_argument("--email", default=os.environ.get("WEFT_BENCH_EMAIL", EMAIL))
    parser.add_argument("--password", default=os.environ.get("WEFT_BENCH_PASSWORD", PASSWORD))
    parser.add_argument("--fresh", action="store_true", help="do not go on with an earlier run")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/benchmarks.md alone")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
