"""Errors of the model server.

Each knows its code, its sentence and its HTTP status; none knows how a response is written.
"""

from __future__ import annotations


class InferenceError(Exception):
    """Base of every error this package raises on purpose.

    `code` is stable API; `message` names what failed and what to do.
    """

    status = 500
    kind = "server_error"

    def __init__(self, code: str, message: str, *, param: str | None = None, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s


class BadRequest(InferenceError):
    """The request itself is at fault; sending it again unchanged fails again."""

    status = 400
    kind = "invalid_request_error"


class Unauthorized(InferenceError):
    status = 401
    kind = "authentication_error"


class Forbidden(InferenceError):
    status = 403
    kind = "permission_error"


class NotFound(InferenceError):
    status = 404
    kind = "invalid_request_error"


class MethodNotAllowed(InferenceError):
    status = 405
    kind = "invalid_request_error"


class Conflict(InferenceError):
    """What is asked for does not fit the state that things are in."""

    status = 409
    kind = "invalid_request_error"


class BodyTooLarge(InferenceError):
    status = 413
    kind = "invalid_request_error"


class Overloaded(InferenceError):
    """Too much is in flight; the same request may pass a moment later."""

    status = 429
    kind = "rate_limit_error"


class Unavailable(InferenceError):
    """The server is starting, draining, or its engine is gone."""

    status = 503
    kind = "server_error"


class DeadlineMissed(InferenceError):
    """The caller's deadline passed, or would before an answer could begin."""

    status = 504
    kind = "timeout_error"


class RequestTimeout(InferenceError):
    """The client stopped sending before its request was whole."""

    status = 408
    kind = "invalid_request_error"


class ModelLoadError(InferenceError):
    """A model directory cannot be served; the message names the file and what is wrong in it."""


class EngineLost(InferenceError):
    """The engine cannot go on, whoever is in its steps: one of its processes is gone. Internal: another is built."""

    def __init__(self, sentence: str) -> None:
        super().__init__("engine_lost", sentence)


class OutOfPages(InferenceError):
    """The KV cache has fewer free pages than asked for. Internal: the scheduler answers it, no client sees it."""

    def __init__(self, wanted: int, free: int) -> None:
        super().__init__("out_of_pages", f"{wanted} pages wanted, {free} free")
