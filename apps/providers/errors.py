"""Failures of model calls: what the vendor or the network did, said with provider, model and remedy."""

from __future__ import annotations

from apps.providers.endpoints import BUILTIN, Endpoint
from weft.http.egress import EgressError
from workflows.errors import ModelError
from workflows.openai_wire import error_text, lacking
from workflows.ports import ChatRequest

MAX_RETRY_AFTER_S = 10.0
# What servers answer where a request holds something their model cannot take.
LACK_STATUSES = {400, 404, 415, 422, 500, 501}
_LACKS = {"model_no_tools": "call tools", "model_no_vision": "read images", "model_no_schema": "follow a schema"}
RETRY_STATUSES = {408, 425, 429, 500, 502, 503, 504, 529}


class RefusedError(ModelError):
    """A failure whose server said how long to wait before the next try."""

    def __init__(self, error: ModelError, retry_after_s: float) -> None:
        # A longer wait is the caller's to decide.
        super().__init__(error.code, error.message, retryable=error.retryable and retry_after_s <= MAX_RETRY_AFTER_S)
        self.retry_after_s = retry_after_s


def of_status(status: int, body: str, endpoint: Endpoint, model: str) -> ModelError:
    said = error_text(body)
    who = f"{endpoint.name} ({model})"
    said = f" It said: {said}" if said else ""
    match status:
        case 401 | 403:
            remedy = f"Check the API key of {endpoint.name} under Models."
            return ModelError("model_auth_failed", f"{who} refused the API key with status {status}. {remedy}{said}")
        case 402:
            return ModelError("model_quota_exceeded", f"{who} says that the account has no balance left.{said}")
        case 404:
            remedy = (
                "Serve it under Models, or choose another in the node."
                if endpoint.slug == BUILTIN
                else "Check the model's name, and that the base URL ends where the vendor says (often in /v1)."
            )
            return ModelError(
                "model_not_found", f"{who} is not there: status 404 from {endpoint.base_url}. {remedy}{said}"
            )
        case 429:
            remedy = "Wait, or raise the limit with the vendor."
            return ModelError(
                "model_rate_limited", f"{who} limits how often it is called. {remedy}{said}", retryable=True
            )
    if status in RETRY_STATUSES or status >= 500:
        remedy = "Try again later, or choose another model."
        return ModelError("model_unavailable", f"{who} failed with status {status}. {remedy}{said}", retryable=True)
    return ModelError("model_bad_request", f"{who} refused the request with status {status}.{said}")


def of_refusal(status: int, body: str, endpoint: Endpoint, request: ChatRequest) -> ModelError:
    """As `of_status`, but a model that cannot take something of the request is told as such."""
    code = lacking(request, error_text(body)) if status in LACK_STATUSES else None
    if code is None:
        return of_status(status, body, endpoint, request.model)
    who = f"{endpoint.name} ({request.model})"
    return ModelError(code, f"{who} cannot {_LACKS[code]}. Choose another model. It said: {error_text(body)}")


def of_egress(error: EgressError, endpoint: Endpoint, model: str) -> ModelError:
    who = f"{endpoint.name} ({model})"
    match error.code:
        case "egress_refused" | "egress_bad_url":
            return ModelError("model_address_refused", f"{who} cannot be called: {error.message}")
        case "egress_timeout":
            return ModelError("model_timeout", f"{who}: {error.message}", retryable=True)
    remedy = (
        "See the log of the inference server."
        if endpoint.slug == BUILTIN
        else "Check the provider's base URL under Models."
    )
    return ModelError("model_unavailable", f"{who} cannot be reached. {error.message} {remedy}", retryable=True)


def timed_out(endpoint: Endpoint, model: str, seconds: float, *, begun: bool) -> ModelError:
    what = "stopped in the middle of its answer and said nothing" if begun else "did not begin to answer"
    message = f"{endpoint.name} ({model}) {what} for {seconds:g} s. Try again, or choose another model."
    return ModelError("model_timeout", message, retryable=True)


def interrupted(endpoint: Endpoint, model: str, why: str) -> ModelError:
    message = f"{endpoint.name} ({model}) broke off in the middle of its answer: {why}. Try again."
    return ModelError("model_interrupted", message, retryable=True)


def not_openai(endpoint: Endpoint, model: str, content_type: str) -> ModelError:
    message = (
        f"{endpoint.name} ({model}) answered with {content_type or 'nothing'}, not as an OpenAI-compatible server does."
        f" Check the base URL {endpoint.base_url} (it often ends in /v1)."
    )
    return ModelError("model_reply_invalid", message)
