"""How many deltas a second the server's process can stream: `python -m inference.bench.streams`.

A real server, with its worker and its event loop, over an engine that computes nothing: every step says one token of
each answer, and the next one waits until the loop has gone round, so that readers find one token at a time. A client in
a process of its own counts what comes. Time is the processor's, of the loop's thread: what a clock would show on a
machine without other work.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from inference.config import ServerConfig
from inference.constraint import Constraint
from inference.engine import EngineLoad
from inference.request import Begun, SamplingParams
from inference.sequence import Output
from inference.server.admission import Admission
from inference.server.answering import Answering
from inference.server.asgi import Application
from inference.server.catalogue import Catalogue
from inference.server.generation import GenerationEndpoints
from inference.server.lifecycle import Lifecycle
from inference.server.metrics import Metrics
from inference.server.process import Process, run
from inference.text.generative import GenerativeModel
from inference.worker import EngineWorker

MODEL = "fake"
VOCAB = 4000
HOPS = 12
"""Turns of the event loop between two steps: as many as a token takes from the worker's mailbox to the socket."""


@dataclass(frozen=True, slots=True)
class Result:
    """Of one run. Deltas are events with text, tokens what they held."""

    n_deltas: int
    n_tokens: int
    wall_s: float
    loop_s: float
    """Processor time of the event loop's thread."""

    def line(self) -> str:
        return (
            f"{self.n_deltas / self.loop_s:,.0f} deltas a second of the loop's time, "
            f"{self.n_deltas / self.wall_s:,.0f} by the clock; {self.n_tokens / self.n_deltas:.2f} tokens each"
        )


class SayingEngine:
    """Stands in for an Engine: says `ids` over and over, one token of every answer at each step."""

    max_model_len = 1 << 20

    def __init__(self, ids: list[int]) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._ids = ids
        self._said: dict[str, int] = {}
        self._limits: dict[str, int] = {}

    @property
    def has_work(self) -> bool:
        return bool(self._said)

    @property
    def load(self) -> EngineLoad:
        return EngineLoad(len(self._said), 0, 0.0, 0, 0, 0, 0, 0)

    def add(
        self, request_id: str, prompt: list[int], params: SamplingParams, constraint: Constraint | None = None
    ) -> None:
        self._said[request_id], self._limits[request_id] = 0, params.max_tokens or 1

    def abort(self, request_id: str) -> None:
        self._said.pop(request_id, None)

    def close(self) -> None:
        """Nothing is held."""

    def step(self) -> list[Output]:
        self._wait()
        outputs = []
        for request_id, n_said in [*self._said.items()]:
            last = n_said + 1 == self._limits[request_id]
            begun = Begun(0, 0.0, 0.0) if n_said == 0 else None
            token = self._ids[n_said % len(self._ids)]
            outputs.append(Output(request_id, token, "length" if last else None, begun=begun))
            self._said[request_id] += 1
            if last:
                del self._said[request_id]
        return outputs

    def _wait(self) -> None:
        """Until the loop has gone round `HOPS` times."""
        loop, gone_round = self.loop, threading.Event()
        assert loop is not None, "the server was started"

        def hop(left: int) -> None:
            if left:
                loop.call_soon(hop, left - 1)
            else:
                gone_round.set()

        loop.call_soon_threadsafe(hop, HOPS)
        gone_round.wait()


def tokenizer_of(text: str) -> Tokenizer:
    """A byte-level vocabulary of about the text's own words, as language models have them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


@contextmanager
def server_of(engine: SayingEngine, tokenizer: Tokenizer) -> Iterator[Process]:
    """A server that answers completions by the engine."""
    metrics, lifecycle, config = Metrics(), Lifecycle(), ServerConfig(max_in_flight=4096)
    worker = EngineWorker(engine, on_step=metrics.stepped, rebuild=lambda: engine)  # type: ignore[arg-type,return-value]
    model = GenerativeModel(
        MODEL,
        tokenizer,
        None,
        worker,
        vocab_size=VOCAB,
        eos_ids=frozenset(),
        defaults=SamplingParams(),
        max_answers=4096,
    )
    generation = GenerationEndpoints(Catalogue({MODEL: model}, None, None), Answering(Admission(config), metrics))
    app = Application(
        {"/v1/completions": {"POST": generation.complete}}, config=config, metrics=metrics, lifecycle=lifecycle
    )

    async def close() -> None:
        worker.close()

    yield Process(app, config, lifecycle, begin=lambda: None, abort=lambda: None, close=close)


def measure(n_streams: int, n_tokens: int) -> Result:
    """Serve `n_streams` answers of `n_tokens` tokens at once, and count what a client gets of them."""
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    tokenizer = tokenizer_of(text)
    engine = SayingEngine(tokenizer.encode(text).ids)
    with server_of(engine, tokenizer) as process, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1024)
        return run(_measured(process, engine, listening, n_streams, n_tokens))


async def _measured(
    process: Process, engine: SayingEngine, listening: socket.socket, n_streams: int, n_tokens: int
) -> Result:
    engine.loop = asyncio.get_running_loop()
    serving = asyncio.create_task(process.serve(sockets=[listening]))
    arguments = map(str, (listening.getsockname()[1], MODEL, n_streams, n_tokens))
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "inference.bench.stream_client", *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert client.stdout is not None, "it was asked for"
        await client.stdout.readline()
        wall, loop = time.perf_counter(), time.thread_time()
        # the last event of each answer has no text
        n_deltas = int(await client.stdout.readline()) - n_streams
        return Result(n_deltas, n_streams * n_tokens, time.perf_counter() - wall, time.thread_time() - loop)
    finally:
        await client.wait()
        process.should_exit = True
        await serving
        await process.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m inference.bench.streams", description=__doc__)
    parser.add_argument("--streams", type=int, default=256)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for _ in range(options.rounds):
        print(measure(options.streams, options.tokens).line(), flush=True)


if __name__ == "__main__":
    main()
