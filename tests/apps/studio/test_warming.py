"""The beginnings of published prompts at the built-in server: what they are, and when it is told."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.studio import tasks
from apps.studio.beginnings import Beginning, beginning_of, beginnings
from apps.studio.publication import publish
from apps.studio.services import delete_app, restore_app
from tests.apps.runs.graphs import chat_document, make_app
from tests.factories import make_actor
from tests.fakes.openai_server import FakeOpenAI, openai_server
from workflows.nodes.llm import Config
from workflows.tokens import estimate_tokens

BEGINNINGS = Path(__file__).parents[2] / "golden" / "beginnings.json"
"""Read by the editor's tests too: what it calls a prompt's beginning is what is computed ahead."""
LONG = "You answer questions about tea, in one sentence, and you never guess. " * 10


def _graph(text: str = LONG, provider: str = "weft", model: str = "fake-chat") -> dict[str, Any]:
    graph = chat_document(model)
    config = next(each["config"] for each in graph["nodes"] if each["kind"] == "llm")
    config["model"]["provider"] = provider
    config["prompt"] = [{"role": "system", "text": text}, {"role": "user", "text": "About {{#sys.query#}}"}]
    return graph


@pytest.mark.parametrize("case", json.loads(BEGINNINGS.read_text()), ids=lambda case: case["name"])
def test_a_prompt_begins_up_to_what_varies(case: dict[str, Any]) -> None:
    found = beginning_of(Config.model_validate(case["config"]))

    assert found == [{"role": role, "content": text} for role, text in case["beginning"]]
    assert estimate_tokens("".join(each["content"] for each in found)) == case["tokens"]


def test_only_long_beginnings_for_models_of_the_server() -> None:
    expected = [{"role": "system", "content": LONG}, {"role": "user", "content": "About "}]

    assert beginnings(_graph(), "weft") == [Beginning("llm", "fake-chat", expected)]
    assert beginnings(_graph("Be brief."), "weft") == []
    assert beginnings(_graph(provider="acme"), "weft") == []


@pytest.fixture
def builtin(settings: Settings) -> Iterator[FakeOpenAI]:
    """The scripted server in the built-in one's place."""
    with openai_server() as fake:
        settings.INFERENCE_URL = fake.base_url.removesuffix("/v1")
        settings.INFERENCE_TOKEN = "sk-right"
        yield fake


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be sent to a worker is done at once."""

    def send(name: str, args: list[str], **_: Any) -> None:
        assert name == "studio.warm_app"
        tasks.warm_app(*args)

    monkeypatch.setattr(current_app, "send_task", send)


def _held(app: Any, text: str = LONG, node_id: str = "llm") -> dict[tuple[str, str], dict[str, Any]]:
    salt, name = str(app.workspace_id), f"{app.id}:{node_id}"
    messages = [{"role": "system", "content": text}, {"role": "user", "content": "About "}]
    body = {"id": name, "model": "fake-chat", "messages": messages, "cache_salt": salt, "ttl_s": 604800.0}
    return {(salt, name): body}


def test_publishing_replaces_and_deleting_removes(
    db: None, builtin: FakeOpenAI, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    actor = make_actor()
    app, other = make_app(actor.workspace, _graph()), make_app(actor.workspace, _graph("Other. " + LONG))
    seen = []
    for step in (
        lambda: publish(actor, other),
        lambda: publish(actor, app),
        lambda: delete_app(actor, app),
        lambda: restore_app(actor, app.id),
    ):
        with django_capture_on_commit_callbacks(execute=True):
            step()
        seen.append(dict(builtin.prefixes))
    app.refresh_from_db()
    app.draft.document = _graph("Changed. " + LONG)
    app.draft.save()
    with django_capture_on_commit_callbacks(execute=True):
        publish(actor, app)
    changed = dict(builtin.prefixes)
    app.draft.document = _graph("Be brief.")
    app.draft.save()
    with django_capture_on_commit_callbacks(execute=True):
        publish(actor, app)

    others = _held(other, "Other. " + LONG)
    assert seen == [others, others | _held(app), others, others | _held(app)]
    assert changed == others | _held(app, "Changed. " + LONG)
    assert builtin.prefixes == others


def test_a_server_that_began_anew_is_told_what_it_lacks(db: None, builtin: FakeOpenAI) -> None:
    actor = make_actor()
    app, deleted, draft = (make_app(actor.workspace, _graph()) for _ in range(3))
    quoting = make_app(actor.workspace, _graph(model="weft-quote"))
    for each in (app, deleted, quoting):
        publish(actor, each)
    delete_app(actor, deleted)
    strange = {("salt", "name"): {"id": "name"}}
    builtin.prefixes.update(strange)

    tasks.warm_missing()
    first = dict(builtin.prefixes)
    builtin.mode = "error_500"  # who asks again now would be refused
    tasks.warm_missing()

    assert draft.live_version is None
    assert first == strange | _held(app)
    assert builtin.prefixes == first


def test_a_server_that_is_away_or_refuses_costs_a_sentence(
    db: None,
    builtin: FakeOpenAI,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    actor = make_actor()
    app = make_app(actor.workspace, _graph())
    caplog.set_level(logging.INFO, "apps.studio.warming")
    builtin.mode = "error_500"
    with django_capture_on_commit_callbacks(execute=True):
        publish(actor, app)
    settings.INFERENCE_URL = ""
    with django_capture_on_commit_callbacks(execute=True):
        publish(actor, app)
    tasks.warm_missing()

    app.refresh_from_db()
    assert app.live_version is not None
    assert app.live_version.number == 2
    assert builtin.prefixes == {}
    told = [each.getMessage() for each in caplog.records if each.name == "apps.studio.warming"]
    away = (
        "No prompt is computed in advance: "
        "The built-in model server is not running: start it with `make up`, or set INFERENCE_URL."
    )
    assert [told[0].partition(": ")[0], *told[1:]] == [
        f"The beginning of prompt {app.id}:llm is not computed in advance",
        away,
        away,
    ]
