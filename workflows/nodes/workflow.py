"""Workflow: runs another workflow, a published version of it, as one node.

Knows which one and what it is given. The other one is compiled into the same plan and runs in the same log.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from workflows.containers import Container, Opening, Work
from workflows.context import Context
from workflows.errors import NodeError
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import Arguments, NodeConfig, widget
from workflows.nodes.rows import ReadArguments, compile_arguments
from workflows.scope import Scope
from workflows.template import Pool


class Config(NodeConfig):
    """Which workflow, and its inputs. In a chat app, `query` and `files` are the message."""

    app: str = Field(default="", description="The workflow to run.", json_schema_extra=widget("app"))
    version: int | None = Field(
        default=None,
        ge=1,
        description="Which published version; empty for the newest.",
        json_schema_extra=widget("number"),
    )
    arguments: Arguments = []


class SubWorkflow(NodeType[Config]):
    """See the module."""

    kind = "workflow"
    family = "tool"
    config = Config
    outputs = (Output("outputs", "object"),)

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        # The other workflow's outputs by name; which these are is known when it is compiled.
        return None

    def build(self, config: Config, scope: Scope) -> Step:
        read = compile_arguments(config.arguments, scope)
        region = scope.sub_workflow(config.app, config.version, "app")
        if region is None:
            return Step(inline=_missing(config.app))
        return Step(container=_Call(region, read))


def _missing(app: str) -> Any:
    def run(ctx: Context) -> Result:
        message = f"The workflow {app!r} that this node runs is not there." if app else "No workflow is chosen to run."
        raise NodeError("sub_workflow_missing", message, field="app", retryable=False)

    return run


class _Call(Container):
    """One frame: the other workflow's own top."""

    def __init__(self, region: str, read: ReadArguments) -> None:
        self.region = region
        self._read = read

    def open(self, ctx: Context) -> Opening:
        return Opening(self._read(ctx.pool), 1)

    def own(self, inputs: dict[str, Any], index: int) -> dict[str, Any]:
        return inputs

    def wants_frame(self, work: Work, pool: Pool) -> bool:
        return work.opened == 0

    def output(self, pool: Pool, work: Work) -> Any:
        raise AssertionError("the frame of a workflow has its own outputs")

    def result(self, work: Work) -> Result:
        if work.errors:
            error = work.errors[0]
            where = f" at node {error.node_id!r}" if error.node_id else ""
            raise NodeError(error.code, f"The workflow failed{where}: {error.message}", inputs=work.inputs)
        outputs = work.outputs[0] or {}
        return Result({**outputs, "outputs": outputs}, work.inputs)


NODE = SubWorkflow()
