"""A published chat over a scripted model, carried by a real executor, and what its outside needs to reach it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.test import AsyncClient

from tests.apps.runs.conftest import chat_app, executor, server  # noqa: F401  (fixtures)

if TYPE_CHECKING:
    from apps.runs.executor import Executor
    from apps.studio.models import App


@dataclass(frozen=True)
class Outside:
    """What somebody outside has: an app's key, a dataset key, the code of its page."""

    app: App
    key: str
    dataset_key: str
    code: str

    async def post(self, path: str, body: Any, *, key: str | None = None, **headers: str) -> Any:
        """POST `body` (JSON, or bytes as they are) with the app's key."""
        raw = body if isinstance(body, bytes) else json.dumps(body)
        sent = {"Authorization": f"Bearer {self.key if key is None else key}", **headers}
        return await AsyncClient().post(path, raw, content_type="application/json", headers=sent)

    async def get(self, path: str, **headers: str) -> Any:
        return await AsyncClient().get(path, headers={"Authorization": f"Bearer {self.key}", **headers})

    async def visitor(self) -> dict[str, str]:
        """The header of a new visitor of the page."""
        answer = await AsyncClient().get(f"/api/public/sites/{self.code}")
        return {"X-Weft-Visitor": answer.json()["visitor"]}


@pytest.fixture
def outside(chat_app: App, executor: Executor, monkeypatch: pytest.MonkeyPatch) -> Outside:  # noqa: F811
    from apps.accounts.services import issue_key, workspace_actor
    from apps.publishing.sites import site_of
    from apps.runs import dispatch
    from apps.studio.publication import publish

    monkeypatch.setattr(dispatch, "execute", lambda run_ids: [executor.take(str(run_id)) for run_id in run_ids])
    actor = workspace_actor(chat_app.workspace)
    publish(actor, chat_app)
    key, dataset_key = issue_key(actor, app_id=chat_app.pk).text, issue_key(actor).text
    return Outside(chat_app, key, dataset_key, site_of(chat_app).code)
