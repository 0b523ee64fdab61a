"""Reading and writing workflow files: Weft's own YAML and Dify's, told apart by their content."""

from workflows.dsl.load import load
from workflows.dsl.weft import dump

__all__ = ["dump", "load"]
