"""The sample that a fresh Weft carries: this project's own documentation as a dataset, and a published app over it.

Made once: every part is found again by name, and its keys are kept beside the other secrets of the data directory.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from apps.accounts import services as accounts
from apps.accounts.models import Workspace
from apps.accounts.services import Actor
from apps.knowledge import services as knowledge
from apps.knowledge.models import Dataset, Stage
from apps.knowledge.services import Upload
from apps.publishing.service.openai import model_id
from apps.publishing.sites import site_of
from apps.studio import services as studio
from apps.studio.models import App
from apps.studio.publication import publish
from weft.http.errors import WeftError

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("docs/guide.md", "docs/guide.zh.md", "docs/architecture.md")
WORKSPACE = "Weft"
DATASET = "Weft documentation"
APP = "Weft help"
QUESTION = "What happens to a run when its worker dies?"
QUESTIONS = [QUESTION, "How do I connect a language model?", "运行会丢失吗？"]
INGEST_TIMEOUT_S = 300
_LOCK = 0x57454655


def make_sample(*, with_keys: bool) -> dict[str, str]:
    """Make what is missing and return how to reach it. Raises WeftError when the documents cannot be indexed.

    Keys are made only for who asks for them: nobody should find a key that nobody made.

    Of two at once (the first `up` makes the sample too) the second waits for the first and finds everything made.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            return _make(with_keys)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _make(with_keys: bool) -> dict[str, str]:
    actor = accounts.workspace_actor(_workspace())
    dataset = _dataset(actor)
    _wait_until_indexed(dataset)
    app = _app(actor, dataset)
    return {
        "base_url": settings.BASE_URL,
        **(_keys(actor, app) if with_keys else {}),
        "site_code": site_of(app).code,
        "model": model_id(name=app.name, app_id=str(app.pk)),
        "question": QUESTION,
    }


def _workspace() -> Workspace:
    """The first workspace; before the first admin has arrived, one that waits for him."""
    found = Workspace.objects.order_by("created_at").first()
    return found or Workspace.objects.create(name=WORKSPACE)


def _dataset(actor: Actor) -> Dataset:
    dataset = Dataset.objects.filter(workspace=actor.workspace, name=DATASET).first()
    if dataset is None:
        dataset = knowledge.create_dataset(actor, name=DATASET, description="How to use Weft, and how it is built.")
    present = set(dataset.documents.values_list("name", flat=True))
    missing = [ROOT / path for path in DOCUMENTS if Path(path).name not in present]
    if missing:
        uploads = [Upload(path.name, [path.read_bytes()]) for path in missing]
        knowledge.add_documents(actor, dataset.pk, uploads)
    return dataset


def _wait_until_indexed(dataset: Dataset) -> None:
    deadline = time.monotonic() + INGEST_TIMEOUT_S
    while True:
        rows = dataset.documents.exclude(stage=Stage.READY)
        failed = rows.filter(stage__in=[Stage.FAILED, Stage.CANCELLED]).first()
        if failed is not None:
            raise WeftError("sample_failed", f"{failed.name} was not indexed: {failed.error_message or failed.stage}")
        if not rows.exists():
            return
        if time.monotonic() > deadline:
            waiting = ", ".join(rows.values_list("name", flat=True))
            raise WeftError("sample_failed", f"No worker has indexed {waiting}. Is Weft running with its workers?")
        time.sleep(0.2)


@transaction.atomic
def _app(actor: Actor, dataset: Dataset) -> App:
    app = App.objects.filter(workspace=actor.workspace, name=APP, deleted_at=None).first()
    if app is None:
        description = "Answers questions about Weft from its documentation, with sources."
        app = studio.create_app(
            actor,
            name=APP,
            template="rag-chat",
            icon="book",
            description=description,
            dataset_id=dataset.pk,
            language="en",
        )
        draft = app.draft
        draft.document["features"] |= {
            "opening_statement": "Hello! Ask me anything about Weft. 你好！关于 Weft 的问题都可以问我。",
            "suggested_questions": QUESTIONS,
        }
        draft.save(update_fields=["document", "updated_at"])
    if app.live_version is None:
        publish(actor, app, note="The sample app")
    return app


def _keys(actor: Actor, app: App) -> dict[str, str]:
    """The keys made at the first time while they still work, else new ones. Kept as private as secrets.json."""
    path = Path(settings.DATA_DIR) / "sample.json"
    kept: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    opened = accounts.verify_key(kept.get("app_key", ""))
    is_current = opened is not None and opened.app_id == app.pk
    keys = {
        "app_key": kept["app_key"] if is_current else accounts.issue_key(actor, app_id=app.pk).text,
        "dataset_key": kept["dataset_key"]
        if accounts.verify_key(kept.get("dataset_key", ""))
        else accounts.issue_key(actor).text,
    }
    if keys != kept:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(keys, file)
    return keys
