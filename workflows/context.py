"""What a step sees while it runs: values, ports, and ways to stream and to record what it does.

Knows one attempt of one node; knows nothing of scheduling.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol

from workflows.errors import NodeError
from workflows.events import Usage
from workflows.ports import Blobs, Code, Files, Http, Models, Ports, Retrieval, Tools
from workflows.template import Pool

Emit = Callable[[str, str], None]
StepCall = Callable[[], Awaitable[Any]]
StepEffect = Literal["idempotent", "once"]


class Inside(Protocol):
    """What the engine does for a running task."""

    def step_key(self) -> str: ...

    async def step(self, name: str, kind: str, input: Any, call: StepCall, effect: StepEffect) -> Any: ...

    async def run_frame(self, region: str, inputs: dict[str, Any]) -> dict[str, Any]: ...


class StepOutput:
    """What a step's `call` may return instead of its bare output, to say what it used."""

    __slots__ = ("usage", "value")

    def __init__(self, value: Any, usage: Usage | None = None) -> None:
        self.value = value
        self.usage = usage


class Context:
    """One attempt of one node. `emit(output, text)` streams; the engine gathers small pieces."""

    __slots__ = ("attempt", "emit", "frame", "history", "inside", "lineage", "node_id", "pool", "ports", "run_id")

    def __init__(
        self,
        pool: Pool,
        ports: Ports,
        run_id: str,
        node_id: str,
        frame: str,
        lineage: str,
        attempt: int,
        emit: Emit,
        history: list[dict[str, Any]],
        inside: Inside | None = None,
    ) -> None:
        self.pool = pool
        self.ports = ports
        self.run_id = run_id
        self.node_id = node_id
        self.frame = frame
        self.lineage = lineage
        self.attempt = attempt
        self.emit = emit
        self.history = history
        self.inside = inside

    @property
    def key(self) -> str:
        """Names this attempt among all runs, the same after a recovery: for outside effects that know such keys."""
        return attempt_key(self.run_id, self.lineage, self.node_id, self.attempt)

    @property
    def step_key(self) -> str:
        """The key of the step asked for next: the same when a cut-off step is done again."""
        assert self.inside is not None, "only a task has steps"
        return self.inside.step_key()

    async def step(
        self,
        name: str,
        kind: str,
        input: Any,
        call: StepCall,
        *,
        effect: StepEffect = "idempotent",
    ) -> Any:
        """Do a step of this node and record it. After a recovery, a step that was recorded is not done again: its
        recorded output, or its error, comes back. Steps must be asked for in the same order every time. `call` may
        return a StepOutput to say what it used; the outputs must be plain JSON values.
        """
        assert self.inside is not None, "only a task has steps"
        return await self.inside.step(name, kind, input, call, effect)

    async def run_frame(self, region: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """Run a sub-workflow, as `scope.sub_workflow` named it, in this run's own log; its outputs. Raises NodeError
        when it fails.
        """
        assert self.inside is not None, "only a task runs frames"
        return await self.inside.run_frame(region, inputs)

    @property
    def models(self) -> Models:
        return self.ports.models or _missing("models", "chat models")

    @property
    def retrieval(self) -> Retrieval:
        return self.ports.retrieval or _missing("retrieval", "searching knowledge bases")

    @property
    def http(self) -> Http:
        return self.ports.http or _missing("http", "outgoing requests")

    @property
    def code(self) -> Code:
        return self.ports.code or _missing("code", "running code")

    @property
    def files(self) -> Files:
        return self.ports.files or _missing("files", "reading files")

    @property
    def tools(self) -> Tools:
        return self.ports.tools or _missing("tools", "calling tools")

    @property
    def blobs(self) -> Blobs:
        return self.ports.blobs or _missing("blobs", "keeping large values")


def attempt_key(run_id: str, lineage: str, node_id: str, attempt: int) -> str:
    """The name of an attempt among all runs. `lineage` is the frame's; at the top there is none, as in logs written
    before there were frames.
    """
    return ":".join([run_id, *([lineage] if lineage else []), node_id, str(attempt)])


def _missing(port: str, purpose: str) -> Any:
    message = f"This run was started without the port {port!r}, which is needed for {purpose}."
    raise NodeError("port_missing", message, field=port, retryable=False)
