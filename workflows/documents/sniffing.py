"""What a file really is, told by its content: names lie, and a wrong one should not hide what can be read.

Knows the marks of formats; knows nothing of their insides.
"""

from __future__ import annotations

import io
import re
import zipfile

from workflows.documents.errors import ParseError

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_IMAGES = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*",
)  # fmt: skip
_PACKED = {
    b"Rar!\x1a\x07": "RAR", b"7z\xbc\xaf\x27\x1c": "7z", b"\x1f\x8b\x08": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz",
}  # fmt: skip
# A name inside the archive tells what it is.
_INSIDE = (
    ("word/document.xml", "docx"), ("ppt/presentation.xml", "pptx"), ("ppt/slides/", "pptx"),
    ("xl/workbook.xml", "xlsx"), ("xl/workbook.bin", "xlsx"), ("META-INF/container.xml", "epub"),
)  # fmt: skip
_MIMETYPES = {b"application/epub+zip": "epub", b"text": "odt", b"spreadsheet": "ods", b"presentation": "odp"}
_BINARY = frozenset({"pdf", "docx", "pptx", "xlsx", "xls", "ods", "odt", "odp", "epub", "msg", "image"})
_ARCHIVES = frozenset({"docx", "pptx", "xlsx", "ods", "odt", "odp", "epub"})
_FEED = re.compile(rb"\A\s*(?:<\?[^>]*\?>\s*|<!--.*?-->\s*)*<(?:rss|rdf:RDF|feed)[\s>]", re.S)
_HTML = re.compile(rb"\A\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table)[\s>]", re.S | re.I)
_LOCKED = "The file is protected by a password, or in an old format. Save it anew without a password."
_NAMES = {
    "pdf": "a PDF", "docx": "a Word document (.docx)", "pptx": "a presentation (.pptx)", "xls": "a spreadsheet",
    "xlsx": "a spreadsheet (.xlsx)", "epub": "an e-book (.epub)", "msg": "a mail (.msg)", "image": "a picture",
}  # fmt: skip


def actual_format(data: bytes, claimed: str) -> str:
    """The format to read `data` as. Raises ParseError when it is none that can be read, or not what it claims."""
    head = data[:4096]
    found = _by_mark(data, head, claimed)
    if found is not None:
        return found
    if claimed in _BINARY and data:
        if _HTML.match(head):
            return "html"  # what many web applications call a spreadsheet or a document
        name = _NAMES.get(claimed, f"an .{claimed} file")
        message = f"The file is damaged or not {name}. Open it in its own program and save it again."
        raise ParseError("parse_failed", message)
    if not data and claimed in _BINARY:
        raise ParseError("parse_failed", "The file is empty: it holds no bytes at all. Save or upload it again.")
    if claimed in ("xml", "text", "html") and _FEED.match(head):
        return "feed"
    return claimed


def _by_mark(data: bytes, head: bytes, claimed: str) -> str | None:
    if b"%PDF-" in head[:1024] and (claimed == "pdf" or head.lstrip().startswith(b"%PDF-")):
        return "pdf"
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _archive(data, claimed)
    if head.startswith(_OLE):
        return _compound(data, claimed)
    if head.startswith(_IMAGES[:4]) or (head.startswith(_IMAGES) and b"\x00" in head[:64]) or _is_webp(head):
        return "image"
    if head.startswith(b"{\\rtf"):
        raise ParseError("format_unsupported", "The file is in Rich Text Format. Save it as .docx.")
    for mark, name in _PACKED.items():
        if head.startswith(mark):
            raise ParseError("format_unsupported", f"The file is a {name} archive. Unpack it and add the files in it.")
    if claimed == "xls" and head[:2] == b"\x09\x08":
        return "xls"  # spreadsheets of before 1997 stand alone
    return None


def _is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _archive(data: bytes, claimed: str) -> str | None:
    """What the names in the archive say; a damaged one is left to the parser of the format it claims to be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist()[:20_000])
            label = archive.open("mimetype").read(200) if "mimetype" in names else b""
    except Exception:  # zipfile raises a dozen kinds for broken archives
        return claimed if claimed in _ARCHIVES or claimed == "xls" else None
    for part, name in _INSIDE:
        if part in names or (part.endswith("/") and any(each.startswith(part) for each in names)):
            return name
    for ending, name in _MIMETYPES.items():
        if label.strip().endswith(ending):
            return name
    if "content.xml" in names and claimed in ("odt", "odp", "ods"):
        return claimed
    if claimed in _ARCHIVES or claimed == "xls":
        message = f"The file is no {claimed} file inside. Open it in its own program and save it again."
        raise ParseError("parse_failed", message)
    raise ParseError("format_unsupported", "The file is a ZIP archive. Unpack it and add the files in it.")


def _compound(data: bytes, claimed: str) -> str:
    """Old office files and mails, and locked new ones, share one container."""
    import olefile

    try:
        with olefile.OleFileIO(data) as container:
            names = {path[0].lower() for path in container.listdir(streams=True, storages=True) if path}
    except Exception:  # olefile raises what a broken table trips over
        names = set()
    if "encryptedpackage" in names or "encryptioninfo" in names:
        raise ParseError("parse_encrypted", "The file is protected by a password. Save a copy without it.")
    if names & {"workbook", "book"}:
        return "xls"
    if "__properties_version1.0" in names:
        return "msg"
    if "worddocument" in names:
        raise ParseError("format_unsupported", "The file is in Word's old format. Save it as .docx.")
    if "powerpoint document" in names:
        raise ParseError("format_unsupported", "The file is in PowerPoint's old format. Save it as .pptx.")
    if claimed in ("xls", "msg"):
        message = f"The file is damaged or not {_NAMES[claimed]}. Open it in its own program and save it again."
        raise ParseError("parse_failed", message)
    raise ParseError("parse_encrypted", _LOCKED)
