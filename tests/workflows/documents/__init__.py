"""The parsers, through the process they run in: `extract` in `tests/workflows/test_documents.py`, blocks here."""
