"""The first event of a run: everything it depends on besides its plan.

Knows inputs and system variables; knows nothing of driving.
"""

from __future__ import annotations

from typing import Any

from workflows.budget import tighten
from workflows.errors import WorkflowError
from workflows.events import RunStarted
from workflows.plan import Plan
from workflows.ports import RunInputs
from workflows.values import clean


def run_started(plan: Plan, run_id: str, inputs: RunInputs, now: float) -> RunStarted:
    """The first event of a run that begins now, in seconds since the epoch. Raises WorkflowError for a root or limits
    that are none, and for values nested too deeply.
    """
    roots = [plan.nodes[i].id for i in plan.roots]
    if inputs.root and inputs.root not in roots:
        message = f"The run cannot begin at {inputs.root!r}. It can begin at: {', '.join(roots)}."
        raise WorkflowError("root_unknown", message, field="root")
    sys: dict[str, Any] = {
        "query": inputs.query,
        "files": inputs.files,
        "conversation_id": inputs.conversation_id,
        "dialogue_count": inputs.dialogue_count,
        "user_id": inputs.user_id,
        "app_id": inputs.app_id,
        "workflow_id": inputs.workflow_id,
        "run_id": run_id,
        "workflow_run_id": run_id,
        "timestamp": int(now),
    }
    return RunStarted(
        seq=0,
        at="",
        run_id=run_id,
        mode=plan.mode,
        inputs=clean(inputs.inputs),
        sys=clean(sys),
        conversation=clean(inputs.conversation),
        history=clean(inputs.history),
        root=inputs.root,
        limits=tighten(plan.limits, inputs.limits),
    )
