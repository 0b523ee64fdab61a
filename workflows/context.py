"""What a step sees while it runs: values, ports, and a way to stream.

Knows one attempt of one node; knows nothing of scheduling.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workflows.errors import NodeError
from workflows.ports import Code, Http, Models, Ports, Retrieval
from workflows.template import Pool

Emit = Callable[[str, str], None]


class Context:
    """One attempt of one node. `emit(output, text)` streams; the engine gathers small pieces."""

    __slots__ = ("attempt", "emit", "history", "node_id", "pool", "ports", "run_id")

    def __init__(
        self,
        pool: Pool,
        ports: Ports,
        run_id: str,
        node_id: str,
        attempt: int,
        emit: Emit,
        history: list[dict[str, Any]],
    ) -> None:
        self.pool = pool
        self.ports = ports
        self.run_id = run_id
        self.node_id = node_id
        self.attempt = attempt
        self.emit = emit
        self.history = history

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


def _missing(port: str, purpose: str) -> Any:
    message = f"This run was started without the port {port!r}, which is needed for {purpose}."
    raise NodeError("port_missing", message, field=port, retryable=False)
