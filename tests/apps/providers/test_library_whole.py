"""From a hub to a model that apps are offered: console, model server and download as real processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from apps.accounts.models import AuditEntry
from apps.providers import catalogue, library
from tests.cast import Cast
from tests.inference.hub.fake_hub import KEY, MODEL, hub_of
from tests.inference.process import ServerProcess
from tests.inference.tiny import save_tiny
from tests.processes import wait_for

pytestmark = pytest.mark.django_db


def test_a_model_is_downloaded_served_offered_and_removed(
    cast: Cast, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "_cached", None)
    monkeypatch.setattr(library, "_seen", None)
    (tmp_path / "source").mkdir()
    save_tiny("llama", tmp_path / "source")
    settings.INFERENCE_TOKEN = "s3cret"
    arguments = ("--models-dir", str(tmp_path / "models"))
    with hub_of(tmp_path / "source") as hub:
        environment = {"WEFT_INFERENCE_TOKEN": "s3cret", "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0"}
        with ServerProcess(*arguments, environment=environment) as server:
            settings.INFERENCE_URL = server.url
            before = offered(cast)
            act(cast, "POST", "/downloads", {"id": MODEL})
            arrived = still(cast)
            act(cast, "POST", "/serving", {"key": KEY})
            serving = still(cast)["serving"]
            during = offered(cast)
            used = cast.call("owner", "DELETE", f"/model-library/models/{KEY}")
            act(cast, "DELETE", "/serving")
            still(cast)
            gone = act(cast, "DELETE", f"/models/{KEY}")

    assert before == ["weft-quote", "all-MiniLM-L6-v2"]
    assert [(row["key"], row["state"]) for row in arrived["models"]][:2] == [
        (KEY, "ready"),
        ("Qwen--Qwen2.5-0.5B-Instruct", "absent"),
    ]
    assert (serving["state"], serving["model_id"], serving["error"]) == ("serving", MODEL, None)
    assert during == ["weft-quote", MODEL, "all-MiniLM-L6-v2"]
    assert (used.status_code, used.json()["code"]) == (409, "model_in_use")
    assert KEY not in [row["key"] for row in gone["models"]]
    assert list(AuditEntry.objects.order_by("created_at").values_list("action", "target")) == [
        ("model.download", MODEL),
        ("model.serve", KEY),
        ("model.stop", "weft"),
        ("model.remove", KEY),
    ]


def act(cast: Cast, method: str, path: str, body: Any = None) -> dict[str, Any]:
    answer = cast.call("owner", method, f"/model-library{path}", body)
    assert answer.status_code == 200, answer.content
    state: dict[str, Any] = answer.json()
    return state


def still(cast: Cast) -> dict[str, Any]:
    """The library once nothing moves."""
    wait_for(lambda: not act(cast, "GET", "")["moving"], timeout_s=120, what="the library")
    return act(cast, "GET", "")


def offered(cast: Cast) -> list[str]:
    return [row["name"] for row in cast.call("viewer", "GET", "/models").json()["items"]]
