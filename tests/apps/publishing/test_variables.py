"""What a conversation remembers, read and changed from outside by the one it belongs to."""

from __future__ import annotations

import json
from typing import Any

from django.test import AsyncClient

from apps.accounts.services import workspace_actor
from apps.studio.publication import publish
from tests.apps.publishing.conftest import Outside
from weft.db.aio import call_db


async def test_variables_are_listed_and_set_by_their_user(outside: Outside) -> None:
    def declare() -> None:
        draft = outside.app.draft
        draft.document["variables"]["conversation"] = [
            {"name": "mood", "type": "string", "value": "good", "description": "How it goes"},
            {"name": "count", "type": "number", "value": 2},
        ]
        draft.save()
        publish(workspace_actor(outside.app.workspace), outside.app)

    await call_db(declare)
    asked = (await outside.post("/v1/chat-messages", {"query": "Hi", "inputs": {}, "user": "ann"})).json()
    path = f"/v1/conversations/{asked['conversation_id']}/variables"

    found = (await outside.get(f"{path}?user=ann")).json()
    assert [(row["name"], row["value_type"], row["value"]) for row in found["data"]] == [
        ("mood", "string", "good"),
        ("count", "number", "2"),
    ]
    second = (await outside.get(f"{path}?user=ann&limit=1&last_id={found['data'][0]['id']}")).json()
    assert ([row["name"] for row in second["data"]], second["has_more"]) == (["count"], False)

    async def put(value: Any, user: str = "ann") -> Any:
        headers = {"Authorization": f"Bearer {outside.key}"}
        body = json.dumps({"value": value, "user": user})
        target = f"{path}/{found['data'][1]['id']}"
        return await AsyncClient().put(target, body, content_type="application/json", headers=headers)

    answers = [await put("no number"), await put(7, "ben"), await put(7)]
    assert [answer.status_code for answer in answers] == [400, 404, 200]
    assert answers[0].json()["code"] == "bad_request"
    assert answers[2].json()["value"] == "7"
    assert (await outside.get(f"{path}?user=ben")).status_code == 404
