"""Shares one encoder among many callers of one event loop. Knows fairness and batching; nothing of encoders or HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.embeddings import Embedded, Embedder, Text
from inference.memory import release_unused
from inference.request import Turn
from inference.text.aside import aside

SLICE_TEXTS = 32
"""Texts computed between two looks at the queue: how long a short query can wait behind a large upload."""


@dataclass(eq=False, slots=True)
class _Job:
    """Texts are computed by length, because those of like length waste no padding."""

    texts: Sequence[Text]
    future: asyncio.Future[Embedded]
    order: list[int]
    n_done: int = 0
    vectors: list[NDArray[np.float32]] = field(default_factory=list)
    n_tokens: list[int] = field(default_factory=list)

    @property
    def left(self) -> int:
        return len(self.order) - self.n_done

    def take(self, n_texts: int) -> list[Text]:
        return [self.texts[at] for at in self.order[self.n_done : self.n_done + n_texts]]

    def give(self, vectors: NDArray[np.float32], n_tokens: list[int]) -> None:
        self.vectors.append(vectors)
        self.n_tokens += n_tokens
        self.n_done += len(n_tokens)
        if self.left == 0 and not self.future.done():
            places = np.argsort(self.order)
            tokens = [self.n_tokens[place] for place in places]
            self.future.set_result(Embedded(np.concatenate(self.vectors)[places], tokens))


class EmbeddingService:
    """`embed` may be awaited by any number of tasks; the encoder runs in one thread.

    A cancelled caller's texts are dropped.
    """

    def __init__(self, embedder: Embedder) -> None:
        self.model_id = embedder.model_id
        self.dimension = embedder.dimension
        self.vocab_size = embedder.vocab_size
        self.max_tokens = embedder.max_tokens
        self._embedder = embedder
        self._thread = ThreadPoolExecutor(1, "embed")
        self._jobs: list[_Job] = []
        self._pump: asyncio.Task[None] | None = None

    async def embed(self, texts: Sequence[Text], *, prompt_name: str | None = None) -> Embedded:
        """Vectors and token counts in the order of `texts`, which must not be empty.

        prompt_name: whose words are put before each text, as in `Embedder.prompted`, which raises when it knows none.
        """
        texts = self._embedder.prompted(texts, prompt_name)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        job = _Job(texts, asyncio.get_running_loop().create_future(), order)
        self._jobs.append(job)
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._run())
        return await job.future

    async def conversation(
        self, turns: Sequence[Turn], arguments: dict[str, Any], *, add_special_tokens: bool
    ) -> list[int]:
        """As `Embedder.conversation`."""
        read = partial(self._embedder.conversation, turns, arguments, add_special_tokens=add_special_tokens)
        return await aside(sum(len(turn.content) for turn in turns), read)

    def count(self, text: str) -> int:
        return self._embedder.count(text)

    async def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._jobs:
            shares = self._next_slice()
            texts = [text for job, n_texts in shares for text in job.take(n_texts)]
            try:
                done = await loop.run_in_executor(self._thread, self._embedder.encode, texts)
            except Exception as error:
                self._fail([job for job, _ in shares], error)
            else:
                self._hand_out(shares, done)
            self._jobs = [job for job in self._jobs if not job.future.done()]
        # Activations of a large upload would stay with the allocator, tens of megabytes on an idle server.
        loop.run_in_executor(self._thread, release_unused)

    def _next_slice(self) -> list[tuple[_Job, int]]:
        """Shortest jobs first, so that a query never queues behind an upload; what room is left goes to the long
        ones.
        """
        room = SLICE_TEXTS
        shares: list[tuple[_Job, int]] = []
        for job in sorted(self._jobs, key=lambda job: job.left):
            share = min(room, job.left)
            if share == 0:
                break
            shares.append((job, share))
            room -= share
        return shares

    def _hand_out(self, shares: list[tuple[_Job, int]], done: Embedded) -> None:
        at = 0
        for job, n_texts in shares:
            job.give(done.vectors[at : at + n_texts], done.n_tokens[at : at + n_texts])
            at += n_texts

    def _fail(self, jobs: list[_Job], error: Exception) -> None:
        for job in jobs:
            if not job.future.done():
                job.future.set_exception(error)
