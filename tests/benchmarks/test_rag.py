"""The benchmark of retrieval against a Weft that is scripted: what it sends, asks, writes and goes on with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.rag.asking import TOP_K, ask, list_chunks
from tests.benchmarks.rag.feeding import feed
from tests.benchmarks.rag.locating import Source
from tests.benchmarks.rag.scores import Row, score, short_of, table
from tests.benchmarks.rag.sets import DataSet, Question, sets_in

SCORER = """\
import json, sys
out = sys.argv[sys.argv.index("--json") + 1]
json.dump({"queries": 1, "argv": sys.argv[1:-1], "metrics": {}}, open(out, "w"))
print("scored")
"""


class FakeApi:
    """A Weft whose documents are ready at once and whose every question finds the same two passages."""

    def __init__(self) -> None:
        self.datasets: dict[str, dict[str, Any]] = {}
        self.documents: list[dict[str, Any]] = []
        self.asked: list[Mapping[str, Any]] = []
        self.uploads: list[list[str]] = []

    def get(self, path: str, **params: Any) -> Any:
        if path.endswith("/documents"):
            return {"items": [], "next": None}
        return self.datasets[path.rpartition("/")[2]]

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        if path == "/datasets":
            made = {"id": f"id of {body['name']}", "chunk_count": 7, **body}
            self.datasets[made["id"]] = made
            return made
        self.asked.append(body)
        hit = {"document_name": "a.md", "content": "文b", "start": 2, "end": 4}
        return {"items": [hit, {**hit, "content": "elsewhere"}]}

    def upload(self, path: str, files: Sequence[tuple[str, bytes]]) -> Any:
        self.uploads.append([name for name, _ in files])
        for name, content in files:
            stage = "failed" if content == b"bad" else "ready"
            self.documents.append({"id": name, "name": name, "stage": stage, "error": {"message": "It is bad."}})
        return {"items": []}

    def pages(self, path: str, **params: Any) -> Iterator[Any]:
        if path == "/datasets":
            return iter(list(self.datasets.values()))
        if path.endswith("/chunks"):
            return iter([{"content": "A?", "answer": "B."}, {"content": "C", "answer": ""}])
        stages = params.get("stage", "ready,failed").split(",")
        return iter([each for each in self.documents if each["stage"] in stages])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One set of each kind, and what is none."""
    for name, text in {
        "eval.py": SCORER,
        "cmrc/corpus.jsonl": '{"id": "p1", "title": "T", "text": "x"}\n{"id": "p2", "text": "y"}\n',
        "cmrc/queries.jsonl": '{"id": "q1", "text": "why?"}\n{"id": "q2", "text": "who?"}\n',
        "cmrc/qrels.tsv": "q1\tp1\t1\n",
        "long/docs/a.md": "\r\n文b and more",
        "long/questions.jsonl": '{"id": "s1", "question": "什么？", "file": "a.md", "refs": []}\n',
        "files/files/t.csv": "a,b",
        "files/needles.json": "{}",
        "other/readme.md": "no set",
    }.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return tmp_path / "data"


def by_name(data: Path) -> dict[str, DataSet]:
    return {each.name: each for each in sets_in(data, [])}


def test_what_a_folder_holds_its_files_tell(data: Path) -> None:
    found = by_name(data)

    assert {name: each.kind for name, each in found.items()} == {
        "cmrc": "retrieval", "long": "spans", "files": "ingest",
    }  # fmt: skip
    assert found["cmrc"].documents() == {"p1.md": "# T\n\nx\n", "p2.md": "y\n"}
    assert found["cmrc"].questions() == [Question("q1", "why?"), Question("q2", "who?")]
    assert found["long"].scoring() == ["spans", "--data", str(data / "long"), "--budget", "1500"]
    assert found["files"].documents() == {"t.csv": data / "files" / "files" / "t.csv"}
    with pytest.raises(SystemExit, match="holds no set"):
        sets_in(data, ["other"])


def test_documents_that_are_there_are_not_sent_again() -> None:
    api, said = FakeApi(), list[str]()
    documents: dict[str, Path | str] = {f"{n}.md": "text" for n in range(60)}

    first = feed(api, "cmrc", documents, None, said.append)
    second = feed(api, "cmrc", {**documents, "more.md": "bad"}, None, said.append)
    third = feed(api, "cmrc", documents, None, said.append)

    assert [len(each) for each in api.uploads] == [50, 10, 1]
    assert first.dataset_id == second.dataset_id == "id of cmrc"
    assert (first.failed, second.failed) == ([], ["more.md: It is bad."])
    assert first.seconds is not None
    assert third.seconds is None
    assert said == [
        "cmrc: 50 of 60 documents sent", "cmrc: 60 of 60 documents sent", "cmrc: 61 of 61 documents sent",
    ]  # fmt: skip


