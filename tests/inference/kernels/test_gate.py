"""What the compile gate insists on. The compiling itself is `make check-kernels`: it needs Triton 3.6.0 and minutes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from inference.errors import InferenceError
from inference.kernels.gate import check, sass

USAGE = """Resource usage:
 Common:
  GLOBAL:0
 Function _attend:
  REG:104 STACK:{stack} SHARED:0 LOCAL:0 CONSTANT[0]:660 TEXTURE:0 SURFACE:0 SAMPLER:0
"""
LISTING = """	.target	sm_90a
        /*0000*/                   LDC R1, c[0x0][0x28] ;                              /* 0x00000a00ff017b82 */
                                                                                       /* 0x000fe20000000800 */
        /*0010*/              @!P0 LDGSTS.E.BYPASS.128 [R3], desc[UR6][R4.64] ;        /* 0x0000000004038fae */
        /*0020*/                   HMMA.16816.F32.BF16 R8, R4, R6, R8 ;                /* 0x000000060408723c */
        /*0030*/             @!UP1 UTMALDG.2D [UR8], [UR4], desc[UR10] ;               /* 0x00000a08040095b4 */
"""


def _result(**changes: Any) -> dict[str, Any]:
    limit = {"registers": 128, "shared_kib": 56, "opcodes": ["LDGSTS.E.BYPASS.128|UTMALDG", "HMMA"]}
    fine = {"registers": 104, "spilled": 0, "shared": 40_000, "limit": limit}
    return {**fine, "opcodes": {"LDGSTS.E.BYPASS.128": 4, "HMMA.16816.F32.BF16": 8}, **changes}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"registers": 129}, ["registers > 128"]),
        ({"spilled": 8}, ["spills"]),
        ({"shared": 57 * 1024}, ["shared > 56 KiB"]),
        ({"opcodes": {"UTMALDG.2D": 2, "HMMA": 1, "STL.64": 1}}, ["spills"]),
        ({"opcodes": {"LDG.E.128": 4}}, ["lacks LDGSTS.E.BYPASS.128|UTMALDG", "lacks HMMA"]),
    ],
)
def test_faults_are_named(changes: dict[str, Any], faults: list[str]) -> None:
    assert check.faults(_result(**changes)) == faults


def test_machine_code_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"-res-usage": USAGE.format(stack=16), "-sass": LISTING}
    monkeypatch.setattr(sass, "_run", lambda tool, what, file: answers[what])

    assert sass.read(b"", Path("cuobjdump")) == (
        104,
        16,
        Counter(["LDC", "LDGSTS.E.BYPASS.128", "HMMA.16816.F32.BF16", "UTMALDG.2D"]),
    )


def test_an_unknown_kernel_is_refused() -> None:
    with pytest.raises(InferenceError, match="No kernel flash; known: "):
        check.check(["flash"])
