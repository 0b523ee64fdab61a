"""From a file's bytes to its text. The readers run in a child process (`python -m workflows.documents`) within hard
limits, and import nothing of ours outside this folder: a hostile file meets as little as possible.
"""
