"""Keeps the beginnings of live versions' prompts computed at the built-in server.

Knows apps and their live versions. A server that is away or refuses costs a logged sentence: runs only begin slower.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.db.models import F, TextField
from django.db.models.functions import Cast

from apps.providers import prefixes
from apps.providers.catalogue import QUOTES
from apps.providers.endpoints import BUILTIN
from apps.providers.prefixes import Held
from apps.studio.beginnings import Messages, beginnings
from apps.studio.models import App, Version
from weft.db.aio import release
from weft.http import egress
from weft.http.errors import WeftError
from workflows.errors import DefinitionError, ModelError

log = logging.getLogger(__name__)


class Wanted(NamedTuple):
    held: Held
    model: str
    messages: Messages


def soon(app_id: UUID) -> None:
    """Have `warm_app` done by a worker once the transaction is committed; what hinders that hinders nothing else."""
    send = partial(current_app.send_task, "studio.warm_app", args=[str(app_id)], ignore_result=True)
    transaction.on_commit(send, robust=True)


def warm_app(app_id: UUID) -> None:
    """Have the server keep what the app's live version wants, as it is now, and nothing else of this app."""
    wanted = {each.held: each for each in _wanted(app_id=app_id)}
    workspace_id = App.objects.values_list("workspace_id", flat=True).filter(id=app_id).first()
    release()
    held = _listed()
    if held is None:
        return
    for each in wanted.values():
        _try(each.held, partial(prefixes.pin, *each))
    for old in sorted(held - set(wanted)):
        if old.workspace_id == str(workspace_id) and old.name.startswith(prefixes.name_of(app_id, "")):
            _try(old, partial(prefixes.unpin, old))


def warm_missing() -> None:
    """Have the server keep again what it lost by a restart, or what it kept for long enough."""
    held = _listed()
    if held is None:
        return
    missing = [each for each in _wanted() if each.held not in held]
    release()
    for each in missing:
        _try(each.held, partial(prefixes.pin, *each))


def _wanted(**which: Any) -> Iterator[Wanted]:
    """What live versions want: of one app by its `app_id`, or of all. One that cannot be read wants nothing."""
    live = Version.objects.filter(app__live_version=F("id"), app__deleted_at=None, **which)
    named = live.annotate(text=Cast("document", TextField())).filter(text__contains=f'"{BUILTIN}"')
    for app_id, workspace_id, document in named.values_list("app_id", "app__workspace_id", "document"):
        try:
            found = beginnings(document, BUILTIN)
        except (DefinitionError, ValueError):
            log.warning("The live version of app %s cannot be read; its prompts are not computed in advance", app_id)
            continue
        for node_id, model, messages in found:
            if model != QUOTES:
                yield Wanted(Held(str(workspace_id), prefixes.name_of(app_id, node_id)), model, messages)


def _listed() -> set[Held] | None:
    try:
        return egress.run_sync(prefixes.listed)
    except (ModelError, WeftError) as error:
        log.info("No prompt is computed in advance: %s", error.message)
        return None


def _try(held: Held, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        egress.run_sync(work)
    except (ModelError, WeftError) as error:
        log.info("The beginning of prompt %s is not computed in advance: %s", held.name, error.message)
