"""What stored answers stood on is shown to those who see the dataset it came from."""

from __future__ import annotations

from typing import Any

from apps.conversations.models import Conversation, Message
from apps.knowledge.models import Dataset, Permission
from tests.apps.runs.graphs import chat_document, make_app, queue_run
from tests.cast import Cast
from tests.factories import make_dataset


def _citation(dataset: Dataset, position: int, **over: Any) -> dict[str, Any]:
    facts = {"dataset_id": str(dataset.id), "dataset_name": dataset.name, "document_name": f"{dataset.name}.md"}
    return {"position": position, **facts, "content": f"Text of {dataset.name}.", "score": 0.5, "also": [], **over}


def test_citations_of_hidden_datasets_keep_their_places_only(cast: Cast) -> None:
    open_ = make_dataset(cast.workspace, name="Open")
    own = make_dataset(cast.workspace, name="Own", permission=Permission.ONLY_ME, created_by=cast.owner.user)
    also = [{"dataset_id": str(own.id), "document_name": "Own.md"}]
    stored = [_citation(own, 1), _citation(open_, 2, also=also)]
    app = make_app(cast.workspace, chat_document())
    conversation = Conversation.objects.create(app=app, name="Talk", audience="site", end_user="u")
    Message.objects.create(
        conversation=conversation, run=queue_run(app, query="q"), position=1, query="q", citations=stored
    )
    path = f"/conversations/{conversation.id}/messages"

    [seen] = cast.call("owner", "get", path).json()["items"]
    [bare] = cast.call("editor", "get", path).json()["items"]

    assert seen["citations"] == stored
    assert bare["citations"][1] == {**stored[1], "also": []}
    hidden = bare["citations"][0]
    assert (hidden["position"], hidden["score"], hidden["hidden"]) == (1, 0.5, True)
    assert "Own" not in str(bare)
    assert str(own.id) not in str(bare)
