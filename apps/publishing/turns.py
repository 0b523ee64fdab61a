"""Starting and following a run for somebody outside. Shared by the Dify API, the OpenAI API and the chat page.

Synchronous functions here touch the database and return plain data; call them through `weft.db.aio.call_db`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.conversations import services as conversations
from apps.conversations.services import Question, Turn
from apps.publishing.callers import Caller
from apps.runs import services as runs
from apps.studio.models import App, Version


def _rows(caller: Caller) -> tuple[App, Version]:
    version = Version.objects.select_related("app").get(pk=caller.version_id)
    return version.app, version


def begin_turn(caller: Caller, question: Question, *, audience: str, source: str) -> Turn:
    app, version = _rows(caller)
    return conversations.begin_turn(app, question, audience=audience, source=source, version=version)


def begin_run(
    caller: Caller,
    *,
    inputs: dict[str, Any],
    end_user: str,
    source: str,
    query: str = "",
    history: Sequence[dict[str, str]] = (),
    files: Sequence[dict[str, Any]] = (),
) -> str:
    """Start a run outside any conversation. Returns its id."""
    app, version = _rows(caller)
    values = {
        "inputs": inputs,
        "query": query,
        "files": list(files),
        "history": list(history),
        "sys": {"user_id": end_user},
    }
    run = runs.start_run(
        app, version=version, document=None, inputs=values, source=source, conversation_id=None, end_user=end_user
    )
    return str(run.pk)
