"""Loop end: when it is reached, the loop around it ends with this round.

Knows nothing; the loop looks whether it ran.
"""

from __future__ import annotations

from workflows.context import Context
from workflows.kinds import NodeType, Result, Step
from workflows.nodes.fields import NodeConfig
from workflows.scope import Scope


class Config(NodeConfig):
    """There is nothing to set."""


class LoopEnd(NodeType[Config]):
    """See the module."""

    kind = "loop-end"
    family = "logic"
    config = Config
    handles = "none"

    def build(self, config: Config, scope: Scope) -> Step:
        return Step(inline=_run)


def _run(ctx: Context) -> Result:
    return Result({})


NODE = LoopEnd()
