"""Plays runs against an engine: its steps take as long as a true cost model says, its answers are as long as drawn."""

from __future__ import annotations

import heapq
import math
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.cost import CostModel, StepShape
from inference.engine import Engine
from inference.policy import Policy
from inference.request import Hints, SamplingParams
from inference.runner import Done, Pending
from inference.sequence import Chunk, Plan, Sequence
from inference.simulate.knowledge import Telling, hints_of
from inference.simulate.traffic import END, WORD, Call, Run, pauses, static


@dataclass(frozen=True, slots=True)
class Machine:
    """What the engine runs on. The default is an 8B model in bf16 on one H200 (4.3 TB/s, 790 TFLOP/s), as the study of
    the engine takes it: 85 % of the bandwidth, 80 % of the arithmetic, a quarter of a millisecond of a step beside."""

    n_pages: int = 11_000
    """85 % of what is left of 139 GB beside the weights, at 144 KiB a token."""
    weights_s: float = 0.0041
    """To read 15.1 GB, all but the table of the embeddings."""
    beside_s: float = 0.00025
    tokens_per_s: float = 44_000.0
    """14 GFLOP each."""
    row_s: float = 2.0e-6
    """To move 4 MB of activations and logits."""
    kv_per_s: float = 2.5e7
    square_per_s: float = 8.5e8
    """Products of tokens with tokens in attention, at 590 kFLOP each: 500 TFLOP/s, between the least that is asked of
    the kernel and the most."""
    max_rows: int = 256
    token_budget: int = 4096
    inter_token_s: float = 0.05
    brisk_s: float | None = None
    max_drafts: int = 3

    def cost(self) -> CostModel:
        """What the engine believes before its first step; it learns from each."""
        return CostModel.of_rates(
            step_s=self.weights_s + self.beside_s,
            prefill_per_s=self.tokens_per_s,
            row_s=self.row_s,
            kv_per_s=self.kv_per_s,
            square_per_s=self.square_per_s,
        )

    def seconds(self, shape: StepShape) -> float:
        """What a step takes. Weights are read while products are computed: the longer of the two counts, more than
        that where they are alike (a norm of order 4). Attention comes on top."""
        products_s = (shape.n_prefill + shape.n_decode) / self.tokens_per_s
        layers_s = math.sqrt(math.sqrt(self.weights_s**4 + products_s**4))
        attention_s = shape.n_kv / self.kv_per_s + shape.prefill_context / self.square_per_s
        return self.beside_s + layers_s + shape.n_decode * self.row_s + attention_s


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Script:
    """What a request will say: so many tokens, and how often a guess at one is right."""

    n_answer: int
    chance: float = 0.0


@dataclass(slots=True)
class PlayRunner:
    """A Runner whose steps move the clock."""

    clock: Clock
    truth: Callable[[StepShape], float]
    compute: Callable[[Plan], float] | None = None
    """Carries a step out and says how long that took; None: it takes what `truth` predicts."""
    scripts: dict[str, Script] = field(default_factory=dict)

    def launch(self, plan: Plan) -> Pending:
        seconds = self.truth(plan.shape) if self.compute is None else self.compute(plan)
        self.clock.now += seconds
        return Done([self._said(chunk) for chunk in plan.chunks if chunk.samples], seconds)

    def reset(self) -> None:
        """Its steps do not fail."""

    def close(self) -> None:
        """It has nothing."""

    def _said(self, chunk: Chunk) -> list[int]:
        sequence, script = chunk.sequence, self.scripts[chunk.sequence.request_id]
        said = [WORD]
        while len(said) <= len(chunk.drafts) and self._was_right(sequence, len(said), script.chance):
            said.append(WORD)
        said = said[: max(1, script.n_answer - sequence.n_generated)]
        if sequence.n_generated + len(said) >= script.n_answer:
            said[-1] = END
        return said

    def _was_right(self, sequence: Sequence, at: int, chance: float) -> bool:
        """The same for a token of a request whatever else is played."""
        name = f"{sequence.request_id} {sequence.n_generated + at}".encode()
        return zlib.crc32(name) < chance * 2**32


