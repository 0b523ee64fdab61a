"""The tools of one agent: offered to its model by name, called as steps that a recovery does not do again.

Knows what a call may meet (no such tool, wrong arguments, a failing tool, an unknown outcome, the same call again and
again) and tells all of it to the model as an observation; knows nothing of prompts.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows import wording
from workflows.context import Context
from workflows.errors import ToolError, WorkflowError
from workflows.ports import ToolResult, ToolSpec
from workflows.prompts import context_text
from workflows.repair import loads_lenient
from workflows.tools.offer import Offer
from workflows.values import clean, is_file

MAX_OBSERVATION = 20_000
MAX_SAME = 2
"""How often the same call is made; from then on it is refused."""
MAX_REFUSED = 2
"""How many calls refused for that end the work."""

Given = dict[str, Any] | str | None
"""The arguments a model gives: an object, a text where it gave no object, or None for what cannot be read."""

_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(slots=True)
class Gathered:
    """What an agent's tools have given so far. `passages` are numbered in this order, from 1."""

    files: list[dict[str, Any]] = field(default_factory=list)
    json: list[Any] = field(default_factory=list)
    passages: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)


class Toolbox:
    """An agent's tools as they were compiled; it holds no state of a run."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        self.offers: dict[str, Offer] = {}
        for offer in offers:
            self.offers[_free_name(offer, self.offers)] = offer

    def within(self, ctx: Context) -> Toolbox:
        """The tools that this run has; a model is not told of others."""
        found = Toolbox(())
        found.offers = {name: offer for name, offer in self.offers.items() if offer.is_here(ctx)}
        return found

    def specs(self) -> list[ToolSpec]:
        """The tools as a model is offered them."""
        return [ToolSpec(name, offer.description, offer.parameters) for name, offer in self.offers.items()]

    def begin(self, ctx: Context, like: str, gathered: Gathered) -> Calls:
        """The calls of one attempt. `like` is a text in the language that observations are to be in."""
        return Calls(self.offers, ctx, like, gathered)


def _free_name(offer: Offer, taken: Mapping[str, Offer]) -> str:
    """A name that models take: letters, digits, `_` and `-`, at most 64, different for each tool."""
    base = _NAME.sub("_", offer.tool).strip("_")[:56] or "tool"
    names = (base, *(f"{base}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


@dataclass(slots=True, frozen=True)
class _Made:
    """A call that was made: its output, or why there is none."""

    name: str
    shown: dict[str, Any]
    output: dict[str, Any]
    error: WorkflowError | None


class Calls:
    """The calls of one attempt of an agent."""

    def __init__(self, offers: Mapping[str, Offer], ctx: Context, like: str, gathered: Gathered) -> None:
        self._offers = offers
        self._ctx = ctx
        self._like = like
        self._gathered = gathered
        self._made: Counter[str] = Counter()
        self._doubtful: set[str] = set()
        self._refused = 0

    @property
    def in_circles(self) -> bool:
        """Whether the model asks for the same over and over, though it was told."""
        return self._refused >= MAX_REFUSED

    async def observe(self, asked: Sequence[tuple[str, Given]]) -> list[str]:
        """Make the calls of one reply at the same time; what the model is told of each. What they gave is gathered in
        the order they were asked for, whichever ends first. Only a fault of the engine itself is raised.
        """
        made = await asyncio.gather(*(self._make(name, given) for name, given in asked), return_exceptions=True)
        told = []
        for call in made:
            if isinstance(call, BaseException):
                raise call
            told.append(self._failed(call) if call.error is not None else self._succeeded(call))
        return told

    async def _make(self, name: str, given: Given) -> _Made:
        offer = self._offers.get(name)
        arguments = self._arguments(offer, given)
        shown = {"tool": name, "arguments": arguments if arguments is not None else given}
        signature = json.dumps([name, shown["arguments"]], sort_keys=True, default=str)
        self._made[signature] += 1
        repeated = self._made[signature] > MAX_SAME
        self._refused += repeated
        key = self._ctx.step_key

        async def call() -> dict[str, Any]:
            if offer is None:
                raise ToolError("tool_unknown", f"There is no tool {name!r}. There are: {', '.join(self._offers)}.")
            if arguments is None:
                raise ToolError("tool_arguments", f"The arguments of {name} must be one JSON object.")
            if name in self._doubtful:
                raise ToolError("tool_doubtful", wording.of("doubt", self._like).format(tool=name))
            if repeated:
                raise ToolError("tool_repeated", wording.of("repeated", self._like).format(tool=name))
            result = await offer.call(self._ctx, arguments, key=key)
            return {"text": result.text, "json": result.json, "files": result.files}

        may_act = offer is not None and arguments is not None and name not in self._doubtful and not repeated
        effect = offer.effect_of(arguments) if may_act and offer is not None and arguments is not None else "idempotent"
        try:
            output = await self._ctx.step(name, "tool", shown, call, effect=effect)
        except WorkflowError as error:
            if error.code == "budget_exceeded":
                raise
            if error.code == "outcome_unknown":
                # Known to the calls that were asked for at the same time, too.
                self._doubtful.add(name)
            return _Made(name, shown, {}, error)
        return _Made(name, shown, output, None)

    def _arguments(self, offer: Offer | None, given: Given) -> dict[str, Any] | None:
        """What the tool is called with; None when what was given is no object and cannot be made one."""
        if offer is None:
            return given if isinstance(given, dict) else None
        if isinstance(given, str):
            given = _object_of(given, offer.parameters)
        return None if given is None else clean(offer.arguments(self._ctx.pool, given))

    def _failed(self, made: _Made) -> str:
        error = made.error
        assert error is not None
        said = error.message
        if error.code == "outcome_unknown":
            said = wording.of("doubt", self._like).format(tool=made.name)
        failure = {"code": error.code, "message": error.message}
        self._gathered.steps.append({**made.shown, "output": None, "error": failure})
        return f"Error: {said}"[:MAX_OBSERVATION]

    def _succeeded(self, made: _Made) -> str:
        result = ToolResult(**made.output)
        gathered = self._gathered
        gathered.steps.append({**made.shown, "output": _cut(result.text, 2000), "error": None})
        gathered.files += [file for file in result.files if is_file(file)]
        gathered.json += result.json
        passages = [item for item in result.json if _is_passage(item)]
        text = result.text
        if passages and len(passages) == len(result.json):
            text = context_text(passages, first=len(gathered.passages) + 1)
            gathered.passages += passages
        named = [str(file.get("filename") or file.get("url") or "file") for file in result.files if is_file(file)]
        files = f"\n\nFiles: {', '.join(named)}" if named else ""
        return _cut(text or json.dumps(result.json, ensure_ascii=False), MAX_OBSERVATION) + files


def _object_of(written: str, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments in a text: its JSON, or the text itself where a tool wants just one thing."""
    value = loads_lenient(written) if written.lstrip().startswith(("{", "`")) else None
    if isinstance(value, dict):
        return value
    names = list(parameters.get("required") or []) or list(parameters.get("properties") or {})
    if not written.strip():
        return {}
    return {names[0]: written} if len(names) == 1 else None


def _is_passage(item: Any) -> bool:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    return isinstance(metadata, dict) and "content" in item and metadata.get("_source") == "knowledge"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"
