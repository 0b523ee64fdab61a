"""What a request says about its workflow and its deadline, as hints for the scheduler. Knows no model."""

from __future__ import annotations

import math

from inference.errors import BadRequest
from inference.request import Hints
from inference.server.protocol import Gang, Generation, Workflow

DEADLINE_HEADER = "x-request-deadline-ms"
MAX_KEY_CHARS = 256
"""Of run, node and gang: they are kept per node and must not grow at a client's will."""


def hints(request: Generation, deadline_ms: float | None) -> Hints:
    """The request's `workflow` object. Without a deadline in it, the header's holds; `priority` above 0 means that no
    person waits. Raises BadRequest for times that are no times.
    """
    given = request.workflow or Workflow()
    _check(given)
    return Hints(
        run_id=given.run_id,
        node_key=given.node_key,
        service="batch" if given.service == "interactive" and request.priority > 0 else given.service,
        deadline_ms=given.deadline_ms if given.deadline_ms is not None else deadline_ms,
        remaining_ms=given.remaining_ms,
        run_age_ms=given.run_age_ms,
        gang=_gang(given),
        hold_ms=given.hold_ms,
    )


def deadline_ms(headers: dict[str, str]) -> float | None:
    """Milliseconds from now after which nobody wants the answer, by the request's header; None without one."""
    given = headers.get(DEADLINE_HEADER)
    if given is None:
        return None
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise BadRequest(
            "value_out_of_range",
            f"X-Request-Deadline-Ms is {given!r}; a number of milliseconds above 0 is expected.",
            param=DEADLINE_HEADER,
        )
    return value


def _gang(given: Workflow) -> str:
    return given.gang.id if isinstance(given.gang, Gang) else given.gang


def _check(given: Workflow) -> None:
    for name in ("deadline_ms", "remaining_ms", "run_age_ms", "hold_ms"):
        value = getattr(given, name)
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise BadRequest(
                "value_out_of_range", f"workflow.{name} is {value}; it must be 0 or more.", param=f"workflow.{name}"
            )
    for name, text in (("run_id", given.run_id), ("node_key", given.node_key), ("gang", _gang(given))):
        if len(text) > MAX_KEY_CHARS:
            raise BadRequest(
                "value_out_of_range",
                f"workflow.{name} has {len(text)} characters; at most {MAX_KEY_CHARS} are allowed.",
                param=f"workflow.{name}",
            )
