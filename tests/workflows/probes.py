"""A node kind that does steps, so that tests need no agent: each step is a call of a model, or an effect."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from workflows.context import Context, StepOutput
from workflows.events import Usage
from workflows.kinds import NodeType, Result, Step
from workflows.nodes.fields import NodeConfig
from workflows.scope import Scope


class Config(NodeConfig):
    """Names of steps, done one after another or at once."""

    steps: list[str] = []
    effect: Literal["idempotent", "once"] = "idempotent"
    parallel: bool = False
    tokens: int = 0
    sleep_s: float = 0.0


class Worker(NodeType[Config]):
    """Does its steps and gives what they gave. `calls` lists the steps really done, with the keys they had."""

    kind = "worker"
    family = "tool"
    config = Config
    effect = "idempotent"

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        return {"done": "array[string]"}

    def build(self, config: Config, scope: Scope) -> Step:
        async def one(ctx: Context, name: str) -> Any:
            key = ctx.step_key

            async def call() -> Any:
                await asyncio.sleep(config.sleep_s)
                self.calls.append((name, key))
                return StepOutput(f"{name} done", Usage(config.tokens, 0, config.tokens) if config.tokens else None)

            return await ctx.step(name, "tool", {"name": name}, call, effect=config.effect)

        async def run(ctx: Context) -> Result:
            if config.parallel:
                done = await asyncio.gather(*(one(ctx, name) for name in config.steps))
            else:
                done = [await one(ctx, name) for name in config.steps]
            spent = config.tokens * len(config.steps)
            return Result({"done": list(done)}, usage=Usage(spent, 0, spent) if spent else None)

        return Step(task=run)
