"""Runs of workflows as they come in: which calls follow which, with what prompts, answers and pauses.

Patterns and sizes follow the study of workflow serving: chains, map-reduce, agents with tools, classified branches, 40,
20, 30 and 10 parts of the runs, and 20 parts of plain chat. What it leaves open is chosen here: how many apps there are
of each pattern, the prompts of maps, joins, classifiers and chats, and how often drafts are right. Knows no engine.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

END, WORD = 1, 2
_VOCABULARY = 30_000
_ANSWER = (50, 400)
_PAUSE_S = (0.3, 5.0)
_TURN = 500


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
    is_choice: bool = False
    """One of a few options is wanted."""
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


def said(n_tokens: int) -> list[int]:
    """An answer, as whoever plays it says it."""
    return [WORD] * (n_tokens - 1) + [END]


def static(node: str, n_tokens: int) -> list[int]:
    """A node's own beginning of a prompt: instructions, tools, examples."""
    return text(random.Random(node), n_tokens)


def answer(dice: random.Random) -> int:
    return dice.randint(*_ANSWER)


def pause(dice: random.Random) -> float:
    """Log-normal over the interval: 95 % of such numbers lie within, the others are drawn anew."""
    least, most = map(math.log, _PAUSE_S)
    while True:
        drawn = dice.normalvariate((least + most) / 2, (most - least) / 4)
        if least <= drawn <= most:
            return math.exp(drawn)


def chain(dice: random.Random) -> list[Call]:
    """Four nodes one after the other, each reading what the one before wrote."""
    app = dice.randrange(8)
    calls: list[Call] = []
    for at in range(4):
        node = f"chain{app}.{at}"
        before = calls[-1].n_answer if calls else 200
        prompt = static(node, 1500) + text(dice, before)
        calls.append(Call(node, prompt, 1500, answer(dice), after=(at - 1,) if at else ()))
    return calls


def map_reduce(dice: random.Random) -> list[Call]:
    """A plan, sixteen parallel readings of one document, a summary of them."""
    app = dice.randrange(4)
    document = text(dice, 4000)
    plan = Call(f"plan{app}", static(f"plan{app}", 600) + text(dice, 200), 600, answer(dice))
    reading = static(f"map{app}", 400)
    maps = [
        Call(
            f"map{app}",
            reading + document + text(dice, 100),
            400,
            answer(dice),
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
        answer(dice),
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
        before = (at - 1,) if at else ()
        waited = pause(dice) if at else 0.0
        n_answer = answer(dice)
        calls.append(Call(node, list(conversation), 2000, n_answer, before, waited, goes_on=2.5, repeats=(0.35, 0.6)))
        conversation += [*said(n_answer), *text(dice, _TURN - n_answer)]
    calls[-1].goes_on = 0.0
    return calls


def branch(dice: random.Random) -> list[Call]:
    """A classifier, then one of three ways of two nodes."""
    app, way = dice.randrange(6), dice.randrange(3)
    question = text(dice, 150)
    choose = Call(f"choose{app}", static(f"choose{app}", 800) + question, 800, dice.randint(3, 20), is_choice=True)
    first, second = f"way{app}.{way}.a", f"way{app}.{way}.b"
    a = Call(first, static(first, 1500) + question, 1500, answer(dice), (0,))
    b = Call(second, static(second, 1000) + text(dice, a.n_answer), 1000, answer(dice), (1,))
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
            answer(dice),
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


def at_load(runs: list[Run], tokens_per_s: float) -> list[Run]:
    """The same runs, so far apart that they want so many tokens of answers a second."""
    wanted = sum(call.n_answer for run in runs for call in run.calls)
    stretch = wanted / tokens_per_s / runs[-1].arrives
    return [replace(run, arrives=run.arrives * stretch) for run in runs]
