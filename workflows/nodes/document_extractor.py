"""Document extractor: the text of a file, or of each file in a list.

Knows files; what formats there are and how they are read, `workflows.documents` knows.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from workflows.context import Context
from workflows.documents.errors import ParseError
from workflows.documents.reading import MAX_BYTES, extract
from workflows.errors import NodeError
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import NodeConfig, Selector
from workflows.requests import read_file
from workflows.scope import Scope
from workflows.values import MISSING, clean_text, file_attribute, is_file, to_text


class Config(NodeConfig):
    """Which file, or which list of files."""

    file: Selector = Field(default=[], description="A file or a list of files; a list gives a list of texts.")


class DocumentExtractor(NodeType[Config]):
    """See the module."""

    kind = "document-extractor"
    family = "knowledge"
    config = Config
    effect = "idempotent"
    outputs = (Output("text", "string"),)

    def build(self, config: Config, scope: Scope) -> Step:
        ref = scope.ref(config.file, "file")
        label = ".".join(config.file)

        async def run(ctx: Context) -> Result:
            value = ref.get(ctx.pool)
            if value is MISSING:
                message = f"There is no file at {label!r}: what makes it has not run."
                raise NodeError("file_missing", message, field="file", retryable=False)
            files = value if isinstance(value, list) else [value] if value else []
            inputs = {"file": value}
            if not files:
                return Result({"text": []}, inputs)
            texts = [await _text(ctx, file, inputs) for file in files]
            empty = [_name(file) for file, text in zip(files, texts, strict=True) if not text.strip()]
            facts: dict[str, Any] = {"files": len(files), "characters": sum(map(len, texts))}
            if empty:
                facts["without_text"] = empty
            return Result({"text": texts if isinstance(value, list) else texts[0]}, inputs, facts=facts)

        return Step(task=run, timeout_s=600)


async def _text(ctx: Context, file: Any, inputs: dict[str, Any]) -> str:
    if not is_file(file):
        message = f"Text can be taken from files only, and got “{to_text(file)[:60]}”."
        raise NodeError("file_invalid", message, field="file", retryable=False, inputs=inputs)
    data = await read_file(ctx, file, "file", MAX_BYTES)
    extension = to_text(file_attribute(file, "extension")) or _name(file).rpartition(".")[2]
    try:
        return clean_text(await extract(data, extension, to_text(file_attribute(file, "mime_type"))))
    except ParseError as error:
        message = f"{_name(file)}: {error.message}"
        raise NodeError(error.code, message, field="file", retryable=False, inputs=inputs) from error


def _name(file: dict[str, Any]) -> str:
    return to_text(file_attribute(file, "filename")) or "The file"


NODE = DocumentExtractor()
