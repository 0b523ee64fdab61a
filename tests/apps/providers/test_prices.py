"""What a call costs: as the server tells it, or by the prices a person set."""

from __future__ import annotations

from typing import Any

import pytest

from apps.providers.adapters import WorkspaceModels
from apps.providers.endpoints import Endpoint
from tests.cast import Cast
from tests.fakes.openai_server import FakeOpenAI
from weft.http import egress
from workflows.addresses import Policy
from workflows.events import Usage
from workflows.ports import ChatRequest, Message

PRICED = {"name": "fake-chat", "kind": "chat", "input_price": 3.0, "output_price": 15.0}
PLAIN = {"name": "fake-chat", "kind": "chat"}


def create(cast: Cast, server: FakeOpenAI, models: list[dict[str, Any]]) -> Any:
    form = {"name": "Acme AI", "base_url": server.base_url, "api_key": "sk-right", "models": models}
    return cast.call("owner", "POST", "/providers", form).json()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("model", "cost"), [(PRICED, (7 * 3 + 4 * 15) / 1e6), (PLAIN, 0.0)])
def test_a_call_costs_what_its_model_is_said_to(
    cast: Cast, server: FakeOpenAI, model: dict[str, Any], cost: float
) -> None:
    assert create(cast, server, [model])["models"] == [model]
    request = ChatRequest(provider="acme-ai", model="fake-chat", messages=[Message("user", "Hi")])

    async def talk() -> list[Usage]:
        return [chunk.usage async for chunk in WorkspaceModels(cast.workspace.id).chat(request) if chunk.usage]

    assert egress.run_sync(talk) == [Usage(7, 4, 11, cost)]


def test_what_the_server_says_counts_first() -> None:
    endpoint = Endpoint("acme", "Acme", "http://x", "", Policy.of([]), {"m": (1.0, 2.0)})

    assert endpoint.cost_of("m", Usage(1_000_000, 1_000_000, 2_000_000)) == 3.0
    assert endpoint.cost_of("m", Usage(1, 1, 2, 0.5)) == 0.5
    assert endpoint.cost_of("other", Usage(1, 1, 2)) == 0.0


@pytest.mark.django_db
def test_models_that_come_without_prices_keep_theirs(cast: Cast, server: FakeOpenAI) -> None:
    create(cast, server, [PRICED])

    changed = cast.call("owner", "PATCH", "/providers/acme-ai", {"models": [PLAIN, {"name": "b", "kind": "chat"}]})
    assert changed.json()["models"] == [PRICED, {"name": "b", "kind": "chat"}]

    changed = cast.call("owner", "PATCH", "/providers/acme-ai", {"models": [{**PRICED, "input_price": 0}]})
    assert changed.json()["models"] == [{**PRICED, "input_price": 0.0}]


@pytest.mark.django_db
def test_a_price_below_nothing_is_refused(cast: Cast, server: FakeOpenAI) -> None:
    create(cast, server, [PRICED])

    refused = cast.call("owner", "PATCH", "/providers/acme-ai", {"models": [{**PRICED, "output_price": -1}]})

    assert refused.status_code == 422
    assert cast.call("viewer", "GET", "/providers").json()["items"][1]["models"] == [PRICED]
