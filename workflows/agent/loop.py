"""The loop of an agent: ask the model, do what it asks for, tell it what came of it, until it answers.

Knows the two strategies and the bounds on both: a number of steps, and an end to calling the same tool in vain. Every
question to the model and every call of a tool is a step of its own in the run's log.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from workflows import wording
from workflows.agent import react
from workflows.agent.toolbox import Calls, Gathered, Toolbox
from workflows.agent.voice import FollowedReply, HeldReply, Voice
from workflows.asking import Asker, ask, inputs_of
from workflows.calls import read_arguments
from workflows.context import Context, StepOutput
from workflows.errors import NodeError
from workflows.events import Usage
from workflows.ports import ChatRequest, Message, ToolCall, ToolSpec
from workflows.replies import Emit, without_thinking
from workflows.vision import shown

_STOP = ["\nObservation:", "\nObservation："]


@dataclass(slots=True)
class Turn:
    """One reply of the model, as it is kept in the log."""

    text: str
    calls: list[ToolCall]
    usage: Usage


@dataclass(slots=True)
class Outcome:
    """How an agent ended."""

    text: str
    usage: Usage
    rounds: int
    finish: str
    """`answer`, `steps` (no more were allowed), or `repeats` (it went in circles)."""


class Run:
    """One attempt of one agent."""

    def __init__(
        self, ctx: Context, asker: Asker, toolbox: Toolbox, gathered: Gathered, max_steps: int, like: str
    ) -> None:
        self._ctx = ctx
        self._asker = asker
        self._specs = toolbox.specs()
        self._calls: Calls = toolbox.begin(ctx, like, gathered)
        self._max_steps = max_steps
        self._like = like
        self._voice = Voice(ctx.emit)
        self._usage = Usage()
        self._told = 0
        self._stop = True

    async def by_functions(self, messages: Sequence[Message]) -> Outcome:
        """The model calls functions. Raises NodeError `model_no_tools` when it cannot."""
        transcript = list(messages)
        for number in range(1, self._max_steps + 1):
            turn = await self._held(transcript, self._specs)
            if not turn.calls:
                return self._outcome(number, "answer")
            transcript.append(Message("assistant", turn.text, turn.calls))
            transcript += await self._results(turn.calls)
            if self._calls.in_circles:
                break
        transcript.append(Message("user", wording.of("finish", self._like)))
        await self._held(transcript, [])
        return self._outcome(number + 1, self._why_ended())

    async def _held(self, transcript: list[Message], tools: Sequence[ToolSpec]) -> Turn:
        reply = HeldReply(self._voice, may_call=bool(tools))
        turn = await self._ask(self._asker.request(self._ctx, transcript, tools=list(tools)), reply.emit)
        reply.end(called=bool(turn.calls and tools))
        return turn

    async def _results(self, calls: Sequence[ToolCall]) -> list[Message]:
        told = await self._calls.observe([(call.name, read_arguments(call)) for call in calls])
        return [Message("tool", said, [], call.id) for call, said in zip(calls, told, strict=True)]

    async def by_words(self, messages: Sequence[Message]) -> Outcome:
        """The model writes Thought, Action and Final Answer."""
        transcript = list(messages)
        strayed = False
        for number in range(1, self._max_steps + 1):
            text, said = await self._followed(transcript, accept=strayed)
            if said.action is not None:
                (observed,) = await self._calls.observe([(said.action.tool, said.action.input)])
                told = wording.of("observation", self._like).format(text=observed)
            elif said.answer is None and not strayed:
                strayed = True
                told = wording.of("no_action", self._like)
            else:
                return self._outcome(number, "answer")
            transcript += [Message("assistant", _before_observation(text) or "…"), Message("user", told)]
            if self._calls.in_circles:
                break
        transcript.append(Message("user", wording.of("finish", self._like)))
        await self._followed(transcript, accept=True)
        return self._outcome(number + 1, self._why_ended())

    async def _followed(self, transcript: list[Message], *, accept: bool) -> tuple[str, react.Said]:
        """One reply and what it says. With `accept`, one in no known form counts as the answer."""
        reply = FollowedReply(self._voice)
        turn = await self._ask(self._worded(transcript), reply.emit)
        said = react.read(without_thinking(turn.text))
        if said.answer is not None:
            reply.end(said.answer)
        elif accept and said.action is None:
            reply.end(said.thought)
        return turn.text, said

    def _why_ended(self) -> str:
        return "repeats" if self._calls.in_circles else "steps"

    def _worded(self, transcript: list[Message]) -> ChatRequest:
        request = self._asker.request(self._ctx, transcript)
        return msgspec.structs.replace(request, stop=[*request.stop, *_STOP]) if self._stop else request

    async def _ask(self, request: ChatRequest, emit: Emit) -> Turn:
        """One question as a step of the log; from the log, where it was already put."""
        heard = False

        async def call() -> StepOutput:
            nonlocal heard
            heard = True
            asked = await ask(self._ctx, request, emit)
            reply = asked.reply
            calls = [{"id": each.id, "name": each.name, "arguments": each.arguments} for each in reply.calls]
            value = {"text": reply.text, "reasoning": reply.reasoning, "calls": calls}
            return StepOutput({**value, "usage": msgspec.to_builtins(reply.usage)}, reply.usage)

        # The log holds what the model was told since it was asked last; the rest stands in the steps before.
        told = {**inputs_of(request), "messages": shown(request.messages[self._told :])}
        try:
            value = await self._ctx.step(request.model, "model", told, call)
        except NodeError as error:
            if self._stop and request.stop[-len(_STOP) :] == _STOP and "stop" in error.message.lower():
                self._stop = False
                return await self._ask(msgspec.structs.replace(request, stop=request.stop[: -len(_STOP)]), emit)
            raise
        self._told = len(request.messages)
        if not heard:
            for output in ("reasoning", "text"):
                if value[output]:
                    emit(output, value[output])
        usage = msgspec.convert(value["usage"], Usage)
        self._usage += usage
        return Turn(value["text"], [ToolCall(**each) for each in value["calls"]], usage)

    def _outcome(self, rounds: int, finish: str) -> Outcome:
        return Outcome(self._voice.text, self._usage, rounds, finish)


def _before_observation(text: str) -> str:
    """A reply without what the model made up of its own action's result."""
    for mark in _STOP:
        text = text.partition(mark)[0]
    return text


def described(specs: Sequence[ToolSpec]) -> str:
    """The tools in words, for a model that is told of them in its prompt."""
    rows = [{"name": each.name, "description": each.description, "parameters": each.parameters} for each in specs]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def facts_of(outcome: Outcome) -> dict[str, Any]:
    """What the run's log says of how an agent ended."""
    return {"rounds": outcome.rounds, "finish": outcome.finish}
