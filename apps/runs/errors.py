"""What can go wrong with runs, as clients see it."""

from __future__ import annotations

from weft.http.errors import WeftError, not_found

__all__ = ["InvalidInput", "NoLiveVersion", "TooLarge", "not_found"]


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