def test_questions_are_asked_once_and_a_torn_line_again(data: Path, tmp_path: Path) -> None:
    api, chosen, run = FakeApi(), by_name(data)["cmrc"], tmp_path / "cmrc.jsonl"

    ask(api, chosen, "d", run, print)
    whole = run.read_text()
    run.write_text(whole[:-9])
    ask(api, chosen, "d", run, print)

    assert [each["query"] for each in api.asked] == ["why?", "who?", "who?"]
    assert api.asked[0] == {"query": "why?", "top_k": TOP_K}
    rows = [json.loads(line) for line in run.read_text().splitlines()]
    assert [(row["qid"], row["docs"]) for row in rows] == [("q1", ["a.md", "a.md"]), ("q2", ["a.md", "a.md"])]
    assert all(row["ms"] >= 0 for row in rows)


def test_offsets_are_those_of_the_file(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "long.jsonl"

    ask(FakeApi(), by_name(data)["long"], "d", run, print)

    assert json.loads(run.read_text())["chunks"] == [
        {"file": "a.md", "text": "文b", "start": 2, "end": 4},
        {"file": "a.md", "text": "elsewhere"},
    ]


def test_a_passage_is_found_in_its_file_whatever_the_parser_made_of_marks() -> None:
    text = "Title\n=====\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n| 3 | 4 |\n\n**Said** “so.” Again: 3 4"
    source = Source(text)

    def found(passage: str, near: float = 0.0) -> str | None:
        place = source.find(passage, near)
        return None if place is None else text[slice(*place)]

    assert found("Title\n\na | b\n1 | 2") == text[: text.index(" |\n| 3")]
    # a header that is repeated over later rows is left out
    assert found("a | b\n3 | 4\n\nSaid “so.”") == "3 | 4 |\n\n**Said** “so.”"
    assert (found("3 | 4"), found("3 4", 1.0)) == ("3 | 4", "3 4")
    assert source.find("3 4", 1.0) == (len(text) - 3, len(text))
    assert found("elsewhere") is None
    assert found("…") is None


def test_every_chunk_of_every_file_is_listed(tmp_path: Path) -> None:
    api, run = FakeApi(), tmp_path / "files.jsonl"
    api.upload("", [("t.csv", b"a")])

    list_chunks(api, "d", run)

    assert json.loads(run.read_text()) == {"file": "t.csv", "chunks": ["A?\nB.", "C"]}


def test_the_datas_own_scorer_is_asked(data: Path, tmp_path: Path) -> None:
    chosen, run = by_name(data)["cmrc"], tmp_path / "cmrc.jsonl"
    assert score(data, chosen, run)["argv"] == [
        "retrieval", "--data", str(data / "cmrc"), "--run", str(run), "--json",
    ]  # fmt: skip


def test_the_table_stands_beside_the_baselines_and_misses_are_named(data: Path) -> None:
    sets = by_name(data)
    metric = {"mean": 0.9, "ci95": [0.88, 0.92]}
    retrieval = {
        "queries": 2,
        "metrics": {"ndcg@10": metric, "recall@5": metric},
        "latency_ms": {"p50": 12.3, "p95": 40.0},
    }
    spans = {"queries": 1, "metrics": {"full@budget": metric, "recall@budget": metric}}
    ingest = {"files": 1, "metrics": {name: {"mean": 1.0} for name in ("need", "together", "ban", "file_ok")}}
    rows: list[Row] = [
        (sets["cmrc"], retrieval, {"chunks": 7, "fed_s": 3.2}),
        (sets["long"], spans, {"chunks": 3, "fed_s": None}),
        (sets["files"], ingest, {"chunks": 2, "fed_s": 1.0}),
    ]
    known = {
        "retrieval": {"cmrc": {"systems": {"bm25-char2": {"ndcg@10": 0.98}, "minilm": {"ndcg@10": 0.3}}}},
        "ingest": {"stack": {"need": 1.0, "together": 0.5, "ban": 1.0, "file_ok": 0.7}},
    }

    assert table(rows, known).split("\n") == [
        "| set | questions | chunks | **Weft** ndcg@10 | 95 % | recall@5 | p50 / p95 ms | fed in s "
        "| BM25 | MiniLM | RRF of both | best known recipe |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| cmrc | 2 | 7 | **0.900** | 0.880 to 0.920 | 0.900 | 12 / 40 | 3 | 0.980 | 0.300 |  |  |",
        "",
        "| set | questions | chunks | **Weft** full@budget | 95 % | recall@budget | p50 / p95 ms | fed in s "
        "| fixed, BM25 | sentences, BM25 | headings, BM25 | sentences, RRF |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| long | 1 | 3 | **0.900** | 0.880 to 0.920 | 0.900 |  |  |  |  |  |  |",
        "",
        "| files to chunks | need | together | ban | files perfect |",
        "| --- | --- | --- | --- | --- |",
        "| **Weft** (2 chunks, fed in 1 s) | 1.00 | 1.00 | 1.00 | 1.00 |",
        "| stack | 1.00 | 0.50 | 1.00 | 0.70 |",
    ]
    assert short_of(rows) == ["cmrc: ndcg@10 0.900 < 0.975"]
