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

from inference.request import Begun, OptionScore, Piece, SamplingParams
from inference.sequence import Output, Scores
from inference.text.choice import ChoiceTree, OneOf, Place
from inference.worker import EngineWorker

MAX_FORKS = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model chose at a place, and the log-probabilities of the ways on."""

    token: int
    scores: Scores
    begun: Begun | None


def is_direct(params: SamplingParams, tree: ChoiceTree) -> bool:
    """Can it be answered so? Penalties depend on what was said before, and log-probabilities belong to tokens."""
    plain = (params.n, params.logprobs, params.min_tokens) == (1, None, 0) and not params.stop and not params.logit_bias
    penalised = params.presence_penalty or params.frequency_penalty or params.repetition_penalty != 1.0
    fits = params.max_tokens is None or params.max_tokens > tree.longest
    return plain and fits and not penalised and not params.stop_token_ids and len(tree.forks) <= MAX_FORKS


async def choose(worker: EngineWorker, prompt: list[int], params: SamplingParams, tree: ChoiceTree) -> Piece:
    """The whole answer in one piece, its options scored; an `abort` without text when it was given up unanswered.
    `params` has a seed. Raises what the engine refuses with."""
    forks = tree.forks
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_ask(worker, prompt, params, tree, place)) for place in forks]
    except ExceptionGroup as failed:
        # all ask the same engine: what refuses one, such as a full queue, refuses the answer
        raise failed.exceptions[0] from None
    answers = {place: task.result() for place, task in zip(forks, tasks, strict=True)}
    asked = {place: answer for place, answer in answers.items() if answer is not None}
    if len(asked) < len(answers):
        return Piece("", finish_reason="abort")
    place, n_asked, ended = tree.places[0], 0, False
    while place.ways and not ended:
        following = place.ways[asked[place].token]
        n_asked += 1
        place, ended = following or place, following is None
    assert place.option is not None, "no way leads to where nothing ends"
    n_tokens = len(place.path) + ended
    return Piece(
        place.option,
        n_tokens=n_tokens,
        finish_reason="stop",
        n_forced=n_tokens - n_asked,
        options=_probabilities(tree, asked),
        begun=asked[tree.places[0]].begun if tree.places[0].ways else None,
    )


def _probabilities(tree: ChoiceTree, asked: Mapping[Place, Asked]) -> tuple[OptionScore, ...]:
    shares = {tree.places[0]: 0.0}
    scored = []
    for place in tree.places:
        ways = asked[place].scores.asked if place.ways else ()
        if place.option is not None:
            ends = {token for token, following in place.ways.items() if following is None}
            share = shares[place] + (_share(ways, ends) if ends else 0.0)
            scored.append(OptionScore(place.option, math.exp(share)))
        for token, following in place.ways.items():
            if following is not None:
                shares[following] = shares[place] + _share(ways, {token})
    return tuple(sorted(scored, key=lambda each: -each.probability))


def _share(ways: tuple[tuple[int, float], ...], wanted: set[int]) -> float:
    """Natural logarithm of the wanted tokens' part of the probability of all ways on."""
    highest = max(logprob for _, logprob in ways)
    part = sum(math.exp(logprob - highest) for token, logprob in ways if token in wanted)
    total = sum(math.exp(logprob - highest) for _, logprob in ways)
    return math.log(part / total) if part else -math.inf


async def _ask(
    worker: EngineWorker, prompt: list[int], params: SamplingParams, tree: ChoiceTree, place: Place
) -> Asked | None:
    """One token after the prompt and the way to `place`, drawn as it would be in the midst of the answer; None when it
    came too late to be computed."""
    once = replace(params, max_tokens=1, grammar=None, ignore_eos=True, logprob_token_ids=tuple(place.ways))
    bound = OneOf(tree, jump=False, at=place)
    said: list[Output] = []
    async with aclosing(worker.generate(uuid.uuid4().hex, [*prompt, *place.path], once, bound)) as batches:
        async for batch in batches:
            said += batch
    first = said[0]
    if first.token is None:
        return None
    assert first.scores is not None
    return Asked(first.token, first.scores, first.begun)
