"""Forms that runs wait for: what people see of them, and what becomes of a submission.

Knows waits and uploaded files; how a form is made and checked is the engine's business, who may answer is the business
of rooms above.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from apps.runs import signals
from apps.runs.errors import FormNotFound, InvalidForm
from apps.runs.files import EndUser
from apps.runs.inputs import Uploads, with_files
from apps.runs.models import Run, Source, Wait
from apps.runs.selectors import ENDED
from workflows.forms import check_submission

__all__ = [
    "Form",
    "form_by_key",
    "form_by_token",
    "form_of",
    "forms_of",
    "is_for_web",
    "link_of",
    "open_form",
    "shown",
    "status_of",
    "submit",
    "titles_of",
    "uploader_of",
]

FILE_TYPES = ("file", "file-list")
WEB = "webapp"

Form = dict[str, Any]


def forms_of(run: Run, *, answerable: bool = True) -> list[Form]:
    """Every form of the run, answered or not, oldest first. Whoever may not answer is not told by which address others
    do.
    """
    waits = Wait.objects.filter(run=run, type="form").order_by("created_at", "id")
    hidden = {} if answerable else {"token": "", "link": ""}
    return [form_of(run, wait) | hidden for wait in waits]


def form_by_key(run: Run, key: str) -> Wait:
    """Raises FormNotFound."""
    wait = Wait.objects.filter(run=run, key=key, type="form").first()
    if wait is None:
        raise FormNotFound
    return wait


def form_by_token(token: str) -> Wait:
    """The form behind a token, with its run and app. Raises FormNotFound; the bin counts as gone."""
    rows = Wait.objects.select_related("run__app", "run__version").filter(
        token=token, type="form", run__app__deleted_at=None
    )
    wait = rows.first()
    if wait is None:
        raise FormNotFound
    return wait


def open_form(run: Run, wait: Wait) -> Form:
    """The form as those see it who fill it in."""
    title = titles_of(run).get(wait.node_id, wait.node_id)
    return {**shown(wait.facts, token=wait.token, title=title), "status": status_of(wait, run.status)}


def titles_of(run: Run) -> dict[str, str]:
    """What the nodes of the graph are called that ran."""
    nodes = (run.version.document if run.version is not None else run.document or {}).get("nodes") or []
    return {node["id"]: node.get("title") or node["id"] for node in nodes}


def form_of(run: Run, wait: Wait) -> Form:
    """The whole form, as members see it."""
    signal = wait.signal if wait.signal and wait.signal["type"] == "submitted" else None
    return {
        **open_form(run, wait),
        "run_id": str(wait.run_id),
        "node_id": wait.node_id,
        "frame": wait.frame,
        "action_id": signal["data"]["action"] if signal else None,
        "submitted": signal["data"]["values"] if signal else None,
        "submitted_at": wait.signalled_at.isoformat() if signal and wait.signalled_at else None,
        "submitted_by": (signal or {}).get("by") or "",
        "link": link_of(wait.token),
        "delivery": wait.delivery or [],
    }


def shown(facts: Mapping[str, Any], *, token: str, title: str) -> Form:
    """The form of a `wait` in the log: what whoever fills it in needs."""
    expires_at = facts["expires_at"]
    return {
        "token": token,
        "key": facts["key"],
        "title": title,
        "content": facts["content"],
        "fields": facts["fields"],
        "values": {field["name"]: field.get("default") for field in facts["fields"]},
        "actions": facts["actions"],
        "expires_at": datetime.fromtimestamp(expires_at, UTC).isoformat() if expires_at else None,
        "status": "open",
    }


def is_for_web(facts: Mapping[str, Any]) -> bool:
    """Whether the app's own page and API show the form."""
    return any(way["type"] == WEB for way in facts["delivery"])


def link_of(token: str) -> str:
    """The page on which anybody with the token fills the form in."""
    return f"{settings.BASE_URL}/form/{token}"


def submit(wait: Wait, *, action: str, inputs: Mapping[str, Any], by: str, uploader: EndUser | None) -> Wait:
    """Answer a form, with the files that `uploader` (None: a member) has uploaded.

    Raises NothingWaits, WaitSignalled, WaitExpired, WaitClosed, InvalidForm; then nothing has changed.
    """

    def accepted(run: Run, wait: Wait) -> dict[str, Any]:
        fields = _with_files(run, wait, inputs, uploader)
        faults = check_submission(wait.facts, fields, action)
        if faults:
            raise InvalidForm(faults)
        return {"action": action, "values": fields}

    return signals.send(wait.run_id, wait.key, type="submitted", data=accepted, by=by)


def uploader_of(wait: Wait) -> EndUser:
    """Whoever fills in this form by its token: files given to it are nobody else's."""
    return EndUser(wait.run.app_id, Source.CHAT, f"form:{wait.token}")


def _with_files(run: Run, wait: Wait, inputs: Mapping[str, Any], uploader: EndUser | None) -> dict[str, Any]:
    uploads = Uploads(run.workspace_id, uploader)
    names = {field["name"] for field in wait.facts["fields"] if field["type"] in FILE_TYPES}
    values = dict(inputs)
    for name in names & inputs.keys():
        if inputs[name]:
            values[name] = with_files(uploads, name, inputs[name])
    run.uploads.add(*uploads.taken)
    return values


def status_of(wait: Wait, run_status: str) -> str:
    if wait.signal is not None:
        return "submitted" if wait.signal["type"] == "submitted" else "expired"
    if wait.expires_at is not None and wait.expires_at <= timezone.now():
        return "expired"
    return "closed" if run_status in ENDED or wait.resumed_at is not None else "open"
