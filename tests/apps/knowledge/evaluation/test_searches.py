"""The search over settings, and what is applied of it."""

from __future__ import annotations

from uuid import UUID

import pytest

from apps.knowledge.evaluation import runs, selection, tasks
from apps.knowledge.evaluation.asking import Answer, ask
from apps.knowledge.models import Case, Dataset, Evaluation
from apps.knowledge.search.settings import Retrieval
from tests.apps.knowledge.evaluation.library import add_case
from tests.apps.knowledge.evaluation.measuring import add_cases, carried_out, start
from tests.cast import Cast
from tests.factories import make_provider
from tests.fakes.openai_server import FakeOpenAI
from weft.db.aio import call_db


def test_a_search_says_when_there_is_too_little_to_go_by(
    cast: Cast, library: Dataset, server: FakeOpenAI, chroma_url: str
) -> None:
    make_provider(cast.workspace, server.base_url)
    # half of what a search tries asks for vectors
    Dataset.objects.filter(id=library.id).update(embedding_provider="acme", embedding_model="fake-embedding")
    add_cases(library)

    shown = carried_out(cast, library, kind="search")
    result = shown["result"]

    assert shown["error"] is None
    assert (result["verdict"], result["advised"], result["cases"]) == ("too_few_cases", 0, 3)
    assert (result["documents"], result["needed"]) == (2, {"cases": 20, "documents": 2})
    assert (result["depths"]["advised"], result["thresholds"]["advised"]) == (None, None)
    assert len(result["variants"]) == len(Evaluation.objects.get().settings["variants"])

    before = Dataset.objects.values("retrieval", "revision").get(id=library.id)
    refused = cast.call("editor", "POST", f"/evaluations/{shown['id']}/apply", {})

    assert (refused.status_code, refused.json()["code"]) == (409, "evaluation_nothing_advised")
    assert Dataset.objects.values("retrieval", "revision").get(id=library.id) == before


def test_a_search_finds_a_better_setting_and_it_is_applied(
    cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MIN_CASES", 3)
    library.retrieval = {"method": "lexical", "top_k": 2, "threshold": 0.5}
    library.save()
    for number in range(12):
        add_case(library, f"question {number}", name=("travel.md", "money.md", "leave.md")[number % 3])

    async def better_with_rrf(workspace_id: UUID, dataset_id: UUID, question: str, setting: Retrieval) -> Answer:
        answer = await ask(workspace_id, dataset_id, "trains receipts leave", Retrieval(method="lexical", top_k=10))
        case = await call_db(Case.objects.get, question=question)
        wanted = UUID(case.expected[0]["document_id"])
        answer.seen.sort(key=lambda seen: (seen.document_id == wanted) != (setting.fusion == "rrf"))
        return answer

    monkeypatch.setattr(runs, "ask", better_with_rrf)
    shown = carried_out(cast, library, kind="search")
    result = shown["result"]

    assert (result["verdict"], result["folds"]) == ("gain", [result["advised"]] * 3)
    assert result["gain"]["low"] > 0
    assert shown["settings"]["variants"][result["advised"]]["changes"] == {"fusion": "rrf", "method": "hybrid"}
    assert result["depths"]["advised"] == 1

    applied = cast.call("editor", "POST", f"/evaluations/{shown['id']}/apply", {"changes": {"top_k": 3}})

    assert applied.status_code == 200
    retrieval = applied.json()["retrieval"]
    assert {name: retrieval[name] for name in ("method", "fusion", "top_k", "threshold")} == {
        "method": "hybrid",
        "fusion": "rrf",
        "top_k": 3,
        "threshold": 0.5,
    }
    assert applied.json()["revision"] == library.revision + 1


def test_what_has_not_ended_well_is_not_applied(cast: Cast, library: Dataset) -> None:
    add_cases(library)
    evaluation_id = start(cast, library).json()["id"]
    early = cast.call("editor", "POST", f"/evaluations/{evaluation_id}/apply", {})
    tasks.evaluate(evaluation_id)
    other = cast.call("editor", "POST", f"/evaluations/{evaluation_id}/apply", {"variant": 7})

    assert (early.status_code, early.json()["code"]) == (409, "evaluation_not_done")
    assert (other.status_code, other.json()["field"]) == (422, "variant")
    assert Dataset.objects.get(id=library.id).retrieval == {"method": "lexical"}
