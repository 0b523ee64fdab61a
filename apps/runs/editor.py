"""Runs from the console: of the draft as it stands or of the live version, as one turn of a test conversation.

Knows drafts and former runs; knows nothing of conversations with end users, which a higher room keeps.
"""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from apps.accounts.services import Actor
from apps.runs import services
from apps.runs.models import Run, Source, Status
from apps.studio.models import App, Mode
from apps.studio.resources import refuse_hidden

HISTORY_TURNS = 50


def start_run(
    actor: Actor,
    app: App,
    *,
    target: str,
    inputs: dict[str, Any],
    query: str,
    files: list[dict[str, Any]],
    conversation_id: UUID | None,
    root: str = "",
) -> Run:
    """Start a run, at the trigger `root` if that is named; in a chat it continues `conversation_id`, or begins a new
    conversation. A draft is tried with what the actor sees: raises GraphInvalid for a hidden knowledge base.
    """
    end_user = str(actor.user.pk) if actor.user is not None else ""
    if app.mode == Mode.CHAT and conversation_id is None:
        conversation_id = uuid.uuid4()
    turns = _turns(app, conversation_id) if conversation_id else []
    given = {
        "inputs": inputs,
        "query": query,
        "files": files,
        "history": [message for run in turns for message in _messages(run)],
        "sys": {
            "conversation_id": str(conversation_id or ""),
            "dialogue_count": len(turns) + 1,
            "user_id": end_user,
        },
    }
    rest: dict[str, Any] = {"inputs": given, "source": Source.EDITOR}
    rest |= {"conversation_id": conversation_id, "end_user": end_user, "root": root}
    if target == "live":
        return services.start_live_run(app, **rest)
    refuse_hidden(actor, app.draft.document)
    tried_by = actor.user.pk if actor.user is not None else None
    return services.start_run(app, document=app.draft.document, tried_by=tried_by, **rest)


def _turns(app: App, conversation_id: UUID) -> list[Run]:
    """The finished turns of this test conversation, oldest first."""
    runs = Run.objects.filter(
        app=app, conversation_id=conversation_id, source=Source.EDITOR, status__in=[Status.FINISHED, Status.STOPPED]
    )
    return list(reversed(runs.order_by("-created_at").only("inputs", "answer")[:HISTORY_TURNS]))


def _messages(run: Run) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": run.inputs.get("query") or ""},
        {"role": "assistant", "content": run.answer},
    ]
