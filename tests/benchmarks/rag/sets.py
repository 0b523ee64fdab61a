"""What a folder of the benchmark's data holds: documents to bring in, questions to ask, and how answers are scored.

Knows the data's files and the run formats of its `eval.py`; knows nothing of Weft. Which kind a set is, its files tell:
`corpus.jsonl` for retrieval, `questions.jsonl` beside `docs/` for places in long documents, `needles.json` beside
`files/` for ingestion.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["retrieval", "spans", "ingest"]

# How many characters of the found passages count, as the baselines count them: by the script of the questions.
_BUDGET = {"zh": 1500, "en": 4000}


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class DataSet:
    folder: Path
    kind: Kind

    @property
    def name(self) -> str:
        return self.folder.name

    def documents(self) -> dict[str, Path | str]:
        """By name: a file, or the text of one. Retrieval sets as `eval.py export --ext md` writes them."""
        if self.kind == "spans":
            return {path.name: path for path in sorted((self.folder / "docs").iterdir())}
        if self.kind == "ingest":
            return {path.name: path for path in sorted((self.folder / "files").iterdir())}
        found: dict[str, Path | str] = {}
        for row in _rows(self.folder / "corpus.jsonl"):
            head = f"# {row['title']}\n\n" if row.get("title") else ""
            found[f"{row['id']}.md"] = f"{head}{row['text']}\n"
        return found

    def questions(self) -> list[Question]:
        if self.kind == "spans":
            return [Question(row["id"], row["question"]) for row in _rows(self.folder / "questions.jsonl")]
        if self.kind == "retrieval":
            return [Question(row["id"], row["text"]) for row in _rows(self.folder / "queries.jsonl")]
        return []

    def scoring(self) -> list[str]:
        """The arguments of `eval.py` that are the set's own."""
        if self.kind != "spans":
            return [self.kind, "--data", str(self.folder)]
        return [self.kind, "--data", str(self.folder), "--budget", str(_BUDGET[self._script()])]

    def _script(self) -> str:
        text = "".join(question.text for question in self.questions())
        return "zh" if sum("\u4e00" <= char <= "\u9fff" for char in text) > len(text) / 4 else "en"


def sets_in(data: Path, names: list[str]) -> list[DataSet]:
    """The named sets, or all of them. Raises SystemExit for a name that is none."""
    folders = [data / name for name in names] if names else sorted(path for path in data.iterdir() if path.is_dir())
    found = []
    for folder in folders:
        kind = _kind(folder)
        if kind is not None:
            found.append(DataSet(folder, kind))
        elif names:
            raise SystemExit(f"{folder} holds no set: neither corpus.jsonl, questions.jsonl nor needles.json is there.")
    return found


def _kind(folder: Path) -> Kind | None:
    if (folder / "corpus.jsonl").exists():
        return "retrieval"
    if (folder / "questions.jsonl").exists() and (folder / "docs").is_dir():
        return "spans"
    if (folder / "needles.json").exists() and (folder / "files").is_dir():
        return "ingest"
    return None


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
