"""Test sets as files: ragbench's `queries.jsonl` with `qrels.tsv` and its `questions.jsonl`, and CSV.

Pure: bytes to rows and back. Documents are named as files are, with or without an extension; which row of the dataset
that is, and whether a quote stands in it, is decided in `importing`.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.http.errors import WeftError

MAX_BYTES = 20 * 1024 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = ("question", "document", "quote", "grade")


@dataclass(frozen=True, slots=True)
class Reference:
    document: str
    quote: str
    grade: int = 1


@dataclass(slots=True)
class Row:
    """A question as a file has it; `line` is where it began, from 1."""

    line: int
    question: str
    references: list[Reference] = field(default_factory=list)


def read(files: Mapping[str, bytes]) -> list[Row]:
    """The rows of one CSV or `questions.jsonl`, or of queries and qrels together. Raises `test_set_unreadable`."""
    texts = {name: _text(name, data) for name, data in files.items()}
    tables = [name for name in texts if name.lower().endswith(".csv")]
    qrels = [name for name in texts if name.lower().endswith((".tsv", ".txt", ".qrels"))]
    lines = [name for name in texts if name.lower().endswith((".jsonl", ".json"))]
    if len(files) == 1 and tables:
        return _from_csv(tables[0], texts[tables[0]])
    if len(files) == 1 and lines:
        return _from_questions(lines[0], texts[lines[0]])
    if len(files) == 2 and len(qrels) == 1 and len(lines) == 1:
        return _from_qrels(lines[0], texts[lines[0]], qrels[0], texts[qrels[0]])
    message = "Send one .csv file, one questions.jsonl, or queries.jsonl together with qrels.tsv."
    raise WeftError("test_set_unreadable", message, 422, field="file")


def write_csv(rows: Sequence[Row]) -> bytes:
    """One line for each thing expected; begins with a mark without which spreadsheets misread UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        for each in row.references or [Reference("", "", 1)]:
            writer.writerow([_inert(row.question), _inert(each.document), _inert(each.quote), each.grade])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def write_questions(rows: Sequence[tuple[str, Row]]) -> bytes:
    """`questions.jsonl`, with ids: quotes by their text."""
    shapes = (
        {
            "id": id_,
            "question": row.question,
            "file": row.references[0].document if row.references else "",
            "refs": [{"file": each.document, "text": each.quote, "grade": each.grade} for each in row.references],
        }
        for id_, row in rows
    )
    return _lines(shapes)


def write_qrels(rows: Sequence[tuple[str, Row]]) -> bytes:
    """A zip of `queries.jsonl` and `qrels.tsv`: whole documents, whatever is quoted from them."""
    queries = _lines({"id": id_, "text": row.question} for id_, row in rows)
    best: dict[tuple[str, str], int] = {}
    for id_, row in rows:
        for each in row.references:
            best[id_, each.document] = max(each.grade, best.get((id_, each.document), 0))
    qrels = "".join(f"{id_}\t{document}\t{grade}\n" for (id_, document), grade in best.items())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("queries.jsonl", queries)
        archive.writestr("qrels.tsv", qrels)
    return out.getvalue()


def _from_csv(name: str, text: str) -> list[Row]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if "question" not in (reader.fieldnames or []):
        raise _unreadable(name, 1, f"its first line must name the columns {', '.join(COLUMNS)}")
    rows: dict[str, Row] = {}
    try:
        for record in reader:
            question = _plain(record.get("question")).strip()
            row = rows.setdefault(question, Row(reader.line_num, question))
            if document := _plain(record.get("document")).strip():
                grade = _grade(name, reader.line_num, record.get("grade") or 1)
                row.references += [Reference(document, _plain(record.get("quote")), grade)] if grade else []
    except csv.Error as exc:
        raise _unreadable(name, reader.line_num, str(exc)) from exc
    return list(rows.values())


def _from_questions(name: str, text: str) -> list[Row]:
    rows: list[Row] = []
    for number, each in _objects(name, text):
        refs = each.get("refs", [])
        if not isinstance(refs, list) or not all(isinstance(ref, dict) for ref in refs):
            raise _unreadable(name, number, "`refs` must be a list of objects")
        found = [
            Reference(
                str(ref.get("file") or each.get("file") or ""),
                str(ref.get("text") or ""),
                grade,
            )
            for ref in refs
            if (grade := _grade(name, number, ref.get("grade", 1)))
        ]
        rows.append(Row(number, str(each.get("question") or "").strip(), found))
    return rows


def _from_qrels(name: str, text: str, qrels_name: str, qrels: str) -> list[Row]:
    rows: dict[str, Row] = {}
    for number, each in _objects(name, text):
        rows[str(each.get("id") or "")] = Row(number, str(each.get("text") or "").strip())
    for number, line in enumerate(io.StringIO(qrels), 1):
        parts = [part.strip() for part in line.split("\t")] if "\t" in line else line.split()
        if not line.strip():
            continue
        # trec_eval's files have a column of zeros in the middle
        parts = [parts[0], *parts[2:]] if len(parts) == 4 else parts
        if len(parts) != 3:
            raise _unreadable(qrels_name, number, "a line is: query, document and grade, with tabs between")
        if parts[0] not in rows:
            if number == 1:
                continue  # a line of column names
            raise _unreadable(qrels_name, number, f"{name} has no query {parts[0]!r}")
        grade = _grade(qrels_name, number, parts[2])
        if grade > 0:
            rows[parts[0]].references.append(Reference(parts[1], "", grade))
    return list(rows.values())


def _objects(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(io.StringIO(text), 1):
        if not line.strip():
            continue
        try:
            each = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise _unreadable(name, number, "it is not JSON") from exc
        if not isinstance(each, dict):
            raise _unreadable(name, number, "it is not a JSON object")
        yield number, each


def _grade(name: str, line: int, value: Any) -> int:
    try:
        grade = int(value)
    except (TypeError, ValueError) as exc:
        raise _unreadable(name, line, f"the grade {value!r} is no whole number") from exc
    if not 0 <= grade <= 100:
        raise _unreadable(name, line, f"the grade {grade} is not between 0 and 100")
    return grade


def _text(name: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        message = f"{name} is larger than {MAX_BYTES // 1024**2} MB. Split the test set."
        raise WeftError("test_set_unreadable", message, 422, field="file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise _unreadable(name, 1, "it is not UTF-8 text; save it as UTF-8") from exc


def _inert(value: str) -> str:
    """A cell that a spreadsheet would run as a formula is written as text; `_plain` takes the mark off again."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _plain(value: str | None) -> str:
    value = value or ""
    return value[1:] if value.startswith("'") and value[1:].startswith(_FORMULA) else value


def _lines(objects: Any) -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects).encode()


def _unreadable(name: str, line: int, why: str) -> WeftError:
    return WeftError("test_set_unreadable", f"{name}, line {line}: {why}.", 422, field="file")
