"""Events about the nodes of frames, made from what the driver has in hand; the log numbers and stamps them.

Knows cells and the shape of events; records nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from workflows import events as ev
from workflows.containers import Opening
from workflows.decide import Fail, Retry
from workflows.errors import NodeError
from workflows.frames import Cell, Frame
from workflows.kinds import Result
from workflows.masking import masked, told
from workflows.ports import Signal
from workflows.progress import Wait
from workflows.values import clean


def _id(cell: Cell) -> str:
    return cell[0].region.nodes[cell[1]].id


def error_info(cell: Cell, error: NodeError) -> ev.ErrorInfo:
    """Why a node failed."""
    message = masked(error.message, cell[0].region.secrets)
    return ev.ErrorInfo(error.code, message, _id(cell), error.field, error.line, cell[0].path)


def node_started(cell: Cell, attempt: int) -> ev.NodeStarted:
    frame, index = cell
    node = frame.region.nodes[index]
    return ev.NodeStarted(seq=0, at="", node_id=node.id, frame=frame.path, kind=node.kind, attempt=attempt)


def node_intent(cell: Cell, key: str) -> ev.NodeIntent:
    return ev.NodeIntent(seq=0, at="", node_id=_id(cell), frame=cell[0].path, key=key)


def node_delta(cell: Cell, output: Literal["text", "reasoning"], text: str) -> ev.NodeDelta:
    return ev.NodeDelta(seq=0, at="", node_id=_id(cell), frame=cell[0].path, output=output, text=text)


def node_skipped(cell: Cell) -> ev.NodeSkipped:
    return ev.NodeSkipped(seq=0, at="", node_id=_id(cell), frame=cell[0].path)


def node_finished(cell: Cell, result: Result, elapsed_ms: float, *, apart: bool = False) -> ev.NodeFinished:
    """`apart` says whether very large values are stored apart from the log."""
    frame, index = cell
    secrets = frame.region.secrets
    return ev.NodeFinished(
        seq=0,
        at="",
        node_id=frame.region.nodes[index].id,
        frame=frame.path,
        inputs=told(result.inputs, secrets, apart=apart),
        outputs=result.outputs,
        handle=result.handle,
        elapsed_ms=elapsed_ms,
        usage=result.usage,
        facts=masked(result.facts, secrets) if secrets else result.facts,
        writes=result.writes,
    )


def node_waiting(cell: Cell, wait: dict[str, Any]) -> ev.NodeWaiting:
    """What people are shown while a node waits is told without secrets; its `key` is nobody's text."""
    wait = {**masked(wait, cell[0].region.secrets), "key": wait["key"]}
    return ev.NodeWaiting(seq=0, at="", node_id=_id(cell), frame=cell[0].path, wait=wait)


def node_resumed(cell: Cell, signal: Signal) -> ev.NodeResumed:
    by = {} if signal.by is None else {"by": signal.by}
    fields = {"key": signal.key, "type": signal.type, "data": clean(signal.data), **by}
    return ev.NodeResumed(seq=0, at="", node_id=_id(cell), frame=cell[0].path, signal=fields)


def node_retrying(cell: Cell, retry: Retry, error: NodeError) -> ev.NodeRetrying:
    return ev.NodeRetrying(
        seq=0,
        at="",
        node_id=_id(cell),
        frame=cell[0].path,
        attempt=retry.attempt,
        error=error_info(cell, error),
        delay_ms=retry.delay_ms,
    )


def node_failed(cell: Cell, fail: Fail, error: NodeError, elapsed_ms: float, *, apart: bool = False) -> ev.NodeFailed:
    return ev.NodeFailed(
        seq=0,
        at="",
        node_id=_id(cell),
        frame=cell[0].path,
        error=error_info(cell, error),
        handled=fail.handled,
        inputs=told(error.inputs or {}, cell[0].region.secrets, apart=apart),
        outputs=fail.outputs,
        elapsed_ms=elapsed_ms,
    )


def container_started(cell: Cell, opening: Opening) -> ev.ContainerStarted:
    return ev.ContainerStarted(
        seq=0, at="", node_id=_id(cell), frame=cell[0].path, inputs=opening.inputs, length=opening.length
    )


def frame_started(cell: Cell, number: int, region: str, inputs: dict[str, Any]) -> ev.FrameStarted:
    return ev.FrameStarted(
        seq=0, at="", node_id=_id(cell), frame=cell[0].path, index=number, region=region, inputs=inputs
    )


def frame_finished(frame: Frame, output: Any, error: ev.ErrorInfo | None, elapsed_ms: float) -> ev.FrameFinished:
    assert frame.around is not None
    return ev.FrameFinished(
        seq=0,
        at="",
        node_id=frame.owner.id,
        frame=frame.around.path,
        index=frame.index,
        output=output,
        error=error,
        elapsed_ms=elapsed_ms,
    )


def run_paused(waiting: Mapping[Cell, Wait]) -> ev.RunPaused:
    """The pause of a run in which these nodes wait."""
    reasons = [{"node_id": _id(cell), "frame": cell[0].path, **wait.wait} for cell, wait in waiting.items()]
    return ev.RunPaused(seq=0, at="", reasons=reasons)
