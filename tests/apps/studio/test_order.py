"""Documents keep the order they were written in."""

from __future__ import annotations

import pytest

from apps.studio.models import Draft
from tests.apps.runs.graphs import echo_document, make_app
from tests.factories import make_workspace

pytestmark = pytest.mark.django_db


def test_keys_stay_in_their_order() -> None:
    document = {**echo_document(), "extras": {"longest": 1, "b": {"zz": None, "a": "茶"}, "aa": [1.5]}}
    app = make_app(make_workspace(), document)

    stored = Draft.objects.get(app=app).document

    assert stored == document
    assert (list(stored), list(stored["extras"])) == (list(document), ["longest", "b", "aa"])
