"""The command line: run a definition without a server, check files, print the event schema.

Knows arguments and exit codes; knows nothing of how a run works.
"""

from workflows.cli.commands import main

__all__ = ["main"]
