"""Placeholder: stands where an imported file has a node this engine does not have. Fails only when reached.

Keeps the foreign node unchanged, so nothing is lost; knows nothing of what it would have done.
"""

from __future__ import annotations

from typing import Any

from workflows.context import Context
from workflows.errors import NodeError
from workflows.kinds import NodeType, Result, Step
from workflows.nodes.fields import NodeConfig
from workflows.scope import Scope

ROOTS = frozenset({"trigger-plugin", "datasource"})
"""Foreign kinds that a run begins at."""


class Config(NodeConfig):
    """The foreign kind, what is missing, and the foreign node's own data."""

    original: str = ""
    missing: str = ""
    data: dict[str, Any] = {}


class Placeholder(NodeType[Config]):
    """See the module."""

    kind = "placeholder"
    family = "tool"
    config = Config
    hidden = True

    def root_of(self, config: Config) -> bool:
        return config.original in ROOTS

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        return None

    def handles_of(self, config: Config) -> tuple[str, ...] | None:
        return None

    def build(self, config: Config, scope: Scope) -> Step:
        message = f"This node cannot run here: {config.missing or 'what it needs'} is missing."
        scope.fault("node_unsupported", message, None, "warning")

        def run(ctx: Context) -> Result:
            raise NodeError("node_unsupported", message, retryable=False)

        return Step(inline=run)


NODE = Placeholder()
