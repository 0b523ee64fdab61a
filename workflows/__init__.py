"""Weft's workflow engine: a run is a log, and its state is that log folded.

plan = compile(load(text))
async for event in run(plan, {"topic": "tea"}, ports):
    ...
"""

from workflows.compiler import check, compile
from workflows.definition import Definition
from workflows.dsl import dump, load
from workflows.errors import DefinitionError, Fault
from workflows.plan import Plan
from workflows.ports import Control, Ports, RunInputs
from workflows.runner import run

__all__ = [
    "Control",
    "Definition",
    "DefinitionError",
    "Fault",
    "Plan",
    "Ports",
    "RunInputs",
    "check",
    "compile",
    "dump",
    "load",
    "run",
]
