"""From a file's bytes to its text with structure. Runs in a child process (`python -m apps.knowledge.parsing`).

Imports neither Django nor anything of ours outside this folder: a hostile file meets as little as possible.
"""
