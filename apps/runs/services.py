"""Starting and stopping runs.

Knows rows and messages; knows nothing of HTTP and of executing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce, Now
from redis.exceptions import RedisError

from apps.runs import dispatch, leases, privacy
from apps.runs.briefs import now
from apps.runs.commit import Append, Row, closing_of, commit
from apps.runs.errors import NoLiveVersion
from apps.runs.files import EndUser
from apps.runs.inputs import Uploads, check_inputs
from apps.runs.leases import Lease
from apps.runs.limits import check_room
from apps.runs.locks import lock_run
from apps.runs.models import Run, Source
from apps.runs.outcome import tell_hooks
from apps.runs.selectors import ENDED, find_run, last_seq_of
from apps.runs.variables import remembered
from apps.studio.budgets import limits_of
from apps.studio.calls import called_by
from apps.studio.models import App, Version
from weft.events import runlog
from weft.events.entry import Entry
from workflows import events as engine

__all__ = ["find_run", "start_live_run", "start_run", "stop_run", "sweep"]

log = logging.getLogger(__name__)


@transaction.atomic
def start_run(
    app: App,
    *,
    version: Version | None = None,
    document: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Any],
    source: str,
    conversation_id: UUID | None = None,
    end_user: str = "",
    root: str = "",
    tried_by: UUID | None = None,
    goes_on_from: Sequence[Run] = (),
) -> Run:
    """Queue a run of a published `version`, or of a draft `document`; its message goes out on commit.

    `inputs` holds `inputs`, `query`, `files`, `history` and `sys`; `root` is the node to begin at, if not at the start.
    `tried_by` is who tries a draft: it searches what he sees. What it is given may come from earlier turns of its
    conversation, and from runs it `goes_on_from`.
    Raises TooManyRuns, InvalidInput and TooLarge, and then has stored nothing.
    """
    if (version is None) == (document is None):
        raise ValueError("A run has either a version or a document.")
    graph = version.document if version is not None else document
    assert graph is not None
    # members of the workspace may use each other's uploads; the outside only its own
    asker = None if source == Source.EDITOR else EndUser(app.id, Source(source), end_user)
    uploads = Uploads(app.workspace_id, asker)
    if asker is not None:
        check_room(app, asker)
    given = {**inputs, "root": root, "limits": limits_of(app)}
    if conversation_id is not None:
        given["conversation"] = remembered(app, conversation_id, graph)
    called = called_by(app.workspace_id, graph)
    run = Run.objects.create(
        workspace_id=app.workspace_id,
        app=app,
        version=version,
        document=dict(document) if document is not None else None,
        source=source,
        inputs=check_inputs(uploads, graph, given),
        conversation_id=conversation_id,
        end_user=end_user,
        pins=called.pins,
        dataset_ids=privacy.datasets_read(
            app.workspace_id, [graph, *(each.document for each in called.versions)], conversation_id, goes_on_from
        ),
        reader_ids=privacy.readers(version.author_id if version is not None else tried_by, called.versions),
        dispatched_at=Now(),
    )
    run.uploads.add(*uploads.taken)
    transaction.on_commit(lambda: _dispatch(run.id))
    return run


def start_live_run(app: App, **rest: Any) -> Run:
    """The same on the app's live version. Raises NoLiveVersion."""
    if app.live_version is None:
        raise NoLiveVersion(app.name)
    return start_run(app, version=app.live_version, **rest)


def stop_run(run_id: UUID | str) -> None:
    """Stop a run wherever it is; one that has ended stays as it is.

    One that nobody carries yet (queued, or paused) ends here and now, so that it does not wait for a worker only to
    be stopped.
    """
    with transaction.atomic():
        run = lock_run(run_id)
        if run is None or run.status in ENDED:
            return
        Run.objects.filter(id=run.id).update(stop_requested_at=Coalesce("stop_requested_at", Now()))
        is_carried = run.lease_expires_at is not None
        if not is_carried:
            _close_uncarried(run)
    if is_carried:
        try:
            dispatch.command_stop(run.id)
        except RedisError:
            log.warning("Redis is away; run %s stops with the next renewal of its lease", run.id)


def sweep() -> list[str]:
    """Hand on what nobody carries any more. Returns the runs that were dispatched again."""
    run_ids = leases.sweep(redispatch_s=dispatch.backlog_s() + dispatch.LOST_AFTER_S)
    if run_ids:
        log.warning("Handing on %d runs", len(run_ids))
        dispatch.execute(run_ids)
    return run_ids


def _dispatch(run_id: UUID) -> None:
    try:
        dispatch.execute([run_id])
    except Exception:
        # the run is stored: the sweep sends its message again
        log.exception("The message for run %s could not be sent", run_id)


def _close_uncarried(run: Run) -> None:
    """Write the end of a run that has no worker. The caller holds the row's lock.

    The end is committed under a lease, as a worker's would be: until the hooks have been told, the run is owed that,
    and should this process die or a hook fail, the sweep has them called again.
    """
    lease = leases.take_locked(run)
    seq = last_seq_of(run.id) + 1
    event = engine.RunStopped(seq=seq, at=now(), reason="user", answer=run.answer, outputs={}, elapsed_ms=0.0)
    data = engine.encode(event)
    closing = closing_of(event, engine.Usage(**run.usage))
    commit([Append(lease.run_id, lease.fence, [Row(seq, "run_stopped", data.decode())], closing)])
    transaction.on_commit(lambda: _tell(lease, Entry(seq, data)))


def _tell(lease: Lease, entry: Entry) -> None:
    told = tell_hooks(lease.run_id)
    try:
        runlog.append(lease.run_id, [entry], fence=lease.fence, ttl_s=settings.RUN_STREAM_TTL_S)
    except RedisError:
        log.warning("Redis is away; readers find the end of run %s in its rows", lease.run_id)
    if told:
        leases.release(lease)
    else:
        leases.hand_on([lease])
