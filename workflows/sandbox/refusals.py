"""Why programs cannot be isolated here, in words that name what is missing and how to get it."""

from __future__ import annotations

import errno
import platform
import sys

from workflows.sandbox.inside import kernel

_PYTHON_FIRST = "Programs within Monty's subset of Python still run."
_USER_NAMESPACES = (
    "Let ordinary users make namespaces (as root: `sysctl -w user.max_user_namespaces=10000`, on Debian also "
    "`kernel.unprivileged_userns_clone=1`, on Ubuntu `kernel.apparmor_restrict_unprivileged_userns=0`), or in Docker "
    "start the worker with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`, or give it the "
    "capability SYS_ADMIN."
)
_STEPS = {
    "namespaces": ("this system does not let the process make namespaces", _USER_NAMESPACES),
    "user map": ("this system does not let the process map its user", _USER_NAMESPACES),
    "mounts": ("this system does not let the process mount inside its namespace", _USER_NAMESPACES),
    "root": ("this system does not let the process change its root", _USER_NAMESPACES),
    "capabilities": ("this system does not let the process give up its capabilities", _USER_NAMESPACES),
    "self-test": (
        "the sandbox failed its own test",
        "Use a Linux kernel with seccomp filters (CONFIG_SECCOMP_FILTER).",
    ),
}


def before_start() -> str | None:
    """What can be said without trying; None when it is worth a try."""
    if sys.platform != "linux":
        return _sentence("isolation needs Linux", "Run Weft's workers on Linux, in a virtual machine or a container.")
    if not kernel.supported():
        known = "Run Weft's workers on x86-64 or 64-bit ARM."
        return _sentence(f"isolation is not made for the processor {platform.machine()}", known)
    return None


def at_step(step: str, number: int, detail: str) -> str:
    """The refusal of a sandbox that stopped at `step`."""
    if number == errno.ENOSYS:
        return _sentence(f"the kernel is too old ({detail})", "Use Linux 5.12 or newer.")
    missing, remedy = _STEPS.get(step, ("the sandbox did not start", "Look whether this Python can run with `-I -S`."))
    return _sentence(f"{missing} ({detail})", remedy)


def _sentence(missing: str, remedy: str) -> str:
    return f"Programs cannot be isolated here: {missing}. {remedy} {_PYTHON_FIRST}"
