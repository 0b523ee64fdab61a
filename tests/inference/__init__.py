"""Tests of the model server.

Where there is no GPU, kernels run in Triton's interpreter, which is decided when Triton is imported; and whoever takes
anything from here may be the first to import it.
"""

import os

import torch

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"
