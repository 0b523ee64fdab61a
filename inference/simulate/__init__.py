"""Workflow traffic against the real scheduler, with the cost model as its clock: minutes of load in seconds, no GPU.

Outputs' lengths are drawn beforehand and forced, as random weights cannot say anything realistic.
"""
