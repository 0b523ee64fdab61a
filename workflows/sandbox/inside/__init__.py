"""The inside of the sandbox: a small process that walls itself in and forks one child for each program.

Started by `workflows.sandbox.isolated` with nothing but the standard library on its path; it must not import the rest
of Weft, which cannot be seen from there.
"""
