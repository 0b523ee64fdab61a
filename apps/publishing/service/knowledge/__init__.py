"""Dify's knowledge API under /v1, opened by a dataset key: one file a noun, `shapes/` for how things look there."""
