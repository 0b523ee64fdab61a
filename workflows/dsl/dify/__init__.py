"""Reads and writes Dify's app files (DSL 0.1 to 0.7) as Weft definitions of the dialect `dify`.

Tolerant: whatever a file lacks or has too much, nodes are never dropped; what cannot be run becomes a placeholder, and
what is not understood is kept and written again.
"""

from workflows.dsl.dify.app import read, recognises
from workflows.dsl.dify.export import write

__all__ = ["read", "recognises", "write"]
