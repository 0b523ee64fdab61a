"""The contract of a node kind: what it declares, and what it turns a config into.

Knows the shape all kinds share; knows no kind. A kind's `build` runs once at compile time and returns a step;
the step runs once per attempt.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from workflows.events import Mode, Usage
from workflows.nodes.fields import NodeConfig

if TYPE_CHECKING:
    from workflows.context import Context
    from workflows.scope import Scope
    from workflows.template import Template

Effect = Literal["pure", "idempotent", "once"]
Family = Literal["io", "model", "knowledge", "logic", "code", "tool", "human"]
Handles = Literal["source", "cases", "none"]

C = TypeVar("C", bound=NodeConfig)


class Output(NamedTuple):
    """One output a kind always has, for the variable picker."""

    name: str
    type: str


@dataclass(slots=True)
class Result:
    """What a step hands back. `inputs` are shown in the run's log; `handle` is the branch taken."""

    outputs: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    handle: str | None = None
    usage: Usage | None = None
    facts: dict[str, Any] = field(default_factory=dict)


InlineStep = Callable[["Context"], Result]
AsyncStep = Callable[["Context"], Awaitable[Result]]


@dataclass(slots=True, frozen=True)
class Step:
    """A compiled node. Exactly one of `inline` (pure, quick, run in the driver's loop) and `task` is set.

    `answer` is the template a response node streams as the run's answer.
    """

    inline: InlineStep | None = None
    task: AsyncStep | None = None
    timeout_s: float | None = None
    answer: Template | None = None


class NodeType(ABC, Generic[C]):
    """A kind of node. One instance serves every node of the kind; it holds no state."""

    kind: ClassVar[str]
    family: ClassVar[Family]
    config: type[C]
    effect: ClassVar[Effect] = "pure"
    outputs: ClassVar[tuple[Output, ...]] = ()
    outputs_from: ClassVar[Literal["variables", "outputs"] | None] = None
    handles: ClassVar[Handles] = "source"
    accepts_input: ClassVar[bool] = True
    modes: ClassVar[tuple[Mode, ...]] = ("chat", "workflow")
    streams: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[bool] = False

    def effect_of(self, config: C) -> Effect:
        """The effect of a node so configured."""
        return self.effect

    def outputs_of(self, config: C) -> dict[str, str] | None:
        """Names and types of the outputs of a node so configured; None when any name may turn up."""
        return {output.name: output.type for output in self.outputs}

    def handles_of(self, config: C) -> tuple[str, ...] | None:
        """The handles edges may leave by, in order; None when any may."""
        return () if self.handles == "none" else ("source",)

    def fresh(self) -> dict[str, Any]:
        """The config of a node just placed on the canvas."""
        return self.config().model_dump(mode="json", exclude_none=False)

    @abstractmethod
    def build(self, config: C, scope: Scope) -> Step:
        """Compile the node: resolve references and templates through `scope`, which collects every fault."""
