"""Which formats there are, and which one a file has: by its extension, else by its MIME type.

Knows names; the readers themselves are imported only where they run.
"""

from __future__ import annotations

from workflows.documents.errors import ParseError

# Format -> (module, function) in this folder.
READERS = {
    "text": ("texts", "read_text"),
    "json": ("texts", "read_json"),
    "yaml": ("texts", "read_yaml"),
    "csv": ("texts", "read_csv"),
    "vtt": ("texts", "read_vtt"),
    "properties": ("texts", "read_properties"),
    "xlsx": ("tables", "read_xlsx"),
    "xls": ("tables", "read_xls"),
    "pdf": ("pages", "read_pdf"),
    "docx": ("office", "read_docx"),
    "pptx": ("office", "read_pptx"),
    "odt": ("office", "read_odt"),
    "epub": ("office", "read_epub"),
    "eml": ("mail", "read_eml"),
}
_TEXTS = (
    "txt text md markdown mdx html htm xhtml xml svg rst adoc tex log srt jsonl ndjson geojson "
    "py pyi rb php js mjs cjs jsx ts tsx vue svelte java kt kts scala groovy go rs c h cc cpp cxx hpp hh cs swift m mm "
    "sh bash zsh fish ps1 bat cmd sql r jl lua pl pm dart ex exs erl hs clj lisp elm css scss sass less graphql proto "
    "toml ini cfg conf env dockerfile makefile gradle tf hcl diff patch tsv"
)
FORMATS = {
    **dict.fromkeys(_TEXTS.split(), "text"),
    **{name: name for name in READERS if name != "text"},
    "yml": "yaml",
    "tsv": "csv",
    "xlsm": "xlsx",
}
_MIME_TYPES = {
    "application/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/csv": "csv",
    "text/vtt": "vtt",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/epub+zip": "epub",
    "message/rfc822": "eml",
    "application/xml": "text",
    "application/javascript": "text",
    "application/x-sh": "text",
    "application/toml": "text",
}
_REMEDIES = {"doc": ".docx", "ppt": ".pptx", "rtf": ".docx", "msg": ".eml", "pages": ".docx", "numbers": ".xlsx"}


def format_of(extension: str, mime_type: str) -> str:
    """The format. Raises ParseError for one that cannot be read, with a way out where there is one."""
    extension = extension.strip().lower().removeprefix(".")
    kind = mime_type.partition(";")[0].strip().lower()
    found = FORMATS.get(extension)
    if found is None and extension not in _REMEDIES:
        found = _MIME_TYPES.get(kind) or ("text" if kind.startswith("text/") else None)
    if found is not None:
        return found
    shown = f".{extension[:20]}" if extension else kind[:60] or "without an extension"
    remedy = f" Save them as {_REMEDIES[extension]}." if extension in _REMEDIES else ""
    raise ParseError("format_unsupported", f"No text can be taken from files {shown}.{remedy}")
