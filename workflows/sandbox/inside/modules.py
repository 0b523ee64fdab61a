"""The modules a Python program may import, and the import that lets through no other.

This list is for good messages; the walls are what keeps a program in. All are imported before the walls go up, with
what they load late, so a program's import costs nothing and needs no file.
"""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Mapping, Sequence
from typing import Any

ALLOWED = frozenset(
    [
        "__future__",
        "abc",
        "array",
        "ast",
        "asyncio",
        "base64",
        "binascii",
        "bisect",
        "bz2",
        "calendar",
        "cmath",
        "codecs",
        "collections",
        "colorsys",
        "contextlib",
        "contextvars",
        "copy",
        "csv",
        "dataclasses",
        "datetime",
        "decimal",
        "difflib",
        "email",
        "enum",
        "errno",
        "fnmatch",
        "fractions",
        "functools",
        "glob",
        "graphlib",
        "gzip",
        "hashlib",
        "heapq",
        "hmac",
        "html",
        "http",
        "inspect",
        "io",
        "ipaddress",
        "itertools",
        "json",
        "keyword",
        "locale",
        "logging",
        "lzma",
        "math",
        "mimetypes",
        "numbers",
        "operator",
        "os",
        "pathlib",
        "platform",
        "posixpath",
        "pprint",
        "queue",
        "quopri",
        "random",
        "re",
        "reprlib",
        "secrets",
        "shlex",
        "stat",
        "statistics",
        "string",
        "stringprep",
        "struct",
        "sys",
        "tempfile",
        "textwrap",
        "threading",
        "time",
        "timeit",
        "token",
        "tokenize",
        "traceback",
        "types",
        "typing",
        "unicodedata",
        "urllib",
        "uuid",
        "warnings",
        "weakref",
        "xml",
        "zipfile",
        "zlib",
        "zoneinfo",
    ]
)
_LATE = [
    "_strptime",
    "collections.abc",
    "concurrent.futures",
    "email.message",
    "email.mime.multipart",
    "email.mime.text",
    "email.parser",
    "encodings.ascii",
    "encodings.base64_codec",
    "encodings.gb18030",
    "encodings.gbk",
    "encodings.hex_codec",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.punycode",
    "encodings.utf_16",
    "encodings.utf_8_sig",
    "html.entities",
    "html.parser",
    "http.client",
    "http.cookies",
    "importlib.resources",
    "json.decoder",
    "logging.handlers",
    "os.path",
    "unittest.mock",
    "urllib.error",
    "urllib.parse",
    "urllib.request",
    "xml.dom.minidom",
    "xml.etree.ElementTree",
    "xml.sax.saxutils",
    "zoneinfo._common",
    "_codecs_cn",
    "_codecs_hk",
    "_codecs_jp",
    "_codecs_kr",
    "_codecs_tw",
    "_multibytecodec",
]


class Barred(ImportError):
    """A module the sandbox does not offer."""


def preload() -> None:
    """Import all that is allowed. What this build of Python lacks is left out."""
    for name in [*sorted(ALLOWED), *_LATE]:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def fenced_builtins() -> dict[str, Any]:
    """The built-ins a program gets: all of them, with an import that knows the list."""

    def fenced_import(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        if level or name.partition(".")[0] not in ALLOWED:
            raise Barred(f"the module {name!r} is not available", name=name)
        return importlib.__import__(name, globals, locals, fromlist, level)

    return {**vars(builtins), "__import__": fenced_import}
