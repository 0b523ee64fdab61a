"""Files to measure with: pages of about 3,000 characters of words as uneven as real ones, in several formats.

python -m tests.benchmarks.documents.files FORMAT SIZE FILE
"""

from __future__ import annotations

import io
import random
import sys
from pathlib import Path

from openpyxl import Workbook

from tests.fakes.documents import make_docx, make_pdf

_CHANCE = random.Random(7)
_WORDS = ["".join(_CHANCE.choice("aeioulnrst") for _ in range(_CHANCE.randint(2, 10))) for _ in range(5000)]
_WEIGHTS = [1 / (rank + 2) for rank in range(len(_WORDS))]
PAGE_CHARS = 3000


def page() -> list[str]:
    """Its sentences, one a line."""
    lines: list[str] = []
    while sum(map(len, lines)) < PAGE_CHARS:
        words = _CHANCE.choices(_WORDS, _WEIGHTS, k=_CHANCE.randint(8, 14))
        lines.append(" ".join(words).capitalize() + ".")
    return lines


def make(kind: str, pages: int) -> bytes:
    found = [page() for _ in range(pages)]
    match kind:
        case "md":
            return "\n\n".join(f"# Page {n}\n\n{' '.join(lines)}" for n, lines in enumerate(found)).encode()
        case "html":
            body = "".join(f"<h1>Page {n}</h1><p>{' '.join(lines)}</p>" for n, lines in enumerate(found))
            return f"<html><body>{body}</body></html>".encode()
        case "pdf":
            return make_pdf(found)
        case "docx":
            paragraphs = [("Heading 1", f"Page {n}") for n in range(pages)]
            both = zip(paragraphs, (("Normal", " ".join(lines)) for lines in found), strict=True)
            return make_docx(*(each for pair in both for each in pair))
        case "csv":
            return rows(pages * 30)
    raise ValueError(kind)


def rows(count: int) -> bytes:
    """A table of `count` rows; about 100 characters each."""
    lines = ["number,name,city,amount,note"]
    for number in range(count):
        words = _CHANCE.choices(_WORDS, _WEIGHTS, k=10)
        lines.append(f"{number},{words[0]} {words[1]},{words[2]},{number * 17 % 9973},{' '.join(words[3:])}")
    return "\n".join(lines).encode()


def workbook(count: int) -> bytes:
    """The same as an Excel file."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    for line in rows(count).decode().split("\n"):
        sheet.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def main(kind: str, size: int, path: Path) -> None:
    """A long document. Made in a process of its own, whose memory is not counted."""
    path.write_bytes({"csv": rows, "xlsx": workbook}.get(kind, lambda pages: make(kind, pages))(size))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
