"""Where code nodes run: apart from the host, within limits. `MontyCode` implements the `Code` port."""

from workflows.sandbox.monty import MontyCode

__all__ = ["MontyCode"]
