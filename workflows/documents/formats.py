"""Which formats there are: their names, extensions and MIME types, and which functions read them.

Knows names only; the parsers are imported where they run. `sniffing` looks into the file itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from workflows.documents.errors import ParseError


@dataclass(frozen=True, slots=True)
class Format:
    """`parse` and `outline` are `module.function` in this folder; without an outline a file is read in one go.

    `text` gives a file's text in one piece where that is not simply what its blocks say (see `rendering`).
    """

    parse: str
    extensions: str
    mime_types: str
    outline: str = ""
    text: str = ""


_CODE = (
    "py pyi rb php js mjs cjs jsx ts tsx vue svelte java kt kts scala groovy go rs c h cc cpp cxx hpp hh cs swift m mm "
    "sh bash zsh fish ps1 bat cmd sql r jl lua pl pm dart ex exs erl hs clj lisp elm css scss sass less graphql proto "
    "toml ini cfg conf env dockerfile makefile gradle tf hcl diff patch"
)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

# The first extension and the first MIME type are the usual ones.
FORMATS = {
    "text": Format("plain.parse_text", "txt text log rst adoc tex", "text/plain", "plain.outline_text", "texts.as_is"),
    "markdown": Format("markdown.parse", "md markdown mdx", "text/markdown text/x-markdown", text="texts.as_is"),
    "html": Format("web.parse", "html htm xhtml", "text/html application/xhtml+xml", text="texts.as_is"),
    "pdf": Format("pdf.parse", "pdf", "application/pdf", "pdf.outline", "pdf.text"),
    "docx": Format("word.parse", "docx docm dotx", f"{_OFFICE}.wordprocessingml.document"),
    "pptx": Format(
        "slides.parse", "pptx pptm ppsx", f"{_OFFICE}.presentationml.presentation", outline="slides.outline"
    ),
    "xlsx": Format(
        "sheets.parse", "xlsx xlsm xlsb", f"{_OFFICE}.spreadsheetml.sheet", "sheets.outline", "sheets.text"
    ),
    "xls": Format("sheets.parse", "xls", "application/vnd.ms-excel", "sheets.outline", "sheets.text"),
    "ods": Format("sheets.parse", "ods", f"{_ODF}.spreadsheet", "sheets.outline", "sheets.text"),
    "csv": Format("delimited.parse", "csv tsv", "text/csv text/tab-separated-values", "delimited.outline", "texts.csv"),
    "odt": Format("opendocument.parse", "odt", f"{_ODF}.text"),
    "odp": Format("opendocument.parse", "odp", f"{_ODF}.presentation"),
    "epub": Format("book.parse", "epub", "application/epub+zip", outline="book.outline"),
    "eml": Format("mail.parse", "eml mht mhtml", "message/rfc822", text="mail.text"),
    "msg": Format("outlook.parse", "msg", "application/vnd.ms-outlook"),
    "json": Format("structured.parse_json", "json geojson", "application/json", text="texts.json_text"),
    "jsonl": Format(
        "structured.parse_jsonl", "jsonl ndjson", "application/jsonl application/x-ndjson",
        "structured.outline_jsonl", "texts.as_is",
    ),
    "yaml": Format(
        "structured.parse_yaml", "yaml yml", "application/yaml application/x-yaml text/yaml", text="texts.yaml_text"
    ),
    "xml": Format("markup.parse", "xml svg", "application/xml text/xml image/svg+xml", text="texts.as_is"),
    "feed": Format("feed.parse", "rss atom", "application/rss+xml application/atom+xml", text="texts.as_is"),
    "ipynb": Format("notebook.parse", "ipynb", "application/x-ipynb+json"),
    "vtt": Format("plain.parse_subtitles", "vtt srt", "text/vtt application/x-subrip", text="texts.vtt"),
    "properties": Format("plain.parse_code", "properties", "text/x-java-properties", text="texts.properties"),
    "code": Format(
        "plain.parse_code", _CODE, "text/x-source application/javascript application/x-sh application/toml",
        "plain.outline_text", "texts.as_is",
    ),
    "image": Format(
        "images.parse", "png jpg jpeg tif tiff bmp webp gif", "image/png image/jpeg image/tiff image/bmp image/webp"
    ),
}  # fmt: skip

EXTENSIONS = {extension: name for name, each in FORMATS.items() for extension in each.extensions.split()}
_MIME_TYPES = {mime_type: name for name, each in FORMATS.items() for mime_type in each.mime_types.split()}
REMEDIES = {
    "doc": ".docx", "dot": ".docx", "ppt": ".pptx", "pps": ".pptx", "rtf": ".docx", "pages": ".docx",
    "numbers": ".xlsx", "key": ".pptx",
}  # fmt: skip


def format_of(extension: str, mime_type: str = "") -> str:
    """The format. Raises ParseError for one that cannot be read, with a way out where there is one."""
    extension = extension.strip().lower().removeprefix(".")
    kind = mime_type.partition(";")[0].strip().lower()
    found = EXTENSIONS.get(extension)
    if found is None and extension not in REMEDIES:
        found = _MIME_TYPES.get(kind) or ("text" if kind.startswith("text/") else None)
    if found is not None:
        return found
    shown = f".{extension[:20]}" if extension else kind[:60] or "without an extension"
    remedy = f" Save them as {REMEDIES[extension]}." if extension in REMEDIES else ""
    raise ParseError("format_unsupported", f"No text can be taken from files {shown}.{remedy}")


def mime_type_of(extension: str) -> str:
    """The usual MIME type of a known extension."""
    return FORMATS[EXTENSIONS[extension]].mime_types.split()[0]
