"""Reading and writing workflow files: Weft's own YAML and Dify's, told apart by their content."""

from __future__ import annotations

from workflows.definition import Definition
from workflows.dsl.dify import Exported
from workflows.dsl.dify import export as export_dify
from workflows.dsl.load import load
from workflows.dsl.weft import dump

__all__ = ["Exported", "dump", "dump_dify", "export_dify", "load"]


def dump_dify(definition: Definition) -> str:
    """The definition as a Dify file; `export_dify` also tells what Dify cannot express."""
    return export_dify(definition).text
