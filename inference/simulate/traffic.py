"""Runs of workflows as they come in: which calls follow which, with what prompts, answers and pauses.

Patterns and sizes follow the study of workflow serving: chains, map-reduce, agents with tools, classified branches and
plain chat. Knows no engine.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

_VOCABULARY = 30_000


@dataclass(slots=True)
class Call:
    """One request of a run. It is made when all of `after` have ended and `pause_s` have passed."""

    node: str
    prompt: list[int]
    n_static: int
    """So many tokens at the prompt's beginning are the same in every run."""
    n_answer: int
    after: tuple[int, ...] = ()
    pause_s: float = 0.0
    gang: str = ""
    goes_on: float = 0.0
    """Seconds until the same conversation probably goes on; 0: never."""
    repeats: tuple[float, float] = (0.2, 0.5)
    """How often a guess at the next token is right: one from the sequence's own text, one from the node's earlier
    answers. Assumed: 0.35 makes prompt lookup 1.5 times as fast, 0.6 makes three guesses 2.2 times as fast, of 1.8 to
    4.5 times that SuffixDecoding (arXiv 2411.04975) reports of agents, with more than three."""


@dataclass(slots=True)
class Run:
    pattern: str
    arrives: float
    calls: list[Call] = field(default_factory=list)


def pauses(run: Run) -> float:
    """Seconds of pauses on the way that has most of them."""
    ends: list[float] = []
    for call in run.calls:
        ends.append(call.pause_s + max((ends[at] for at in call.after), default=0.0))
    return max(ends)


Pattern = Callable[[random.Random], list[Call]]


def text(dice: random.Random, n_tokens: int) -> list[int]:
    return dice.choices(range(_VOCABULARY), k=n_tokens)


def static(node: str, n_tokens: int) -> list[int]:
    """A node's own beginning of a prompt: instructions, tools, examples."""
    return text(random.Random(node), n_tokens)


def chain(dice: random.Random) -> list[Call]:
    """Four nodes one after the other, each reading what the one before wrote."""
    app = dice.randrange(8)
    calls: list[Call] = []
    for at in range(4):
        node = f"chain{app}.{at}"
        before = calls[-1].n_answer if calls else 200
        prompt = static(node, 1500) + text(dice, before)
        calls.append(Call(node, prompt, 1500, dice.randint(50, 400), after=(at - 1,) if at else ()))
    return calls


def map_reduce(dice: random.Random) -> list[Call]:
    """A plan, sixteen parallel readings of one document, a summary of them."""
    app = dice.randrange(4)
    document = text(dice, 4000)
    plan = Call(f"plan{app}", static(f"plan{app}", 600) + text(dice, 200), 600, dice.randint(50, 150))
    reading = static(f"map{app}", 400)
    maps = [
        Call(
            f"map{app}",
            reading + document + text(dice, 100),
            400,
            dice.randint(50, 300),
            after=(0,),
            gang="map",
            repeats=(0.3, 0.6),
        )
        for _ in range(16)
    ]
    answers = sum(call.n_answer for call in maps)
    join = Call(
        f"join{app}",
        static(f"join{app}", 600) + text(dice, answers),
        600,
        dice.randint(100, 400),
        tuple(range(1, 17)),
        repeats=(0.3, 0.4),
    )
    return [plan, *maps, join]


def agent(dice: random.Random) -> list[Call]:
    """Three to ten turns of one conversation that grows, with a tool running between them."""
    app = dice.randrange(6)
    node = f"agent{app}"
    conversation = static(node, 2000) + text(dice, 150)
    calls: list[Call] = []
    for at in range(dice.randint(3, 10)):
        answer = dice.randint(40, 250)
        pause = min(20.0, dice.lognormvariate(math.log(1.2), 0.9)) if at else 0.0
        calls.append(
            Call(
                node, list(conversation), 2000, answer, (at - 1,) if at else (), pause, goes_on=2.5, repeats=(0.35, 0.6)
            )
        )
        conversation = conversation + text(dice, max(answer + 50, 500))
    calls[-1].goes_on = 0.0
    return calls


def branch(dice: random.Random) -> list[Call]:
    """A classifier, then one of three ways of two nodes."""
    app, way = dice.randrange(6), dice.randrange(3)
    question = text(dice, 150)
    choose = Call(f"choose{app}", static(f"choose{app}", 800) + question, 800, dice.randint(3, 20))
    first, second = f"way{app}.{way}.a", f"way{app}.{way}.b"
    a = Call(first, static(first, 1500) + question, 1500, dice.randint(50, 300), (0,))
    b = Call(second, static(second, 1000) + text(dice, a.n_answer), 1000, dice.randint(50, 300), (1,))
    return [choose, a, b]


def chat(dice: random.Random) -> list[Call]:
    """A person's question to a plain assistant."""
    app = dice.randrange(4)
    n_history = dice.randint(50, 2000)
    return [
        Call(
            f"chat{app}",
            static(f"chat{app}", 500) + text(dice, n_history),
            500,
            dice.randint(50, 400),
            repeats=(0.15, 0.2),
        )
    ]


MIX: tuple[tuple[Pattern, float], ...] = (
    (chain, 0.40),
    (map_reduce, 0.20),
    (agent, 0.30),
    (branch, 0.10),
    (chat, 0.20),
)


def arrivals(
    runs_per_s: float, seconds: float, *, seed: int, mix: tuple[tuple[Pattern, float], ...] = MIX
) -> list[Run]:
    """Runs at random times (Poisson), of random patterns."""
    dice = random.Random(seed)
    patterns, weights = zip(*mix, strict=True)
    found: list[Run] = []
    at = dice.expovariate(runs_per_s)
    while at < seconds:
        pattern: Pattern = dice.choices(patterns, weights)[0]
        found.append(Run(pattern.__name__, at, pattern(dice)))
        at += dice.expovariate(runs_per_s)
    return found
