"""The contract of a node kind: what it declares, and what it turns a config into.

Knows the shape all kinds share; knows no kind. A kind's `build` runs once at compile time and returns a step;
the step runs once per attempt.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

import msgspec

from workflows.events import Mode, Usage, Write
from workflows.nodes.fields import NodeConfig

if TYPE_CHECKING:
    from workflows.containers import Container
    from workflows.context import Context
    from workflows.ports import Signal
    from workflows.scope import Scope
    from workflows.template import Template

Effect = Literal["pure", "idempotent", "once"]
Family = Literal["io", "model", "knowledge", "logic", "code", "tool", "human"]
Handles = Literal["source", "cases", "classes", "actions", "none"]

C = TypeVar("C", bound=NodeConfig)


class Output(NamedTuple):
    """One output a kind always has, for the variable picker."""

    name: str
    type: str


class Result(msgspec.Struct):
    """What a step hands back. `inputs` are shown in the run's log; `handle` is the branch taken; `writes` change
    conversation and loop variables when the result is written down.
    """

    outputs: dict[str, Any]
    inputs: dict[str, Any] = {}
    handle: str | None = None
    usage: Usage | None = None
    facts: dict[str, Any] = {}
    writes: list[Write] = []


@dataclass(slots=True)
class Waiting:
    """Handed back instead of a result: the node waits for something outside. `wait` has `type` (form, time, event),
    `expires_at` (seconds since the epoch, or None) and what its type needs; the engine adds its `key`.
    """

    wait: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)


InlineStep = Callable[["Context"], Result | Waiting | None]
AsyncStep = Callable[["Context"], Awaitable[Result | Waiting]]
ResumeStep = Callable[["Context", dict[str, Any], "Signal"], Result]


@dataclass(slots=True, frozen=True)
class Step:
    """A compiled node: `inline` (pure, quick, run in the driver's loop), `task` or `container`. With both of the first
    two, `inline` gives None when this time it would not be quick, and `task` does it.

    `answer` is the template a response node streams as the run's answer. `writes` are the variables its results may
    change: answers that show them wait for it. `resume` makes a result of what a waiting node waited for.
    """

    inline: InlineStep | None = None
    task: AsyncStep | None = None
    timeout_s: float | None = None
    answer: Template | None = None
    writes: Sequence[tuple[str, str]] = ()
    resume: ResumeStep | None = None
    container: Container | None = None


class NodeType(ABC, Generic[C]):
    """A kind of node. One instance serves every node of the kind; it holds no state.

    A `container` kind has a body of its own: the nodes whose parent it is, entered by the handle `body`. A `root` kind
    is one a run may begin at.
    `writable` containers let nodes write what `inner_of` names. `note` kinds are for people only and never compiled.
    """

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
    container: ClassVar[bool] = False
    writable: ClassVar[bool] = False
    root: ClassVar[bool] = False
    note: ClassVar[bool] = False

    def root_of(self, config: C) -> bool:
        """Whether a run may begin at a node so configured."""
        return self.root

    def effect_of(self, config: C) -> Effect:
        """The effect of a node so configured."""
        return self.effect

    def outputs_of(self, config: C) -> dict[str, str] | None:
        """Names and types of the outputs of a node so configured; None when any name may turn up."""
        return {output.name: output.type for output in self.outputs}

    def handles_of(self, config: C) -> tuple[str, ...] | None:
        """The handles edges may leave by, in order; None when any may."""
        return () if self.handles == "none" else ("source",)

    def inner_of(self, config: C) -> Mapping[str, str]:
        """Names and types of what the body of a container so configured sees under the container's own name."""
        return {}

    def fresh(self) -> dict[str, Any]:
        """The config of a node just placed on the canvas."""
        return self.config().model_dump(mode="json", exclude_none=False)

    @abstractmethod
    def build(self, config: C, scope: Scope) -> Step:
        """Compile the node: resolve references and templates through `scope`, which collects every fault."""
