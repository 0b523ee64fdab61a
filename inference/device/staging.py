"""Host memory on its way to the device: a buffer is written again only when its last copy is done."""

from __future__ import annotations

from torch import Tensor

from inference.device.lane import Lane, Mark

_SMALLEST = 1024


class StagingPool:
    """Grows to as many buffers as copies are under way at once, and stays there."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._buffers: list[tuple[Tensor, Mark]] = []

    def __len__(self) -> int:
        return len(self._buffers)

    def send(self, values: Tensor, target: Tensor) -> None:
        """Copy `values`, (n,) int32 on the host, to `target`, (n,) on the device. `values` may change afterwards."""
        buffer = self._free(len(values))
        buffer[: len(values)] = values
        self._buffers.append((buffer, self._lane.upload(buffer[: len(values)], target)))

    def _free(self, n: int) -> Tensor:
        for at, (buffer, mark) in enumerate(self._buffers):
            if len(buffer) >= n and mark.done():
                del self._buffers[at]
                return buffer
        return self._lane.staging(max(_SMALLEST, 1 << (n - 1).bit_length()))
