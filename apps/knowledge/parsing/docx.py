"""Word files in document order: headings by style, tables as rows."""

from __future__ import annotations

import io
import re

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from workflows.documents.archive import open_archive
from workflows.documents.blocks import Block, Draft
from workflows.documents.errors import ParseError

_HEADING = re.compile(r"(?:heading|überschrift|titre|标题)\s*(\d)", re.I)
_BROKEN = "The file is no readable Word document (.docx). Open it in Word or LibreOffice and save it again."


def parse_docx(data: bytes) -> list[Block]:
    open_archive(data, _BROKEN).close()
    try:
        document = docx.Document(io.BytesIO(data))
        draft = Draft()
        for item in document.iter_inner_content():
            if isinstance(item, Table):
                _table(item, draft)
            else:
                _paragraph(item, draft)
    except ParseError:
        raise
    except Exception as exc:
        # python-docx and lxml raise whatever the broken part happens to trip over.
        raise ParseError("parse_failed", _BROKEN) from exc
    return draft.blocks


def _paragraph(paragraph: Paragraph, draft: Draft) -> None:
    style = (paragraph.style.name if paragraph.style is not None else "") or ""
    if heading := _HEADING.search(style):
        draft.add(paragraph.text, "heading", max(1, int(heading[1])))
    elif style == "Title":
        draft.add(paragraph.text, "heading", 1)
    else:
        draft.add(paragraph.text)


def _table(table: Table, draft: Draft) -> None:
    rows = []
    for row in table.rows:
        # A merged cell is given once for every column it covers.
        seen: list[object] = []
        cells = []
        for cell in row.cells:
            cells.append("" if cell._tc in seen else cell.text)
            seen.append(cell._tc)
        rows.append(cells)
    draft.add_table(rows)
