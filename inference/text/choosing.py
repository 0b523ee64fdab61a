"""Answers a `choice` without decoding: the model is asked at every place where options part, all of them at once.

What it would choose there is what constrained decoding would have said, token by token; and the probabilities of the
ways on, multiplied along each option's tokens, are those with which it would say each option at temperature 1.
"""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from inference.request import OptionScore, Piece, SamplingParams
from inference.sequence import Output, Scores
from inference.text.choice import ChoiceTree, OneOf, Path
from inference.worker import EngineWorker

MAX_BRANCHES = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model chose at a place, and the log-probabilities of the ways on."""

    token: int
    scores: Scores


def is_direct(params: SamplingParams, tree: ChoiceTree) -> bool:
    """Can it be answered so? Penalties depend on what was said before, and log-probabilities belong to tokens."""
    plain = (params.n, params.logprobs, params.min_tokens) == (1, None, 0) and not params.stop and not params.logit_bias
    penalised = params.presence_penalty or params.frequency_penalty or params.repetition_penalty != 1.0
    longest = max(map(len, tree.options)) + 1
    fits = params.max_tokens is None or params.max_tokens >= longest
    return plain and fits and not penalised and not params.stop_token_ids and len(tree.branches) <= MAX_BRANCHES


async def choose(worker: EngineWorker, prompt: list[int], params: SamplingParams, tree: ChoiceTree) -> Piece:
    """The whole answer in one piece, its options scored; an `abort` without text when it was given up unanswered.
    `params` has a seed. Raises what the engine refuses with."""
    branches = tree.branches
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_ask(worker, prompt, params, tree, path)) for path in branches]
    except ExceptionGroup as failed:
        # all ask the same engine: what refuses one, such as a full queue, refuses the answer
        raise failed.exceptions[0] from None
    answers = {path: task.result() for path, task in zip(branches, tasks, strict=True)}
    asked = {path: answer for path, answer in answers.items() if answer is not None}
    if len(asked) < len(answers):
        return Piece("", finish_reason="abort")
    path: Path = ()
    n_asked = 0
    while not tree.is_whole(path) and path[-1:] not in {(token,) for token in tree.eos_ids}:
        at = asked.get(path)
        path += (at.token,) if at is not None else tree.forced(path)
        n_asked += at is not None
    said = path[:-1] if path[-1] in tree.eos_ids and path not in tree.options else path
    return Piece(
        tree.options[said],
        n_tokens=len(path),
        finish_reason="stop",
        n_forced=len(path) - n_asked,
        options=_probabilities(tree, asked),
    )


def _probabilities(tree: ChoiceTree, asked: Mapping[Path, Asked]) -> tuple[OptionScore, ...]:
    scored = []
    for path, option in tree.options.items():
        ends = path in tree.after
        share = 0.0
        for at in range(len(path) + ends):
            scores = asked.get(path[:at])
            if scores is not None:
                wanted = set(tree.eos_ids) if at == len(path) else {path[at]}
                share += _share(scores.scores.asked, wanted)
        scored.append(OptionScore(option, math.exp(share)))
    return tuple(sorted(scored, key=lambda each: -each.probability))


def _share(ways: tuple[tuple[int, float], ...], wanted: set[int]) -> float:
    """Natural logarithm of the wanted tokens' part of the probability of all ways on."""
    highest = max(logprob for _, logprob in ways)
    part = sum(math.exp(logprob - highest) for token, logprob in ways if token in wanted)
    total = sum(math.exp(logprob - highest) for _, logprob in ways)
    return math.log(part / total) if part else -math.inf


async def _ask(
    worker: EngineWorker, prompt: list[int], params: SamplingParams, tree: ChoiceTree, path: Path
) -> Asked | None:
    """One token after the prompt and `path`, drawn as it would be in the midst of the answer; None when it came too
    late to be computed."""
    once = replace(params, max_tokens=1, grammar=None, ignore_eos=True, logprob_token_ids=tuple(tree.after[path]))
    bound = OneOf(tree, jump=False, path=path)
    said: list[Output] = []
    async with aclosing(worker.generate(uuid.uuid4().hex, [*prompt, *path], once, bound)) as batches:
        async for batch in batches:
            said += batch
    first = said[0]
    if first.token is None:
        return None
    assert first.scores is not None
    return Asked(first.token, first.scores)
