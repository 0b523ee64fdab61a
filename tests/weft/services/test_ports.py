import os
import socket

import pytest

from weft.services.errors import ServiceError
from weft.services.ports import free_port, require_free


def test_free_port_keeps_the_preferred_one() -> None:
    port = free_port()

    assert free_port(port) == port


def test_free_port_avoids_a_busy_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]

        assert free_port(busy) != busy


def test_a_busy_port_is_named_with_its_holder_and_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]

        with pytest.raises(ServiceError) as refused:
            require_free("127.0.0.1", busy)

    assert refused.value.code == "port_busy"
    assert f"Port {busy} on 127.0.0.1 is in use by " in refused.value.message
    assert f"(process {os.getpid()})" in refused.value.message
    assert refused.value.message.endswith(f"make up PORT={busy + 1}")
