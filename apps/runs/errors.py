"""What can go wrong with runs, as clients see it."""

from __future__ import annotations

from collections.abc import Sequence

from weft.http.errors import WeftError, not_found
from workflows.errors import Fault
from workflows.values import TooDeepError

__all__ = [
    "FormNotFound",
    "InvalidForm",
    "InvalidInput",
    "InvalidVariable",
    "NoLiveVersion",
    "NodeInputsMissing",
    "NodeNotRunnable",
    "NothingWaits",
    "TooDeep",
    "TooLarge",
    "TooManyRuns",
    "WaitClosed",
    "WaitExpired",
    "WaitSignalled",
    "not_found",
]


class InvalidInput(WeftError):
    """An input does not fit the variables of the start node."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__("invalid_input", message, 422, field=f"inputs.{name}")


class InvalidVariable(WeftError):
    """A value does not fit the type of a conversation variable."""

    def __init__(self, name: str, type: str) -> None:
        super().__init__("invalid_variable", f"{name} is a variable of type {type}; the value is of another.", 422)


class NodeNotRunnable(WeftError):
    """A node of this kind does nothing by itself."""

    def __init__(self, kind: str) -> None:
        super().__init__("node_not_runnable", f"A node of the kind {kind} cannot be run by itself. Run the app.", 422)


class NodeInputsMissing(WeftError):
    """Nothing is known of what a node reads."""

    def __init__(self, selectors: Sequence[str]) -> None:
        message = f"No run of this app has values for {', '.join(selectors)}. Give them, or run the app first."
        super().__init__("node_inputs_missing", message, 422, details={"selectors": list(selectors)})


class NoLiveVersion(WeftError):
    """The app was never published."""

    def __init__(self, app_name: str) -> None:
        super().__init__(
            "app_not_published", f"{app_name} has no published version yet. Publish it, or run its draft.", 409
        )


class TooLarge(WeftError):
    """The inputs of a run exceed what one run may carry."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        message = f"The inputs take {size_bytes} bytes; a run carries at most {limit_bytes}. Send large data as files."
        super().__init__("inputs_too_large", message, 413)


class TooManyRuns(WeftError):
    """Someone outside has as many runs under way as is allowed."""

    RETRY_AFTER_S = 5

    def __init__(self, who: str, limit: int, variable: str) -> None:
        message = (
            f"{who} has {limit} runs under way, which is the limit. Wait until one has ended, or start Weft with a"
            f" larger {variable}."
        )
        super().__init__("too_many_requests", message, 429, headers={"Retry-After": str(self.RETRY_AFTER_S)})


class FormNotFound(WeftError):
    def __init__(self) -> None:
        super().__init__("form_not_found", "There is no such form.", 404)


class InvalidForm(WeftError):
    """What was filled in does not fit the form."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        message = " ".join(fault.message for fault in faults)
        details = {"faults": [fault.to_dict() for fault in faults]}
        super().__init__("invalid_form_data", message, 422, field=faults[0].field, details=details)


class TooDeep(WeftError):
    """A value is nested more deeply than a run's log can hold."""

    def __init__(self) -> None:
        super().__init__("too_deep", TooDeepError().message, 422)


class NothingWaits(WeftError):
    """No node of the run waits for this."""

    def __init__(self) -> None:
        super().__init__("nothing_waits", "No node of this run waits for that, or not yet.", 404)


class WaitSignalled(WeftError):
    """Somebody was first."""

    def __init__(self) -> None:
        super().__init__("form_submitted", "This has been answered already; the first answer counts.", 412)


class WaitExpired(WeftError):
    """The time to answer is over."""

    def __init__(self) -> None:
        super().__init__("form_expired", "The time to answer this is over.", 412)


class WaitClosed(WeftError):
    """The run does not wait for it any more."""

    def __init__(self) -> None:
        super().__init__("form_closed", "The run has ended or does not wait for this any more.", 409)
