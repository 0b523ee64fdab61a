"""Plays runs against an engine: its steps take as long as a true cost model says, its answers are as long as drawn."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from statistics import median

from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.cost import CostModel
from inference.engine import Engine
from inference.request import SamplingParams
from inference.runner import Done, Pending
from inference.scheduler import Policy
from inference.sequence import Plan
from inference.simulate.knowledge import Telling, hints_of
from inference.simulate.traffic import Run, static

_END, _WORD = 1, 2


@dataclass(frozen=True, slots=True)
class Machine:
    """What the engine runs on. The default is an 8B model in bf16 on one H200, at 85 % of its bandwidth and 80 % of
    its arithmetic; `n_pages` is what is left of 139 GB at 144 KiB a token."""

    n_pages: int = 11_000
    step_s: float = 0.0043
    prefill_per_s: float = 44_000.0
    row_s: float = 1.0e-5
    kv_per_s: float = 2.5e7
    square_per_s: float = 1.4e9
    max_rows: int = 256
    token_budget: int = 4096
    inter_token_s: float = 0.05
    brisk_s: float | None = None

    def cost(self) -> CostModel:
        return CostModel.of_rates(
            step_s=self.step_s,
            prefill_per_s=self.prefill_per_s,
            row_s=self.row_s,
            kv_per_s=self.kv_per_s,
            square_per_s=self.square_per_s,
        )


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class PlayRunner:
    """A Runner whose steps move the clock."""

    clock: Clock
    truth: CostModel
    answers: dict[str, int] = field(default_factory=dict)

    def launch(self, plan: Plan) -> Pending:
        seconds = self.truth.predict(plan.shape)
        self.clock.now += seconds
        sequences = [chunk.sequence for chunk in plan.chunks if chunk.samples]
        ends = [each.n_generated + 1 >= self.answers[each.request_id] for each in sequences]
        return Done([[_END if end else _WORD] for end in ends], seconds)


@dataclass(frozen=True, slots=True)
class Played:
    """Latencies in seconds, of all runs that arrived; `by_pattern` their medians."""

    latencies: list[float]
    by_pattern: dict[str, float]
    hit_rate: float
    n_preempted: int
    seconds: float

    @property
    def p50(self) -> float:
        return self.quantile(0.5)

    @property
    def p95(self) -> float:
        return self.quantile(0.95)

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def runs_per_s(self) -> float:
        return len(self.latencies) / self.seconds


class _Play:
    def __init__(self, runs: list[Run], machine: Machine, tell: Telling, policy: Policy, seed: int) -> None:
        self.clock = Clock()
        self.runner = PlayRunner(self.clock, machine.cost())
        self.runs, self.tell = runs, tell
        self.dice = random.Random(seed)
        config = EngineConfig(
            max_rows=machine.max_rows,
            token_budget=machine.token_budget,
            max_waiting=1_000_000,
            inter_token_s=machine.inter_token_s,
            brisk_s=machine.brisk_s,
        )
        self.engine = Engine(
            self.runner,
            PagePool(machine.n_pages, config.page_size),
            config,
            max_model_len=machine.n_pages * config.page_size // 2,
            eos_ids=frozenset({_END}),
            clock=self.clock,
            cost=machine.cost(),
            policy=policy,
        )
        self.events: list[tuple[float, int, int, int]] = []
        self.left = [[len(call.after) for call in run.calls] for run in runs]
        self.open = [len(run.calls) for run in runs]
        self.latency: dict[int, float] = {}
        self.call_s = 3.0

    def play(self) -> Played:
        self._warm()
        for number, run in enumerate(self.runs):
            for at, call in enumerate(run.calls):
                if not call.after:
                    self._make(run.arrives + call.pause_s, number, at)
        while self.events or self.engine.has_work:
            self._send_due()
            if not self.engine.has_work:
                self.clock.now = max(self.clock.now, self.events[0][0])
                continue
            for output in self.engine.step():
                if output.finish_reason is not None:
                    number_of, _, call_of = output.request_id.partition(".")
                    self._ended(int(number_of), int(call_of))
        load = self.engine.load
        patterns = sorted({run.pattern for run in self.runs})
        return Played(
            list(self.latency.values()),
            {
                name: median(self.latency[i] for i, run in enumerate(self.runs) if run.pattern == name)
                for name in patterns
            },
            load.cached_tokens / max(1, load.prompt_tokens),
            load.n_preempted,
            self.clock.now,
        )

    def _warm(self) -> None:
        """What publishing an app does: the beginnings of its prompts are computed and pinned."""
        if not self.tell.prefixes:
            return
        nodes = {call.node: call.n_static for run in self.runs for call in run.calls}
        for node, n_static in nodes.items():
            self.runner.answers[self.engine.warm(node, static(node, n_static), ttl_s=1e9)] = 0
        while self.engine.has_work:
            self.engine.step()
        self.clock.now = 0.0

    def _make(self, when: float, number: int, at: int) -> None:
        heapq.heappush(self.events, (when, len(self.events), number, at))

    def _send_due(self) -> None:
        while self.events and self.events[0][0] <= self.clock.now:
            _, _, number, at = heapq.heappop(self.events)
            run, call = self.runs[number], self.runs[number].calls[at]
            name = f"{number}.{at}"
            # a choice among names is scored in the prefill, without decoding
            self.runner.answers[name] = 1 if call.is_choice and self.tell.choices else call.n_answer
            hints = hints_of(
                run,
                str(number),
                at,
                age_s=self.clock.now - run.arrives,
                call_s=self.call_s,
                tell=self.tell,
                dice=self.dice,
            )
            self.engine.add(name, call.prompt, SamplingParams(max_tokens=4096, hints=hints))

    def _ended(self, number: int, at: int) -> None:
        run = self.runs[number]
        self.open[number] -= 1
        if self.open[number] == 0:
            self.latency[number] = self.clock.now - run.arrives
        for i, call in enumerate(run.calls):
            if at in call.after:
                self.left[number][i] -= 1
                if self.left[number][i] == 0:
                    self._make(self.clock.now + call.pause_s, number, i)


def play(runs: list[Run], machine: Machine, tell: Telling, *, policy: Policy | None = None, seed: int = 0) -> Played:
    """Play all runs to their end."""
    return _Play(runs, machine, tell, policy or Policy(), seed).play()
