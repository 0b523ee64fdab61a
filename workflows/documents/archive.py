"""Files that are ZIP archives inside, opened with care: no bombs, no entities, nothing fetched.

Knows archives and XML; knows nothing of the formats made of them.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from lxml import etree

from workflows.documents.errors import ParseError

MAX_UNPACKED = 512 * 1024 * 1024
_MAX_PARTS = 20_000
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def open_archive(data: bytes, broken: str) -> zipfile.ZipFile:
    """The archive. Raises ParseError: `broken` when it is none, or a sentence about its size or its password."""
    if data.startswith(_OLE):
        message = "The file is protected by a password, or in an old format. Save it anew without a password."
        raise ParseError("parse_encrypted", message)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as exc:
        raise ParseError("parse_failed", broken) from exc
    unpacked = sum(info.file_size for info in parts)
    if unpacked > MAX_UNPACKED or len(parts) > _MAX_PARTS:
        message = f"The document unpacks to {unpacked // 1024 // 1024} MB, more than Weft reads. Remove large pictures."
        raise ParseError("parse_too_large", message)
    if any(info.flag_bits & 1 for info in parts):
        raise ParseError("parse_encrypted", "The file is protected by a password. Save a copy without it.")
    return archive


def properties_of(archive: zipfile.ZipFile) -> tuple[str, dict[str, str]]:
    """The title and other facts that an office file says of itself; nothing when it says nothing readable."""
    try:
        root = read_xml(archive.read("docProps/core.xml"), "")
    except Exception:  # as below; nobody misses them
        return "", {}
    found = {etree.QName(each).localname: " ".join((each.text or "").split()) for each in root if each.text}
    names = {"creator": "author", "created": "created", "modified": "modified", "language": "language"}
    return found.get("title", "")[:300], {name: found[key][:300] for key, name in names.items() if found.get(key)}


def read_part(archive: zipfile.ZipFile, name: str, broken: str) -> bytes:
    """One part's bytes, at most what the archive said they are. Raises ParseError when it cannot be read."""
    try:
        return archive.read(name)
    except (KeyError, zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError, RuntimeError) as exc:
        raise ParseError("parse_failed", broken) from exc
    except Exception as exc:  # zlib.error and its like derive from Exception alone
        raise ParseError("parse_failed", broken) from exc


def read_xml(data: bytes, broken: str) -> Any:
    """The root element. Entities are left alone and nothing is fetched. Raises ParseError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise ParseError("parse_failed", broken) from exc