@dataclass(frozen=True, slots=True)
class Played:
    """Latencies in seconds, of all runs that arrived; `by_pattern` their medians."""

    latencies: list[float]
    by_pattern: dict[str, float]
    hit_rate: float
    n_preempted: int
    seconds: float
    tokens_per_s: float
    """Said in the second half of the time in which runs arrived."""
    p95_waited: float
    """As p95, of what is left of a run's latency without the pauses on its way: the engine's part."""

    @property
    def p50(self) -> float:
        return quantile(self.latencies, 0.5)

    @property
    def p95(self) -> float:
        return quantile(self.latencies, 0.95)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Play:
    def __init__(
        self,
        runs: list[Run],
        machine: Machine,
        tell: Telling,
        policy: Policy,
        seed: int,
        compute: Callable[[Plan], float] | None,
    ) -> None:
        self.clock = Clock()
        self.runner = PlayRunner(self.clock, machine.seconds, compute)
        self.runs, self.tell = runs, tell
        self.dice = random.Random(seed)
        config = EngineConfig(
            max_rows=machine.max_rows,
            token_budget=machine.token_budget,
            max_waiting=1_000_000,
            max_drafts=machine.max_drafts,
            inter_token_s=machine.inter_token_s,
            brisk_s=machine.brisk_s,
        )
        self.engine = Engine(
            self.runner,
            PagePool(machine.n_pages, config.page_size),
            config,
            max_model_len=machine.n_pages * config.page_size // 2,
            eos_ids=frozenset({END}),
            clock=self.clock,
            cost=machine.cost(),
            policy=policy,
            guess=lambda sequence, most: (WORD,) * most,
        )
        self.answered: set[str] = set()
        self.told: dict[tuple[int, int], str] = {}
        self.events: list[tuple[float, int, int, int]] = []
        self.left = [[len(call.after) for call in run.calls] for run in runs]
        self.open = [len(run.calls) for run in runs]
        self.latency: dict[int, float] = {}
        self.said_late = 0

    def play(self) -> Played:
        self._warm()
        for number, run in enumerate(self.runs):
            for at, call in enumerate(run.calls):
                if not call.after:
                    self._make(run.arrives + call.pause_s, number, at)
        ends = self.runs[-1].arrives
        begins = ends / 2
        while self.events or self.engine.has_work:
            self._send_due()
            if not self.engine.has_work:
                self.clock.now = max(self.clock.now, self.events[0][0])
                continue
            for output in self.engine.step():
                self.said_late += begins <= self.clock.now <= ends
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
            self.said_late / (ends - begins),
            quantile([taken - pauses(self.runs[i]) for i, taken in self.latency.items()], 0.95),
        )

    def _warm(self) -> None:
        """What publishing an app does: the beginnings of its prompts are computed and pinned."""
        if not self.tell.prefixes:
            return
        nodes = {call.node: call.n_static for run in self.runs for call in run.calls}
        for node, n_static in nodes.items():
            self.runner.scripts[self.engine.warm(node, static(node, n_static), ttl_s=1e9)] = Script(0)
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
            hints = hints_of(
                run,
                str(number),
                at,
                age_s=self.clock.now - run.arrives,
                call_s=3.0,
                tell=self.tell,
                dice=self.dice,
            )
            self.told[number, at] = hints.node_key
            n_answer = 1 if call.is_choice and self.tell.choices else call.n_answer
            self.runner.scripts[name] = Script(n_answer, self._chance(call, hints))
            self.engine.add(name, call.prompt, SamplingParams(max_tokens=4096, hints=hints))

    def _chance(self, call: Call, hints: Hints) -> float:
        """Of guesses from the node's answers, once there are some; those of another node are half as good as the
        sequence's own text."""
        own, node = call.repeats
        if not (self.tell.answers and hints.node_key in self.answered):
            return own
        return node if hints.node_key == call.node else own / 2

    def _ended(self, number: int, at: int) -> None:
        run = self.runs[number]
        self.answered.add(self.told[number, at])
        self.open[number] -= 1
        if self.open[number] == 0:
            self.latency[number] = self.clock.now - run.arrives
        for i, call in enumerate(run.calls):
            if at in call.after:
                self.left[number][i] -= 1
                if self.left[number][i] == 0:
                    self._make(self.clock.now + call.pause_s, number, i)


def play(
    runs: list[Run],
    machine: Machine,
    tell: Telling,
    *,
    policy: Policy | None = None,
    seed: int = 0,
    compute: Callable[[Plan], float] | None = None,
) -> Played:
    """Play all runs to their end. `compute` carries steps out and says how long each took, instead of the machine's
    cost model."""
    return _Play(runs, machine, tell, policy or Policy(shared=tell.shared), seed, compute).play()
