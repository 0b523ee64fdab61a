"""Searching and filling a dataset of 100,000 chunks: `python -m tests.benchmarks.knowledge_scale`."""
