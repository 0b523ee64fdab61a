"""The decoding loop: plan, launch, commit.

Runs the same over a fake runner, a CPU and a GPU; knows no text and no threads.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from inference.blocks import BlockTable, PagePool
from inference.config import EngineConfig
from inference.errors import BadRequest, Overloaded
from inference.request import SamplingParams
from inference.runner import Runner
from inference.scheduler import Scheduler
from inference.sequence import Output, Sequence


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """How busy the engine is, for metrics."""

    n_running: int
    n_waiting: int
    n_preempted: int
    kv_usage: float


class Engine:
    """Requests in, tokens out, one step at a time. Not thread-safe: one thread calls everything."""

    def __init__(
        self, runner: Runner, pool: PagePool, config: EngineConfig, *, max_model_len: int, eos_ids: frozenset[int]
    ) -> None:
        self._runner = runner
        self._pool = pool
        self._config = config
        self._scheduler = Scheduler(pool, config)
        self._eos_ids = eos_ids
        self.max_model_len = min(max_model_len, pool.capacity)

    @property
    def has_work(self) -> bool:
        return self._scheduler.n_running + self._scheduler.n_waiting > 0

    @property
    def load(self) -> EngineLoad:
        usage = 1 - self._pool.n_free / self._pool.n_pages
        return EngineLoad(self._scheduler.n_running, self._scheduler.n_waiting, self._scheduler.n_preempted, usage)

    def add(self, request_id: str, prompt: list[int], params: SamplingParams) -> None:
        """Queue a request. Raises BadRequest when it cannot ever fit, Overloaded when too many wait already."""
        check_prompt(len(prompt), params, self.max_model_len)
        if self._scheduler.n_waiting >= self._config.max_waiting:
            raise Overloaded("queue_full", f"{self._config.max_waiting} requests wait already.", retry_after_s=2)
        room = self.max_model_len - len(prompt)
        stop_ids = frozenset(params.stop_token_ids) | (frozenset() if params.ignore_eos else self._eos_ids)
        self._scheduler.add(
            Sequence(
                request_id=request_id,
                tokens=list(prompt),
                n_prompt=len(prompt),
                params=params,
                seed=secrets.randbits(63) if params.seed is None else params.seed & (2**63 - 1),
                stop_ids=stop_ids,
                max_len=len(prompt) + min(room, params.max_tokens or room),
                table=BlockTable(self._pool),
            )
        )

    def abort(self, request_id: str) -> None:
        """Drop a request and free its pages at once; one that is gone already is no fault."""
        self._scheduler.remove(request_id)

    def abort_all(self) -> list[str]:
        """Drop everything; returns the ids dropped."""
        return [sequence.request_id for sequence in self._scheduler.clear()]

    def step(self) -> list[Output]:
        """Compute one step for as many requests as fit. Returns what they got; empty when there was nothing to do."""
        plan = self._scheduler.plan()
        if plan is None:
            return []
        return self._scheduler.commit(plan, self._runner.launch(plan))


def check_prompt(n_prompt: int, params: SamplingParams, max_model_len: int) -> None:
    """Raise BadRequest unless the prompt, and the answer asked for, fit the context."""
    if n_prompt == 0:
        raise BadRequest("prompt_empty", "The prompt has no tokens.", param="prompt")
    wanted = n_prompt + (params.max_tokens or 1)
    if wanted > max_model_len:
        raise BadRequest(
            "context_length_exceeded",
            f"The prompt has {n_prompt} tokens and asks for {params.max_tokens or 1} more; "
            f"this model's context holds {max_model_len}.",
            param="messages",
        )
