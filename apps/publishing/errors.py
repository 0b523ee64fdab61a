"""What the published surfaces refuse, as codes that Dify's and OpenAI's clients know."""

from __future__ import annotations

from weft.http.errors import WeftError


class Unauthorized(WeftError):
    def __init__(self, message: str) -> None:
        super().__init__(code="unauthorized", message=message, status=401)


class InvalidParam(WeftError):
    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(code="invalid_param", message=message, status=400, field=field)


class WrongMode(WeftError):
    """The endpoint is for another kind of app."""

    def __init__(self, *, wanted: str) -> None:
        code = {"chat": "not_chat_app", "workflow": "not_workflow_app"}[wanted]
        kind = {"chat": "chat", "workflow": "workflow"}[wanted]
        super().__init__(code=code, message=f"This key belongs to an app that is not a {kind} app.", status=400)


class NotPublished(WeftError):
    def __init__(self) -> None:
        message = "The app has no published version. Open it in Weft and press Publish."
        super().__init__(code="app_unavailable", message=message, status=400)


class NotFound(WeftError):
    def __init__(self, thing: str) -> None:
        super().__init__(code="not_found", message=f"{thing} does not exist.", status=404)


class MethodNotAllowed(WeftError):
    def __init__(self, method: str) -> None:
        super().__init__(code="method_not_allowed", message=f"{method} is not allowed here.", status=405)


class FormClosed(WeftError):
    """The form cannot be answered any more. `status` says why: submitted, expired, or closed with its run."""

    CODES = {"submitted": "human_input_form_submitted", "expired": "human_input_form_expired"}

    def __init__(self, status: str) -> None:
        code = self.CODES.get(status, "human_input_form_closed")
        super().__init__(code=code, message=f"This form is {status}; it cannot be answered any more.", status=412)


class InvalidFormData(WeftError):
    """What was filled in does not fit the form."""

    def __init__(self, error: WeftError) -> None:
        super().__init__("invalid_form_data", error.message, 400, field=error.field, details=error.details)
