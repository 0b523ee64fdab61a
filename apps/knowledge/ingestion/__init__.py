"""A document's way into its dataset: outline, parts read side by side, cut, found by terms, embedded in batches, ready.

Each step commits under the lease's fencing token and can be repeated; what a killed worker committed is not done again.
What is still to do follows from what is there: no `fingerprint` and no parts (outline it), parts without blocks (read
them), a fingerprint (embed what has no vector).
"""

from apps.knowledge.ingestion.reading import help_out
from apps.knowledge.ingestion.turn import MAX_ATTEMPTS, MAX_WAITS, ingest

__all__ = ["MAX_ATTEMPTS", "MAX_WAITS", "help_out", "ingest"]
