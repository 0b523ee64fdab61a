"""What a failed call is told: the model, what was said, and where to mend it."""

from __future__ import annotations

import json

import pytest

from apps.providers import errors
from apps.providers.endpoints import BUILTIN, Endpoint
from workflows.addresses import Policy

ABSENT = json.dumps({"error": {"message": "It is not served here."}})


@pytest.mark.parametrize(
    ("slug", "remedy"),
    [
        (BUILTIN, "Serve it under Models, or choose another in the node."),
        ("acme", "Check the model's name, and that the base URL ends where the vendor says (often in /v1)."),
    ],
)
def test_a_model_that_is_not_there_is_looked_for_where_it_can_be_mended(slug: str, remedy: str) -> None:
    endpoint = Endpoint(slug, "Weft", "http://127.0.0.1:8100/v1", "", Policy.of([]))

    error = errors.of_status(404, ABSENT, endpoint, "qwen")

    assert (error.code, error.retryable) == ("model_not_found", False)
    assert error.message == (
        f"Weft (qwen) is not there: status 404 from http://127.0.0.1:8100/v1. {remedy} It said: It is not served here."
    )
