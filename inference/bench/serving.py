"""How fast an engine over random weights decodes and prefills."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from functools import partial

from inference.bench.journal import Measured
from inference.bench.shapes import Form, Need, decoder_of, engine_of, kv_bytes, names, weight_bytes, weight_count
from inference.bench.stage import Bench, Task, Wrong
from inference.engine import Engine
from inference.request import SamplingParams

Load = list[tuple[list[int], int]]
"""Prompts, and how many tokens each is answered with."""
_WARM_STEPS = 8


def throughput(bench: Bench) -> Iterator[Task]:
    """Tokens a second: fixed batches at a context of about 1,000, and the workload that nano-vllm publishes."""
    for name in names(bench):
        for batch in (1, 2) if bench.rehearsing else (1, 8, 64, 256):
            yield Task(f"throughput/{name}/batch {batch}", partial(_batch, bench, name, batch))
        yield Task(f"throughput/{name}/nano-vllm", partial(_nano, bench, name))
    forms: tuple[Form, ...] = ("fp8", "4 bits")
    for name in names(bench, "Qwen3-8B", "Llama-3.1-8B"):
        for form in forms:
            for batch in (1,) if bench.rehearsing else (1, 64, 256):
                yield Task(f"throughput/{name}/{form}, batch {batch}", partial(_batch, bench, name, batch, form))
            yield Task(f"throughput/{name}/{form}, nano-vllm", partial(_nano, bench, name, form))


def prefill(bench: Bench) -> Iterator[Task]:
    """Tokens a second of one prompt."""
    for name in names(bench):
        for length in (40,) if bench.rehearsing else (1024, 4096, 16384):
            yield Task(f"prefill/{name}/{length}", partial(_prefilled, bench, name, length))


def nano_load() -> Load:
    """256 requests, prompts and answers of 100 to 1,024 tokens: the benchmark of nano-vllm's README, token by token."""
    dice = random.Random(0)
    prompts = [[dice.randint(0, 10_000) for _ in range(dice.randint(100, 1024))] for _ in range(256)]
    return [(prompt, dice.randint(100, 1024)) for prompt in prompts]


def ask(engine: Engine, load: Load, *, begin: str = "") -> None:
    for at, (prompt, n_tokens) in enumerate(load):
        params = SamplingParams(temperature=0.6, seed=at, max_tokens=n_tokens, ignore_eos=True)
        engine.add(f"{begin}{at}", prompt, params)


def drain(engine: Engine) -> int:
    """Tokens said until nothing is left to do."""
    said = 0
    while engine.has_work:
        said += sum(output.token is not None for output in engine.step())
    return said


def text(dice: random.Random, n_tokens: int) -> list[int]:
    return dice.choices(range(3, 10_000), k=n_tokens)


def _batch(bench: Bench, name: str, batch: int, form: Form = "whole") -> Measured:
    context, n_steps = (20, 12) if bench.rehearsing else (1024, 128)
    # The first to be prefilled must not end before the last has said something.
    n_tokens = n_steps + _WARM_STEPS + batch // 4
    engine = engine_of(bench, name, Need(batch, batch * (context + n_tokens)), form)
    dice = random.Random(batch)
    ask(engine, [(text(dice, context), n_tokens) for _ in range(batch)])
    said = dict.fromkeys(map(str, range(batch)), 0)
    while min(said.values()) < _WARM_STEPS:
        _count(engine, said)
    before, began = sum(said.values()), time.perf_counter()
    while engine.has_work and engine.load.n_running == batch:
        _count(engine, said)
    taken, made = time.perf_counter() - began, sum(said.values()) - before
    if made < batch:
        raise Wrong(f"the batch of {batch} was not kept: {made} tokens were counted")
    read = weight_bytes(bench, name, form) + batch * (context + n_steps // 2) * kv_bytes(bench, name)
    detail = {"context": context, "steps": made / batch, "step_ms": taken / made * batch * 1000}
    return Measured(
        made / taken, "tokens/s", ceiling="ceiling/read", reached=read * made / batch / taken / 1e9, detail=detail
    )


def _count(engine: Engine, said: dict[str, int]) -> None:
    for output in engine.step():
        said[output.request_id] += output.token is not None


def _nano(bench: Bench, name: str, form: Form = "whole") -> Measured:
    load = nano_load()
    if bench.rehearsing:
        load = [(prompt[:20], 4) for prompt, _ in load[:6]]
    engine = engine_of(bench, name, Need(len(load), sum(len(prompt) + n for prompt, n in load)), form)
    ask(engine, [(prompt[:64][::-1], 4) for prompt, _ in load], begin="warm")
    drain(engine)
    ask(engine, load)
    began = time.perf_counter()
    said = drain(engine)
    taken = time.perf_counter() - began
    wanted = sum(n for _, n in load)
    if said != wanted:
        raise Wrong(f"{said} tokens were said instead of {wanted}")
    return Measured(said / taken, "tokens/s", detail={"tokens": said, "preempted": engine.load.n_preempted})


def _prefilled(bench: Bench, name: str, length: int) -> Measured:
    engine = engine_of(bench, name, Need(2, 4 * length, budget=length))
    dice = random.Random(length)
    times = []
    for turn in range(bench.repeats + 2):
        # Other tokens each time, for pages of a prompt that was seen are not computed again.
        ask(engine, [(text(dice, length), 1)], begin=f"{turn}.")
        began = time.perf_counter()
        drain(engine)
        times.append(time.perf_counter() - began)
    taken = statistics.median(times[2:])
    head = decoder_of(bench, name).head_rows.numel()
    flops = 2 * (weight_count(bench, name) - head) * length
    return Measured(
        length / taken, "tokens/s", ceiling="ceiling/bf16", reached=flops / taken / 1e12, detail={"ms": taken * 1000}
    )
