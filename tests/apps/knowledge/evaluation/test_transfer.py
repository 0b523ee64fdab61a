"""Test sets survive being written and read again, and files of others are read or refused with the line."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from apps.knowledge.evaluation import transfer
from apps.knowledge.evaluation.transfer import Reference, Row
from weft.http.errors import WeftError

ROWS = [
    Row(0, "=HYPERLINK(1) 什么时候?", [Reference("a.md", 'with "marks",\nand lines', 2), Reference("b.md", "", 1)]),
    Row(0, "No answer yet", []),
    Row(0, "'quoted", [Reference("c.md", "-1 degree", 1)]),
]
IDS = [(f"q{index}", row) for index, row in enumerate(ROWS)]


def plain(rows: list[Row]) -> list[tuple[str, list[Reference]]]:
    return [(row.question, row.references) for row in rows]


def test_csv_comes_back_as_it_went() -> None:
    data = transfer.write_csv(ROWS)

    assert plain(transfer.read({"cases.csv": data})) == plain(ROWS)
    assert data.startswith(b"\xef\xbb\xbfquestion,document,quote,grade")
    assert b"'=HYPERLINK" in data


def test_questions_come_back_as_they_went() -> None:
    assert plain(transfer.read({"q.jsonl": transfer.write_questions(IDS)})) == plain(ROWS)


def test_qrels_keep_documents_and_grades() -> None:
    with zipfile.ZipFile(io.BytesIO(transfer.write_qrels(IDS))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}

    assert plain(transfer.read(files)) == [
        (ROWS[0].question, [Reference("a.md", "", 2), Reference("b.md", "", 1)]),
        ("No answer yet", []),
        ("'quoted", [Reference("c.md", "", 1)]),
    ]


def test_the_files_of_ragbench_are_read() -> None:
    queries = '{"id": "4", "text": "1-1% of colorectal cancer"}\n{"id": "9", "text": "赵鹏在哪年?"}\n'
    qrels = "4\t22942787\t1\n9\tp-DEV_5\t2\n9\tp-DEV_6\t0\n"
    question = {
        "id": "c0",
        "question": "Fees?",
        "file": "union.md",
        "refs": [{"start": 1, "end": 9, "text": "$32 to $8"}],
    }

    assert plain(transfer.read({"queries.jsonl": queries.encode(), "qrels.tsv": qrels.encode()})) == [
        ("1-1% of colorectal cancer", [Reference("22942787", "", 1)]),
        ("赵鹏在哪年?", [Reference("p-DEV_5", "", 2)]),
    ]
    [row] = transfer.read({"questions.jsonl": json.dumps(question).encode()})
    assert row == Row(1, "Fees?", [Reference("union.md", "$32 to $8", 1)])


def test_trec_files_with_four_columns_are_read() -> None:
    files = {"queries.jsonl": b'{"id": "1", "text": "x"}', "qrels.txt": b"1 0 d-7 2\n\n"}

    assert plain(transfer.read(files)) == [("x", [Reference("d-7", "", 2)])]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.csv": b"frage,dokument\n"}, "a.csv, line 1: its first line must name the columns"),
        (
            {"a.csv": b"question,document,quote,grade\nq,d,,high\n"},
            "a.csv, line 2: the grade 'high' is no whole number",
        ),
        ({"a.csv": b"question,document,quote,grade\nq,d,,900\n"}, "the grade 900 is not between 0 and 100"),
        ({"a.csv": b"\xff\xfe"}, "a.csv, line 1: it is not UTF-8 text"),
        ({"a.csv": b"question,document\n" + b'"' + b"x" * 200_000 + b'",d\n'}, "a.csv, line"),
        ({"a.jsonl": b'{"question": "x"}\n[1]\n'}, "a.jsonl, line 2: it is not a JSON object"),
        ({"a.jsonl": b"{not json}"}, "a.jsonl, line 1: it is not JSON"),
        ({"a.jsonl": b"[" * 100_000}, "a.jsonl, line 1: it is not JSON"),
        ({"a.jsonl": b'{"question": "x", "refs": {"text": 1}}'}, "`refs` must be a list of objects"),
        ({"q.jsonl": b'{"id": "1", "text": "x"}', "r.tsv": b"1\td\n"}, "r.tsv, line 1: a line is: query, document"),
        ({"q.jsonl": b'{"id": "1", "text": "x"}', "r.tsv": b"1\td\t1\n2\td\t1\n"}, "q.jsonl has no query '2'"),
        ({"a.pdf": b""}, "Send one .csv file"),
        ({"a.csv": b"", "b.csv": b""}, "Send one .csv file"),
        ({"a.csv": b"x" * (transfer.MAX_BYTES + 1)}, "a.csv is larger than 20 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(files: dict[str, bytes], said: str) -> None:
    with pytest.raises(WeftError) as refused:
        transfer.read(files)

    assert refused.value.code == "test_set_unreadable"
    assert said in refused.value.message
