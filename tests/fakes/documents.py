"""Real files made on the spot: PDF, Word and damaged ones, in English and Chinese."""

from __future__ import annotations

import functools
import io
import zipfile

import docx


def make_pdf(pages: list[list[str]], *, encrypted: bool = False) -> bytes:
    """A PDF of lines of text, one list a page; CJK text uses a font that is not embedded, as Chinese PDFs often do."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    latin, cjk = 3, 4
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    objects.append(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts ["
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>"
        b" /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -200 1000 900]"
        b" /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >> >>] >>"
    )
    kids = []
    for lines in pages:
        stream = b"BT 14 TL 60 760 Td\n" + b"".join(_line(line) for line in lines) + b"ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        fonts = b"<< /F1 %d 0 R /F2 %d 0 R >>" % (latin, cjk)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font %s >> >>"
            % (len(objects), fonts)
        )
        kids.append(len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % each for each in kids))
    extra = b""
    if encrypted:
        secret = b"<" + b"41" * 32 + b">"
        objects.append(b"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -64 /O %s /U %s >>" % (secret, secret))
        extra = b" /Encrypt %d 0 R /ID [<00> <00>]" % len(objects)
    return _assemble(objects, extra)


def make_docx(*paragraphs: tuple[str, str], table: list[list[str]] | None = None) -> bytes:
    """A Word file of `(style, text)` paragraphs (styles such as "Heading 1" and "Normal") and perhaps a table."""
    document = docx.Document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    if table:
        grid = document.add_table(rows=len(table), cols=len(table[0]))
        for row, cells in zip(grid.rows, table, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@functools.cache
def make_zip_bomb() -> bytes:
    """A small .docx that unpacks to a gigabyte."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(1024):
            part.write(bytes(1024 * 1024))
    return out.getvalue()


def _line(text: str) -> bytes:
    if all(ord(each) < 256 for each in text):
        escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("latin-1")
        return b"/F1 11 Tf (%s) Tj T*\n" % escaped
    return b"/F2 11 Tf <%s> Tj T*\n" % text.encode("utf-16-be").hex().encode()


def _assemble(objects: list[bytes], extra: bytes) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, extra, start)
    return bytes(out)
