"""The one search over datasets: the retrieval test, the retrieval node, the APIs and tools all ask here."""
