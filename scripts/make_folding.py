"""Write apps/knowledge/analysis/simplified.txt: Traditional Chinese characters, and under them their Simplified ones.

Made once from `opencc/dictionary/TSCharacters.txt` of the wheel opencc-python-reimplemented 0.1.7 (Apache-2.0; the data
are OpenCC's, https://github.com/BYVoid/OpenCC, Apache-2.0), whose path is the argument. The first of several Simplified
forms is taken, as OpenCC itself takes it where no phrase says otherwise.
"""

from __future__ import annotations

import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "apps" / "knowledge" / "analysis" / "simplified.txt"


def pairs(lines: list[str]) -> list[tuple[str, str]]:
    split = [line.split() for line in lines if line.strip()]
    return sorted((words[0], words[1]) for words in split if words[0] != words[1])


if __name__ == "__main__":
    found = pairs(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines())
    TARGET.write_text("\n".join("".join(side) for side in zip(*found, strict=True)) + "\n", encoding="utf-8")
    print(f"{len(found)} characters in {TARGET}")
