"""Trigger (webhook): where a run begins that an HTTP request starts.

Knows the declared parameters; what a request brings is read by `workflows.webhooks`, and receiving it is the host's
business.
"""

from __future__ import annotations

from workflows.context import Context
from workflows.errors import NodeError
from workflows.kinds import NodeType, Result, Step
from workflows.scope import Scope
from workflows.template import INPUTS
from workflows.webhooks import RAW, WebhookConfig, accept_parameters, duplicate_outputs

_OUTPUT_TYPES = {"array": "array[any]"}


class TriggerWebhook(NodeType[WebhookConfig]):
    """See the module."""

    kind = "trigger-webhook"
    family = "io"
    config = WebhookConfig
    accepts_input = False
    modes = ("workflow",)
    root = True

    def outputs_of(self, config: WebhookConfig) -> dict[str, str] | None:
        parameters = (*config.headers, *config.params, *config.body)
        declared = {parameter.output: _OUTPUT_TYPES.get(parameter.type, parameter.type) for parameter in parameters}
        return {**declared, RAW: "object"}

    def build(self, config: WebhookConfig, scope: Scope) -> Step:
        for name in duplicate_outputs(config):
            scope.soft_fault("name_duplicate", f"Two values of the request would be called {name!r}.", "body")

        def run(ctx: Context) -> Result:
            given = ctx.pool[INPUTS] or {}
            outputs, faults = accept_parameters(config, given)
            if faults:
                message = " ".join(fault.message for fault in faults)
                raise NodeError("input_invalid", message, field=faults[0].field, retryable=False)
            return Result({**outputs, RAW: given.get(RAW) or {}})

        return Step(inline=run)


NODE = TriggerWebhook()
