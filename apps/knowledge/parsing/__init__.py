"""From a file's bytes to its text with structure. Runs in a child process (`python -m apps.knowledge.parsing`).

Imports neither Django nor anything of ours but this folder and `workflows.documents`: a hostile file meets as little as
possible.
"""
