"""What can go wrong with runs, as clients see it."""

from __future__ import annotations

from weft.http.errors import WeftError, not_found

__all__ = ["InvalidInput", "NoLiveVersion", "TooLarge", "TooManyRuns", "not_found"]


class InvalidInput(WeftError):
    """An input does not fit the variables of the start node."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__("invalid_input", message, 422, field=f"inputs.{name}")


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
