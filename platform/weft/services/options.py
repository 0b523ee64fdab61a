"""The command line of `manage.py up`, parsed. Knows names and defaults, not what they cause."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from weft.services.layout import ROOT

EPILOG = """\
Environment: DATABASE_URL, REDIS_URL, CHROMA_URL and INFERENCE_URL each replace an embedded server by one of your own.
WEFT_BASE_URL is the address people use when Weft runs behind a proxy; WEFT_TRUSTED_PROXIES is the proxy's own address.
Two of these run side by side when --port and --data-dir differ. Ctrl-C ends everything that was started."""


@dataclass(frozen=True, slots=True)
class Options:
    host: str
    port: int
    data_dir: Path
    worker: bool
    scheduler: bool
    inference: bool
    model: str | None
    embedding: str | None
    reranker: str | None


def parse(argv: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="manage.py up",
        description="Start Weft: PostgreSQL, Redis, Chroma, inference, workers, scheduler and the web server.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    default_dir = os.environ.get("WEFT_DATA_DIR") or str(ROOT / "data")
    parser.add_argument("--port", type=int, default=8000, help="port of the web server (default: 8000)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all (default: 127.0.0.1)"
    )
    parser.add_argument("--data-dir", type=Path, default=Path(default_dir), help="where all data lies (default: data)")
    parser.add_argument(
        "--model", help="Hugging Face directory of a language model to serve beside the embedding model"
    )
    parser.add_argument("--embedding", help="directory of a sentence encoder to serve instead of the bundled one")
    parser.add_argument("--reranker", help="directory of a cross-encoder to serve, for reranking")
    parser.add_argument(
        "--no-worker", dest="worker", action="store_false", help="start no workers (they run elsewhere)"
    )
    parser.add_argument("--no-scheduler", dest="scheduler", action="store_false", help="start no scheduler")
    parser.add_argument("--no-inference", dest="inference", action="store_false", help="start no inference server")
    found = parser.parse_args(argv)
    return Options(
        host=found.host,
        port=found.port,
        data_dir=found.data_dir.expanduser().resolve(),
        worker=found.worker,
        scheduler=found.scheduler,
        inference=found.inference,
        model=found.model,
        embedding=found.embedding,
        reranker=found.reranker,
    )
