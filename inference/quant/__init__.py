"""Weights of fewer bits: reads quantised checkpoints, rounds whole ones while they are loaded.

Knows the published formats and `layers.formats`; nothing of architectures.
"""
