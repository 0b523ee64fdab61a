"""Reads Dify's app files (DSL 0.1 to 0.7) into Weft definitions of the dialect `dify`.

Tolerant: whatever a file lacks or has too much, nodes are never dropped; what cannot be run becomes a placeholder.
"""

from workflows.dsl.dify.app import read, recognises

__all__ = ["read", "recognises"]
