"""What can go wrong in the engine, each with a stable code and a sentence.

Knows codes, messages and where a fault sits in a document; knows nothing of how a host shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

Severity = Literal["error", "warning"]


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong in a definition. `code` is stable; `message` is English and names the place."""

    code: str
    message: str
    node_id: str | None = None
    field: str | None = None
    severity: Severity = "error"

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape the editor and `check` print."""
        return msgspec.structs.asdict(self)


class WorkflowError(Exception):
    """Base of every error the engine raises on purpose. `code` is stable API, `message` is for people."""

    def __init__(self, code: str, message: str, *, field: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.line = line


class DefinitionError(WorkflowError):
    """A definition that cannot be compiled; carries every fault found, warnings included."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        errors = [fault for fault in self.faults if fault.severity == "error"]
        lines = [f"{fault.node_id}: {fault.message}" if fault.node_id else fault.message for fault in errors]
        super().__init__("definition_invalid", "; ".join(lines) or "The definition is invalid.")


class NodeError(WorkflowError):
    """A node that failed. `retryable` says whether trying again can help; `facts` go to the run's log."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        line: int | None = None,
        retryable: bool = True,
        inputs: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(code, message, field=field, line=line)
        self.retryable = retryable
        self.inputs = inputs
        self.outputs = outputs


class ModelError(WorkflowError):
    """What a `Models` port raises. `retryable` is True for timeouts, 429 and 5xx, False for a bad key or request."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(code, message)
        self.retryable = retryable


class RetrievalError(WorkflowError):
    """What a `Retrieval` port raises when a knowledge base is missing or cannot be searched."""


class HttpError(WorkflowError):
    """What an `Http` port raises when no response arrived: refused address, no connection, too large, too slow."""

    def __init__(self, code: str, message: str, *, retryable: bool = True) -> None:
        super().__init__(code, message)
        self.retryable = retryable


class ToolError(WorkflowError):
    """What a `Tools` port raises: no such tool, wrong arguments, or the tool itself failed."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(code, message)
        self.retryable = retryable


class CodeError(WorkflowError):
    """What a `Code` port raises: the program is wrong, too slow, too large, or needs what the sandbox lacks."""


class BlobError(WorkflowError):
    """A large value of a run's log that cannot be had: it is gone, or there is no port to get it from."""
