"""Tells people of forms that wait for them: by e-mail, where a mail server is named.

Each form is told once. A crash while it is being sent may tell it twice, never not at all. Knows waits, members and
Django's mail; what a form says, and to whom it goes, the node has decided.
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from apps.accounts.models import Membership
from apps.runs.forms import link_of, titles_of
from apps.runs.models import Wait

AT_ONCE = 50
MAX_RECIPIENTS = 200
URL = "{{#url#}}"

log = logging.getLogger(__name__)


def deliver_due() -> int:
    """Tell of every form that nobody was told of yet. Returns how many."""
    n_told = 0
    while n_told < AT_ONCE and _deliver_next():
        n_told += 1
    return n_told


@transaction.atomic
def _deliver_next() -> bool:
    """One form, held while its mail is sent, so that schedulers side by side do not send it twice."""
    rows = Wait.objects.select_for_update(skip_locked=True, of=("self",)).select_related("run__app", "run__version")
    wait = rows.filter(type="form", delivery__isnull=True).order_by("created_at").first()
    if wait is None:
        return False
    is_open = wait.signal is None and wait.resumed_at is None
    wait.delivery = [_deliver(wait, way) for way in wait.facts["delivery"]] if is_open else []
    wait.save(update_fields=["delivery", "updated_at"])
    return True


def _deliver(wait: Wait, way: dict[str, Any]) -> dict[str, str]:
    """What became of one way of telling people."""
    if way["type"] != "email":
        return {"type": way["type"], "status": "sent", "detail": ""}
    if not settings.EMAIL_HOST:
        detail = "No mail server is named. Set WEFT_EMAIL_URL and start Weft again; the form can be answered meanwhile."
        return {"type": "email", "status": "not_configured", "detail": detail}
    recipients = _recipients(wait, way)
    if not recipients:
        return {"type": "email", "status": "failed", "detail": "The node names nobody to write to."}
    try:
        _message(wait, way, recipients).send()
    except OSError as error:
        log.warning("The form of run %s could not be sent: %s", wait.run_id, error)
        return {"type": "email", "status": "failed", "detail": f"The mail server did not take it: {error}"[:500]}
    return {"type": "email", "status": "sent", "detail": ", ".join(recipients)[:500]}


def _recipients(wait: Wait, way: dict[str, Any]) -> list[str]:
    """Addresses as written, and those of members of the run's workspace that are named, or of all."""
    members = Membership.objects.filter(workspace_id=wait.run.workspace_id, user__is_active=True)
    if not way.get("everyone"):
        named = way.get("members") or []
        members = members.filter(user__email__in=[name.lower() for name in named])
    found = [*(way.get("recipients") or []), *members.values_list("user__email", flat=True)]
    return list(dict.fromkeys(address for address in found if "@" in address))[:MAX_RECIPIENTS]


def _message(wait: Wait, way: dict[str, Any], recipients: list[str]) -> EmailMessage:
    """Everybody gets it, and nobody sees who else does."""
    link = link_of(wait.token)
    title = titles_of(wait.run).get(wait.node_id, wait.run.app.name)
    subject = " ".join((way.get("subject") or f"{wait.run.app.name}: {title}").split())[:200]
    body = (way.get("body") or URL).replace(URL, link)
    if link not in body:
        body = f"{body}\n\n{link}"
    return EmailMessage(subject, body, bcc=recipients)
