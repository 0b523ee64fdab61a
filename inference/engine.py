"""The decoding loop: plan, launch, commit.

Runs the same over a fake runner, a CPU and a GPU; knows no text and no threads.
"""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from inference.ahead import Ahead
from inference.cache.pages import PagePool
from inference.cache.pins import PinnedPrefixes
from inference.cache.prefix import n_common, prefix_key
from inference.cache.table import BlockTable
from inference.config import EngineConfig
from inference.constraint import Constraint
from inference.cost import CostModel
from inference.errors import BadRequest, EngineLost, Overloaded
from inference.faults import PROBE, Faults, Records, fault
from inference.policy import Policy
from inference.request import Hints, SamplingParams
from inference.runner import Pending, Runner
from inference.scheduler import Scheduler
from inference.sequence import Output, Plan, Sequence
from inference.speculation import Guess

_log = logging.getLogger("inference.engine")


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """How busy the engine is, for metrics. The last four count from its start."""

    n_running: int
    n_waiting: int
    kv_usage: float
    pinned_pages: int
    n_preempted: int
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int


class Engine:
    """Requests in, tokens out, one step at a time. Not thread-safe: one thread calls everything."""

    def __init__(
        self,
        runner: Runner,
        pool: PagePool,
        config: EngineConfig,
        *,
        max_model_len: int,
        eos_ids: frozenset[int],
        model: str = "",
        clock: Callable[[], float] = time.monotonic,
        cost: CostModel | None = None,
        policy: Policy | None = None,
        guess: Guess | None = None,
        records: Records | None = None,
    ) -> None:
        """`model` names the weights: pages are never shared between two. `guess` replaces the usual drafts. `records`:
        of requests that failed, also in engines before this one."""
        self._runner = runner
        self._pool = pool
        self._config = config
        self._eos_ids = eos_ids
        self._model = model
        self._cost = cost or CostModel()
        self._pins = PinnedPrefixes(pool, int(pool.n_pages * config.pinned_share), clock)
        self._warming: dict[str, tuple[str, list[int], SamplingParams, float]] = {}
        self._under_way: deque[tuple[Plan, Pending]] = deque()
        self._ahead = Ahead(config, self._cost, clock)
        self._records = records or Records()
        self._faults = Faults(self._records)
        self._early: list[Output] = []
        self._origin: tuple[bytes | None, list[int], BlockTable] | None = None
        self._scheduler = Scheduler(
            pool,
            config,
            clock=clock,
            cost=self._cost,
            policy=policy,
            make_room=self._pins.make_room,
            guess=guess,
        )
        self.max_model_len = min(max_model_len, pool.capacity)

    @property
    def has_work(self) -> bool:
        return self._scheduler.has_work or bool(self._under_way or self._early)

    @property
    def load(self) -> EngineLoad:
        counts = self._scheduler.counts
        return EngineLoad(
            n_running=self._scheduler.n_running,
            n_waiting=self._scheduler.n_waiting,
            kv_usage=1 - self._pool.n_available / self._pool.n_pages,
            pinned_pages=self._pins.n_pages,
            n_preempted=counts.preempted,
            prompt_tokens=counts.prompt,
            cached_tokens=counts.cached,
            generated_tokens=counts.generated,
        )

    def add(
        self, request_id: str, prompt: list[int], params: SamplingParams, constraint: Constraint | None = None
    ) -> None:
        """Queue a request, its answer bound by `constraint`. Raises BadRequest when it cannot ever fit, Overloaded when
        too many wait already."""
        check_prompt(len(prompt), params, self.max_model_len)
        self._records.check(prompt, params)
        if self._scheduler.n_waiting >= self._config.max_waiting:
            raise Overloaded("queue_full", f"{self._config.max_waiting} requests wait already.", retry_after_s=2)
        room = self.max_model_len - len(prompt)
        self._add(request_id, prompt, params, len(prompt) + min(room, params.max_tokens or room), constraint)

    def warm(self, name: str, tokens: list[int], *, adapter: str = "", salt: str = "", ttl_s: float) -> str:
        """Compute the whole pages of a prompt's beginning when nothing else is to do, and keep them for `ttl_s`.

        Returns the id of the request that does so. A prefix of that name is replaced. Raises BadRequest as `add` does.
        """
        check_prompt(len(tokens), SamplingParams(max_tokens=1), self.max_model_len)
        params = SamplingParams(adapter=adapter, salt=salt, hints=Hints(service="idle"))
        self._records.check(tokens, params)
        self._stop_warming(name)
        request_id = f"warm-{secrets.token_hex(8)}"
        self._warming[request_id] = (name, tokens, params, ttl_s)
        self._add(request_id, tokens, params, len(tokens))
        return request_id

    @property
    def pinned(self) -> dict[str, int]:
        """Tokens kept of each prefix that was computed, by its name."""
        return self._pins.held

    def cool(self, name: str) -> bool:
        """Keep a prefix no longer, nor go on to compute it; False when there is none of that name."""
        return self._stop_warming(name) | self._pins.drop(name)

    def abort(self, request_id: str) -> None:
        """Drop a request and free its pages at once; one that is gone already is no fault."""
        self._scheduler.remove(request_id)
        self._warming.pop(request_id, None)
        self._early = [each for each in self._early if each.request_id != request_id]

    def abort_all(self) -> list[str]:
        """Drop everything; returns the ids dropped. Steps under way are waited for, so that nothing writes to a page
        afterwards.
        """
        dropped = [sequence.request_id for sequence in self._scheduler.clear()]
        self._settle()
        self._warming.clear()
        self._early.clear()
        return dropped

    def close(self) -> None:
        """Let go of what the runner holds outside this process. Called last."""
        self._runner.close()

    def step(self) -> list[Output]:
        """Launch a step for as many requests as fit, and return what the oldest steps under way brought, once more than
        `run_ahead` are. Empty when there was nothing to do."""
        self._pins.expire()
        outputs, self._early = [*self._early, *self._scheduler.late()], []
        plan = self._scheduler.plan()
        try:
            if plan is not None:
                self._under_way.append((plan, _begun(self._runner, plan)))
                self._ahead.launched(len(self._under_way))
                depth = self._ahead.depth(plan)
                while len(self._under_way) > depth:
                    outputs += self._commit()
            elif self._under_way:
                outputs += self._commit()
        except _StepFailed as failed:
            outputs += self._recover(plan, failed.cause)
        return outputs

    def _commit(self) -> list[Output]:
        plan, pending = self._under_way[0]
        shape = plan.shape
        tokens = _brought(pending)
        self._ahead.read()
        self._under_way.popleft()
        outputs = self._scheduler.commit(plan, tokens, pending.scores)
        self._faults.passed(chunk.sequence for chunk in plan.chunks if chunk.samples)
        if pending.seconds is not None:
            self._cost.observe(shape, pending.seconds)
        return [each for each in outputs if each.request_id != PROBE and not self._warmed(each)]

    def _recover(self, plan: Plan | None, cause: Exception) -> list[Output]:
        """Everybody is set back, and whoever was in a step that is lost is computed by itself. Raises the cause where
        the probe fails as well: this engine is of no more use."""
        if isinstance(cause, EngineLost):
            raise cause
        _log.error("a step failed; its requests are computed again, one at a time", exc_info=cause)
        lost = [*(each for each, _ in self._under_way), *([plan] if plan is not None else [])]
        # The oldest under way fails when it is read; one that could not be launched is not under way.
        broken = plan if plan is not None and not any(each is plan for each, _ in self._under_way) else lost[0]
        members = {
            chunk.sequence: None for each in lost for chunk in each.chunks if chunk.epoch == chunk.sequence.epoch
        }
        self._scheduler.set_back_all()
        self._settle()
        self._runner.reset()
        try:
            ended = self._faults.failed(members, {chunk.sequence for chunk in broken.chunks})
        except LookupError:
            raise cause from None
        if ended is None:
            return []
        self.abort(ended.request_id)
        self._probe()
        return [Output(ended.request_id, None, "abort", error=fault(cause))]

    def _probe(self) -> None:
        """Compute one token, by itself and before everybody else."""
        params = SamplingParams(max_tokens=1, temperature=0.0, ignore_eos=True, hints=Hints(deadline_ms=-math.inf))
        self._add(PROBE, [0], params, 2).suspect = True

    def _settle(self) -> None:
        """Wait for the steps under way, whatever becomes of them."""
        while self._under_way:
            _, pending = self._under_way.popleft()
            with suppress(Exception):
                pending.tokens()
        self._scheduler.settle()

    def _warmed(self, output: Output) -> bool:
        found = self._warming.pop(output.request_id, None)
        if found is None:
            return False
        name, tokens, params, ttl_s = found
        key = self._shared_key(params)
        self._pins.hold(name, tokens, key, salt=params.salt, ttl_s=ttl_s)
        return True

    def _stop_warming(self, name: str) -> bool:
        asked = [request_id for request_id, (wanted, *_) in self._warming.items() if wanted == name]
        for request_id in asked:
            self.abort(request_id)
        return bool(asked)

    def _add(
        self,
        request_id: str,
        prompt: list[int],
        params: SamplingParams,
        max_len: int,
        constraint: Constraint | None = None,
    ) -> Sequence:
        stop_ids = frozenset(params.stop_token_ids) | (frozenset() if params.ignore_eos else self._eos_ids)
        sequence = Sequence(
            request_id=request_id,
            tokens=list(prompt),
            n_prompt=len(prompt),
            params=params,
            seed=secrets.randbits(63) if params.seed is None else params.seed & (2**63 - 1),
            stop_ids=stop_ids,
            max_len=max_len,
            table=self._table(prompt, self._key(params)),
            constraint=constraint,
        )
        begun = sequence.begin()
        self._early += begun
        if not begun or begun[-1].finish_reason is None:
            self._scheduler.add(sequence)
        return sequence

    def _table(self, prompt: list[int], key: bytes | None) -> BlockTable:
        """Empty. Of prompts that mostly are the same, such as that of many answers, the first alone hashes what all
        begin with: it takes 5 ms for 100,000 tokens."""
        table = BlockTable(self._pool, key)
        if self._origin is not None and self._origin[0] == key:
            _, tokens, other = self._origin
            n_same = n_common(tokens, prompt)
            if 2 * n_same >= len(prompt):
                table.begin_like(other, n_same)
                return table
        self._origin = key, list(prompt), table
        return table

    def _key(self, params: SamplingParams) -> bytes | None:
        """Under which pages are shared; of a deterministic request none, for what others computed in other steps may
        differ in the last bit."""
        if params.deterministic:
            return None
        return self._shared_key(params)

    def _shared_key(self, params: SamplingParams) -> bytes:
        return prefix_key(
            model=self._model,
            adapter=params.adapter,
            salt=params.salt,
            kv_dtype=self._config.kv_cache_dtype,
        )


class _StepFailed(Exception):
    def __init__(self, cause: Exception) -> None:
        self.cause = cause


def _begun(runner: Runner, plan: Plan) -> Pending:
    try:
        return runner.launch(plan)
    except Exception as error:
        raise _StepFailed(error) from error


def _brought(pending: Pending) -> list[list[int]]:
    try:
        return pending.tokens()
    except Exception as error:
        raise _StepFailed(error) from error


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
