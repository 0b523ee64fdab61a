"""Kernels in Triton, a file each, named in `catalogue`. Imported only when one of them is about to run.

The same source runs three ways: compiled on a GPU, interpreted on a CPU (TRITON_INTERPRET=1), compiled ahead of time by
`gate`. So no @autotune, no arithmetic in bf16 before it is widened, nothing the interpreter lacks.
"""
