from __future__ import annotations

from apps.knowledge import reading
from apps.knowledge.models import Dataset
from tests.cast import Cast
from tests.factories import make_dataset
from tests.fakes.openai_server import FakeOpenAI
from weft.http import egress


def test_what_a_model_understands_is_kept_by_every_dataset_that_has_it(
    cast: Cast, dataset: Dataset, server: FakeOpenAI
) -> None:
    model = {"embedding_provider": "acme", "embedding_model": "fake-embedding"}
    tried_before = {"provider": "acme", "model": "another"}
    changed = make_dataset(cast.workspace, **model, reading=tried_before)
    other = make_dataset(cast.workspace, embedding_provider="acme", embedding_model="another", reading=tried_before)

    found = egress.run_sync(lambda: reading.read(cast.workspace.id, "acme", "fake-embedding"))
    asked = len(server.embedded)
    again = egress.run_sync(lambda: reading.read(cast.workspace.id, "acme", "fake-embedding"))

    assert asked > 0
    assert (again, len(server.embedded)) == (found, asked)
    for each in (dataset, changed, other):
        each.refresh_from_db()
    assert dataset.reading == changed.reading == found
    assert other.reading == tried_before
