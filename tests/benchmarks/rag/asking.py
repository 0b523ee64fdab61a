"""Asking a set's questions at the endpoint that retrieval tests use, and writing what was found as a run file.

Knows the API of retrieval and the run formats. A question that has its line is not asked again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.rag.console import Api
from tests.benchmarks.rag.locating import Source
from tests.benchmarks.rag.sets import DataSet

# Several passages may be of one document, of which only the first counts.
TOP_K = 50
_TOLD_EVERY = 200

Tell = Callable[[str], None]


def ask(api: Api, chosen: DataSet, dataset_id: str, out: Path, tell: Tell) -> None:
    """Append the lines that are missing in `out`."""
    done = _asked(out)
    questions = [each for each in chosen.questions() if each.id not in done]
    sources = _sources(chosen)
    with out.open("a", encoding="utf-8") as file:
        for number, question in enumerate(questions, start=1):
            started = time.perf_counter()
            found = api.post(f"/datasets/{dataset_id}/retrieve", {"query": question.text, "top_k": TOP_K})
            ms = round((time.perf_counter() - started) * 1000, 2)
            row = {"qid": question.id, **_line(chosen, found["items"], sources), "ms": ms}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            if number % _TOLD_EVERY == 0:
                tell(f"{chosen.name}: {number} of {len(questions)} questions asked")


def list_chunks(api: Api, dataset_id: str, out: Path) -> None:
    """For ingestion sets: every chunk of every document."""
    with out.open("w", encoding="utf-8") as file:
        for document in api.pages(f"/datasets/{dataset_id}/documents"):
            texts = list(_texts(api, document["id"]))
            file.write(json.dumps({"file": document["name"], "chunks": texts}, ensure_ascii=False) + "\n")


def _texts(api: Api, document_id: str) -> Iterator[str]:
    for chunk in api.pages(f"/documents/{document_id}/chunks"):
        answer = chunk.get("answer")
        yield f"{chunk['content']}\n{answer}" if answer else chunk["content"]


def _line(chosen: DataSet, hits: list[dict[str, Any]], sources: dict[str, Source]) -> dict[str, Any]:
    if chosen.kind == "retrieval":
        return {"docs": [hit["document_name"] for hit in hits]}
    return {"chunks": [_chunk(hit, sources) for hit in hits]}


def _chunk(hit: dict[str, Any], sources: dict[str, Source]) -> dict[str, Any]:
    """With its offsets in the file, where they can be told; else the scorer looks."""
    chunk: dict[str, Any] = {"file": hit["document_name"], "text": hit["content"]}
    source = sources[hit["document_name"]]
    # the parsed text is about as long as the file
    place = source.find(hit["content"], (hit.get("start") or 0) / max(1, len(source.text)))
    return chunk if place is None else chunk | {"start": place[0], "end": place[1]}


def _sources(chosen: DataSet) -> dict[str, Source]:
    if chosen.kind != "spans":
        return {}
    found = {}
    for name, path in chosen.documents().items():
        assert isinstance(path, Path)
        # line ends as they are: offsets count every character
        found[name] = Source(path.read_bytes().decode("utf-8"))
    return found


def _asked(out: Path) -> set[str]:
    """The questions that an interrupted run has written; a line that it did not finish is cut off."""
    if not out.exists():
        return set()
    lines = out.read_text(encoding="utf-8").split("\n")
    out.write_text("".join(f"{line}\n" for line in lines[:-1]), encoding="utf-8")
    return {json.loads(line)["qid"] for line in lines[:-1]}
