"""The library of models of the built-in server: what fits its machine, downloads, directories, what is served.

It belongs to the installation, not to a workspace. Knows the server's `/admin/models`; the models lie with the server.
"""

from __future__ import annotations

import json
import re
from typing import Any

from apps.accounts.services import Actor, record, require_operator
from apps.providers import catalogue, endpoints, wire
from weft.db.aio import release
from weft.http import egress
from weft.http.errors import WeftError, not_found

TIMEOUT_S = 20.0
"""The server asks a hub for a few seconds at most, and looks through directories."""
_MAX_BODY = 4 * 1024 * 1024
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")

# What was served when this process last looked; another answer makes its list of models old.
_seen: tuple[Any, ...] | None = None


def state(actor: Actor) -> dict[str, Any]:
    """The machine, the way to the hub, what is served, every model. Raises WeftError."""
    require_operator(actor)
    return _ask("GET", "")


def download(actor: Actor, model_id: str) -> dict[str, Any]:
    """Begin to download a model by its id on the hub."""
    return _act(actor, "model.download", model_id, "POST", "/downloads", {"id": model_id})


def pause(actor: Actor, key: str) -> dict[str, Any]:
    return _act(actor, "model.pause", key, "POST", f"/downloads/{_checked(key)}/pause")


def resume(actor: Actor, key: str) -> dict[str, Any]:
    return _act(actor, "model.resume", key, "POST", f"/downloads/{_checked(key)}/resume")


def cancel(actor: Actor, key: str) -> dict[str, Any]:
    """End a download and delete what came."""
    return _act(actor, "model.cancel", key, "DELETE", f"/downloads/{_checked(key)}")


def remove(actor: Actor, key: str) -> dict[str, Any]:
    """Delete a downloaded model, or forget a registered directory."""
    return _act(actor, "model.remove", key, "DELETE", f"/copies/{_checked(key)}")


def register(actor: Actor, path: str) -> dict[str, Any]:
    """Take a directory of the server's machine into the list."""
    return _act(actor, "model.register", path, "POST", "/directories", {"path": path})


def serve(actor: Actor, key: str, quantization: str | None = None) -> dict[str, Any]:
    """Put a model in the place of the one that is served. Answers before it is loaded."""
    body = {"key": key} if quantization is None else {"key": key, "quantization": quantization}
    return _act(actor, "model.serve", key, "POST", "/serving", body)


def stop(actor: Actor) -> dict[str, Any]:
    """Serve no generative model; its memory is free after that."""
    return _act(actor, "model.stop", endpoints.BUILTIN, "DELETE", "/serving")


def _act(
    actor: Actor, action: str, target: str, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    require_operator(actor)
    found = _ask(method, path, body)
    record(actor.workspace_id, actor.user, action, target)
    return found


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key) or ".." in key:
        raise not_found("model")
    return key


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    endpoint = endpoints.builtin()
    url = f"{endpoint.base_url.removesuffix('/v1')}/admin/models{path}"
    data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    release()
    try:
        response = egress.run_sync(
            lambda: egress.fetch(
                method,
                url,
                headers=endpoint.headers(),
                data=data,
                timeout_s=TIMEOUT_S,
                max_bytes=_MAX_BODY,
                policy=endpoint.policy,
            )
        )
    except egress.EgressError as exc:
        message = f"The built-in model server does not answer: {exc.message} See its log."
        raise WeftError("model_unavailable", message, 503) from exc
    value = wire.parse(response.body.decode("utf-8", "replace"))
    if value is None:
        raise WeftError("model_unavailable", f"{url} answered {response.status} and no JSON. See its log.", 503)
    if response.status != 200:
        raise _refusal(response.status, value)
    _notice(value)
    return value


def _refusal(status: int, value: dict[str, Any]) -> WeftError:
    """What the server refused, in its own words."""
    error = value.get("error")
    given = error if isinstance(error, dict) else {}
    code, message = str(given.get("code") or "model_unavailable"), str(given.get("message") or f"Status {status}.")
    field = given.get("param")
    if status == 401:
        message = "The built-in model server refuses Weft's key: WEFT_INFERENCE_TOKEN differs between the two."
        return WeftError("model_unavailable", message, 503)
    if code == "not_found":
        message = "The model server keeps no library of models; start it with --models-dir."
        return WeftError("library_off", message, 409)
    if code == "admin_disabled":
        message = "The model server has no key, so nobody may change its models; set WEFT_INFERENCE_TOKEN for both."
        return WeftError("admin_disabled", message, 409)
    if status == 400:
        return WeftError(code, message, 422, field=str(field) if field else None)
    return WeftError(code, message, status if status < 500 else 503, field=str(field) if field else None)


def _notice(value: dict[str, Any]) -> None:
    """What apps are offered follows at once when another model is served."""
    global _seen
    serving = value.get("serving") or {}
    now = (serving.get("state"), serving.get("model_id"))
    if now != _seen:
        _seen = now
        catalogue.forget_builtin()
