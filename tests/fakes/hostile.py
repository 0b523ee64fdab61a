"""Files that mean harm, or are merely broken, made on the spot: archives, XML, PDF, office files, tables, mails."""

from __future__ import annotations

import email.message
import io
import json
import struct
import zipfile
import zlib

from tests.fakes.documents import make_docx, make_pdf, make_zip_bomb

OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


def archive(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            out.writestr(name, data)
    return target.getvalue()


def word(document: str) -> bytes:
    """A .docx around the text of its main part."""
    return archive({"word/document.xml": document.encode()})


def word_body(body: str, head: str = "") -> bytes:
    return word(f'{head}<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>')


def run(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def zip_slip() -> bytes:
    """Names that climb out of the folder they are unpacked into."""
    return archive({"word/document.xml": word_xml(run("kept")), "../../../../tmp/weft-slipped": b"out"})


def word_xml(body: str) -> bytes:
    return f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'.encode()


def nested_bomb() -> bytes:
    """An archive of archives of nothing, four deep."""
    inner = archive({"zeros": bytes(10_000_000)})
    for _ in range(3):
        inner = archive({f"{number}.zip": inner for number in range(10)})
    return inner


def lying_archive() -> bytes:
    """A part that is larger than the archive says."""
    data = bytearray(archive({"word/document.xml": word_xml(run("x" * 50_000_000))}))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 1000)
    return bytes(data)


def external_entity() -> bytes:
    head = '<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY n SYSTEM "http://127.0.0.1:9/x">]>'
    return word_body(run("before &f; &n; after"), head)


def billion_laughs() -> bytes:
    return word_body(run("&l9;"), f'<!DOCTYPE d [<!ENTITY l0 "lol">{_LAUGHS}]>')


def quadratic_blowup() -> bytes:
    return word_body(run("&a;" * 50_000), f'<!DOCTYPE d [<!ENTITY a "{"x" * 50_000}">]>')


def pdf_with_javascript() -> bytes:
    data = make_pdf([["Harmless words."]])
    action = b"/OpenAction << /S /JavaScript /JS (app.launchURL('http://127.0.0.1:9/');while(1){}) >> "
    return data.replace(b"/Type /Catalog ", b"/Type /Catalog " + action)


def broken_xref() -> bytes:
    """The table that says where the objects are says nothing true: a viewer finds them anyway."""
    return make_pdf([["Words that stay."]]).replace(b"startxref\n", b"startxref\n9")


def endless_pages() -> bytes:
    """A tree of pages that contains itself."""
    data = make_pdf([["One page."]])
    return data.replace(b"/Kids [", b"/Kids [2 0 R ")


def deflated_pdf(size: int) -> bytes:
    """A page whose content unpacks to `size` bytes of text operators."""
    content = zlib.compress(b"BT /F1 9 Tf (x) Tj ET\n" * (size // 22), 9)
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj "
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj "
    font = b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj "
    stream = b"4 0 obj<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream endobj " % (len(content), content)
    return head + page + font + stream + b"trailer<</Root 1 0 R>>"


def locked_office() -> bytes:
    """The container that a password puts around an office file."""
    return compound({"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"y" * 5000})


def compound(streams: dict[str, bytes]) -> bytes:
    """A minimal OLE container with these streams at its root; each is at least 4,096 bytes."""
    sector = 512
    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    body, table = b"", []
    start = 2 + (len(streams) + 4) // 4 - 1  # after the table and the directory
    for number, (name, data) in enumerate(streams.items(), start=1):
        count = -(-len(data) // sector)
        after = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append(_entry(name, 2, start, len(data), right=after))
        table += [*range(start + 1, start + count), 0xFFFFFFFE]
        body += data.ljust(count * sector, b"\0")
        start += count
    directory = b"".join(entries)
    directory += bytes(-len(directory) % sector)
    chain = [*range(2, 1 + len(directory) // sector), 0xFFFFFFFE]
    fat = struct.pack("<128I", *([0xFFFFFFFD, *chain, *table] + [0xFFFFFFFF] * 128)[:128])
    head = OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return head + fat + directory + body


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", 0xFFFFFFFF, right, child)
    head = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1) + links
    return head + bytes(16 + 4 + 16) + struct.pack("<IQ", start, size)


def deep_json(depth: int = 100_000) -> bytes:
    return b"[" * depth + b"]" * depth


def aliases() -> bytes:
    """Lists of the same list, nine times nine times nine."""
    lines = [f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    return "\n".join(["k0: &a0 [x]", *lines]).encode()


def wide_csv() -> bytes:
    """10,000 columns, with zero bytes between."""
    head = ",".join(f"c{n}" for n in range(10_000))
    row = ",".join(str(n) for n in range(10_000))
    return f"{head}\n{row}\n".encode().replace(b"c5,", b"c5\0,") + b"\0\n"


def russian_dolls(depth: int) -> bytes:
    """A mail in a mail in a mail."""
    message = email.message.EmailMessage()
    message["Subject"], message["From"] = "Innermost", "ann@example.com"
    message.set_content("The innermost words.")
    for level in range(depth):
        outer = email.message.EmailMessage()
        outer["Subject"], outer["From"] = f"Level {level}", "bob@example.com"
        outer.set_content(f"Words of level {level}.")
        outer.add_attachment(message)
        message = outer
    return message.as_bytes()


def mail_with_bomb() -> bytes:
    mail = email.message.EmailMessage()
    mail["Subject"], mail["From"] = "Quarterly figures", "ann@example.com"
    mail.set_content("See the attachment.")
    kind = {"maintype": "application", "subtype": "octet-stream"}
    mail.add_attachment(make_zip_bomb(), filename="figures.docx", **kind)
    mail.add_attachment(make_docx(("Normal", "Honest words.")), filename="letter.docx", **kind)
    return mail.as_bytes()


def hollow_notebook() -> bytes:
    return json.dumps(
        {"cells": [{"cell_type": "code", "source": None, "outputs": [None, 1, {"data": []}]}, 7]}
    ).encode()
