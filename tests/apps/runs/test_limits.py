"""The outside has a bounded number of runs under way; the editor is never refused."""

from __future__ import annotations

import pytest
from django.db import connection
from pytest_django import Settings

from apps.runs import services
from apps.runs.errors import TooManyRuns
from apps.runs.files import EndUser
from apps.runs.limits import active_runs, active_runs_of
from apps.runs.models import Run, Source
from apps.runs.services import start_run
from apps.studio.models import App
from tests.apps.runs.graphs import echo_document, make_app
from tests.factories import make_workspace


@pytest.fixture
def app(transactional_db: None, clean_redis: str, settings: Settings) -> App:
    settings.APP_MAX_ACTIVE_RUNS, settings.END_USER_MAX_ACTIVE_RUNS = 4, 2
    return make_app(make_workspace(), echo_document(), name="Echo")


def _start(app: App, end_user: str, source: Source = Source.API) -> Run:
    inputs = {"inputs": {"text": "a"}}
    return start_run(app, document=echo_document(), inputs=inputs, source=source, end_user=end_user)


def _refusal(app: App, end_user: str, source: Source = Source.API) -> TooManyRuns:
    before = Run.objects.count()
    with pytest.raises(TooManyRuns) as refused:
        _start(app, end_user, source)
    assert Run.objects.count() == before
    return refused.value


def test_an_end_user_is_refused_until_a_run_has_ended(app: App) -> None:
    first = _start(app, "ann")
    _start(app, "ann", Source.OPENAI)

    refused = _refusal(app, "ann")
    assert (refused.code, refused.status, refused.headers) == ("too_many_requests", 429, {"Retry-After": "5"})
    assert refused.message == (
        "This user has 2 runs under way, which is the limit. Wait until one has ended, or start Weft with a larger"
        " WEFT_END_USER_MAX_ACTIVE_RUNS."
    )
    _start(app, "ann", Source.CHAT)
    _start(app, "bob")
    services.stop_run(first.id)
    Run.objects.filter(source=Source.OPENAI).update(status="running")
    _start(app, "ann")
    _refusal(app, "ann")


def test_an_app_is_refused_whoever_asks_and_the_editor_never_is(app: App) -> None:
    for source in (Source.API, Source.API, Source.OPENAI, Source.OPENAI):
        _start(app, "", source)

    assert _refusal(app, "ann", Source.CHAT).message == (
        "The app Echo has 4 runs under way, which is the limit. Wait until one has ended, or start Weft with a larger"
        " WEFT_APP_MAX_ACTIVE_RUNS."
    )
    for _ in range(5):
        _start(app, "a member", Source.EDITOR)
    _start(make_app(app.workspace, echo_document()), "ann")


def test_the_editors_runs_take_no_place_from_the_outside(app: App) -> None:
    for _ in range(5):
        _start(app, "ann", Source.EDITOR)
    _start(app, "ann")


def test_a_limit_of_zero_is_none(app: App, settings: Settings) -> None:
    settings.APP_MAX_ACTIVE_RUNS = settings.END_USER_MAX_ACTIVE_RUNS = 0
    for _ in range(6):
        _start(app, "ann")
    assert Run.objects.count() == 6


def test_counting_looks_at_active_runs_only(app: App) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
    try:
        plans = [runs.explain() for runs in (active_runs(app), active_runs_of(app, EndUser(app.id, Source.API, "ann")))]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_seqscan")
    assert ["run_active" in plan for plan in plans] == [True, True]
