"""Programs that try to get out of the sandbox, each held; and the host is well after each.

The Python programs first take what the fenced import keeps from them, by walking the classes of the interpreter: so
it is the kernel that holds them, not the list of modules. The suite runs as whoever starts it and, if that is root,
once more as an ordinary user.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from workflows.errors import CodeError
from workflows.ports import CodeReply, CodeRequest
from workflows.sandbox import Limits, Sandbox
from workflows.sandbox.inside import walls

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).resolve().parents[2]
WALK = """
import io
def _modules():
    for kind in ().__class__.__base__.__subclasses__():
        space = getattr(getattr(kind, "__init__", None), "__globals__", None)
        if space and "sys" in space and hasattr(space["sys"], "modules"):
            return space["sys"].modules
os, sys, socket, ctypes, time = (_modules()[name] for name in ("os", "sys", "socket", "ctypes", "time"))
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(*(ctypes.c_long(each) if isinstance(each, int) else each for each in (number, *arguments)))
    return "done" if result >= 0 else os.strerror(ctypes.get_errno())
def attempt(act, *arguments, **named):
    try:
        return "done: " + repr(act(*arguments, **named))
    except Exception as error:
        return type(error).__name__
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    code = Sandbox(Limits(timeout_s=5, memory_mb=64, output_kb=256, processes=2))
    facts = await code.facts()
    assert facts.isolated, facts.message
    yield code
    await code.close()


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def the_host_is_well(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    for language, source in (
        ("python", "import io\ndef main(): return 1"),
        ("javascript", "function main() { return 1 }"),
    ):
        assert (await sandbox.run(CodeRequest(language=language, code=source, inputs={}))).value == 1
    await until_only_spares_are_left()
    assert len(os.listdir("/proc/self/fd")) < 200


async def until_only_spares_are_left() -> None:
    """Nothing of a job stays: the sandbox is a launcher, a server and two children that wait."""
    launcher = next(child for child in psutil.Process().children() if "inside.boot" in " ".join(child.cmdline()))
    for _ in range(200):
        if len(launcher.children(recursive=True)) == 3:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(launcher.children(recursive=True))


async def ran(sandbox: Sandbox, source: str, timeout_s: float = 5.0, **inputs: Any) -> CodeReply:
    return await sandbox.run(CodeRequest(language="python", code=WALK + source, inputs=inputs, timeout_s=timeout_s))


async def refused(sandbox: Sandbox, language: str, source: str, timeout_s: float = 5.0) -> str:
    with pytest.raises(CodeError) as raised:
        await sandbox.run(CodeRequest(language=language, code=source, inputs={}, timeout_s=timeout_s))
    return raised.value.code


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("open('/etc/passwd')", "FileNotFoundError"),
        ("open(OWN)", "FileNotFoundError"),
        ("open('/proc/self/environ')", "FileNotFoundError"),
        ("os.listdir('/proc')", "FileNotFoundError"),
        ("os.listdir('/sys')", "FileNotFoundError"),
        ("os.listdir('/dev')", "FileNotFoundError"),
        ("open('/dev/mem')", "FileNotFoundError"),
        ("os.listdir('/tmp')", "FileNotFoundError"),
        ("open('/../../etc/passwd')", "FileNotFoundError"),
        ("open('/x', 'w')", "PermissionError"),
        ("open(os.__file__, 'a')", "PermissionError"),
        ("os.open('/', 0o10000000)", "PermissionError"),
        ("os.mkdir('/x')", "PermissionError"),
        ("os.symlink('/etc/passwd', '/x')", "PermissionError"),
        ("os.link(os.__file__, '/x')", "PermissionError"),
        ("os.rename(os.__file__, '/x')", "PermissionError"),
        ("os.unlink(os.__file__)", "PermissionError"),
        ("os.chmod('/', 0o777)", "PermissionError"),
        ("os.chroot('/')", "PermissionError"),
        ("os.chdir('/')", "PermissionError"),
        ("os.mkfifo('/x')", "PermissionError"),
        ("os.memfd_create('x')", "PermissionError"),
        ("socket.socket()", "PermissionError"),
        ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "PermissionError"),
        ("socket.socket(socket.AF_INET6)", "PermissionError"),
        ("socket.socket(socket.AF_UNIX)", "PermissionError"),
        ("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", "PermissionError"),
        ("socket.create_connection(('127.0.0.1', PORT), 1)", "PermissionError"),
        ("socket.getaddrinfo('example.com', 80)", "gaierror"),
        ("socket.if_nameindex()", "PermissionError"),
        ("os.fork()", "PermissionError"),
        ("os.forkpty()", "PermissionError"),
        ("os.execv('/bin/sh', ['sh'])", "PermissionError"),
        ("os.posix_spawn('/bin/sh', ['sh'], {})", "PermissionError"),
        ("os.system('id')", "done: 32512"),
        ("os.popen('id').read()", "PermissionError"),
        ("os.kill(1, 9)", "PermissionError"),
        ("os.kill(-1, 9)", "PermissionError"),
        ("os.killpg(0, 9)", "PermissionError"),
        ("os.pidfd_open(1)", "PermissionError"),
        ("os.setuid(0)", "PermissionError"),
        ("os.setns(0) if hasattr(os, 'setns') else os.setgid(0)", "PermissionError"),
        ("os.nice(-5)", "PermissionError"),
        ("os.sched_setaffinity(0, {0})", "PermissionError"),
        ("os.fchmod(0, 0o777)", "PermissionError"),
        ("[os.fstat(fd) for fd in range(4, 64)]", "OSError"),
        ("os.environ['HOME']", "KeyError"),
    ],
)
async def test_a_python_call_is_held(sandbox: Sandbox, listener: int, source: str, expected: str) -> None:
    program = f"OWN, PORT = {__file__!r}, {listener}\ndef main():\n    return attempt(lambda: {source})"

    assert (await ran(sandbox, program)).value == expected


SYSCALLS = {
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "unshare": (272, 97), "setns": (308,
    268), "clone": (56, 220), "clone3": (435, 435), "execve": (59, 221), "execveat": (322, 281), "ptrace":
    (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272), "kill":
    (62, 129), "tgkill": (234, 131), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal":
    (424, 424), "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "io_uring_setup": (425, 425), "userfaultfd": (323, 282), "seccomp": (317, 277),
    "prctl": (157, 167), "capset": (126, 91), "memfd_create": (319, 279), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264), "openat2": (437, 437), "mount_setattr": (442, 442), "open_tree": (428,
    428), "move_mount": (429, 429), "fsopen": (430, 430), "init_module": (175, 105), "finit_module": (313,
    273), "kexec_load": (246, 104), "reboot": (169, 142), "swapon": (167, 224), "sethostname": (170, 161),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "socket": (41, 198), "connect": (42, 203),
    "bind": (49, 200), "sendmsg": (46, 211), "recvmsg": (47, 212), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "pkey_mprotect": (329, 288), "personality": (135, 92),
    "setuid": (105, 146), "setgroups": (116, 159), "inotify_init1": (294, 26), "fanotify_init": (300, 262),
    "landlock_create_ruleset": (444, 444), "memfd_secret": (447, 447), "quotactl": (179, 60), "acct": (163,
    89), "chroot": (161, 51), "mknodat": (259, 33), "pipe2": (293, 59),
}  # fmt: skip


async def test_system_calls_that_make_or_reach_anything_are_refused(sandbox: Sandbox) -> None:
    column = {"x86_64": 0, "aarch64": 1}[os.uname().machine]
    numbers = {name: pair[column] for name, pair in SYSCALLS.items()}
    program = "def main(numbers):\n    return {name: call(number, 0, 0, 0, 0, 0) for name, number in numbers.items()}"

    reply = await ran(sandbox, program, numbers=numbers)

    assert reply.value == dict.fromkeys(numbers, "Operation not permitted")


async def test_calls_of_the_other_tables_are_refused(sandbox: Sandbox) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("only x86-64 has a second table of calls")
    x32 = "def main():\n    return call(0x40000000 + 41, 2, 1, 0)"

    assert (await ran(sandbox, x32)).value == "Operation not permitted"


async def test_memory_cannot_be_made_executable(sandbox: Sandbox) -> None:
    program = """
def main():
    libc.mmap.restype = ctypes.c_void_p
    mapped = libc.mmap(None, 4096, 7, 0x22, -1, 0)
    plain = libc.mmap(None, ctypes.c_size_t(4096), 3, 0x22, -1, ctypes.c_long(0))
    return [mapped == ctypes.c_void_p(-1).value, libc.mprotect(ctypes.c_void_p(plain), ctypes.c_size_t(4096), 5)]
"""
    assert (await ran(sandbox, program)).value == [True, -1]


async def test_the_root_holds_only_the_standard_library(sandbox: Sandbox) -> None:
    program = """
def main():
    found = []
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if name not in ("zoneinfo", "__pycache__")]
        found += [folder + "/" + name for name in files]
    return {"outside": [path for path in found if not path.startswith(os.path.dirname(os.__file__))],
            "packages": [path for path in found if "-packages/" in path], "environment": dict(os.environ),
            "arguments": sys.argv, "who": [os.getuid(), os.getgid()], "first": os.getpid()}
"""
    assert (await ran(sandbox, program)).value == {
        "outside": [], "packages": [], "environment": {}, "arguments": [""], "who": [65534, 65534], "first": 1,
    }  # fmt: skip


async def test_no_descriptor_but_its_own_is_open(sandbox: Sandbox) -> None:
    with socket.socket() as kept:
        os.set_inheritable(kept.fileno(), True)
        program = "def main():\n    return [fd for fd in range(4096) if attempt(os.fstat, fd) != 'OSError']"

        assert (await ran(sandbox, program)).value == [0, 1, 2, 3]


async def test_the_standard_streams_lead_nowhere(sandbox: Sandbox) -> None:
    program = "def main():\n    return [attempt(os.read, 0, 10), os.write(1, b'x'), os.write(2, b'x')]"

    assert (await ran(sandbox, program)).value == ["done: b''", 1, 1]


async def test_siblings_cannot_be_seen_or_reached(sandbox: Sandbox) -> None:
    """Two at once: each is the first process of its own world, and neither finds the other."""
    program = """
def main():
    time.sleep(0.3)
    reached = [pid for pid in range(1, 300) if call(KILL, pid, 0) == "done"]
    read = [pid for pid in range(1, 300) if call(READV, pid, 0, 0, 0, 0, 0) == "done"]
    return [os.getpid(), os.getppid(), reached, read, call(PTRACE, 16, 1, 0, 0)]
"""
    column = {"x86_64": 0, "aarch64": 1}[os.uname().machine]
    names = (("KILL", "kill"), ("READV", "process_vm_readv"), ("PTRACE", "ptrace"))
    numbers = "".join(f"{short} = {SYSCALLS[name][column]}\n" for short, name in names)

    replies = await asyncio.gather(*(ran(sandbox, numbers + program) for _ in range(2)))

    assert [reply.value for reply in replies] == [[1, 0, [], [], "Operation not permitted"]] * 2


async def test_threads_and_processes_cannot_be_made(sandbox: Sandbox) -> None:
    program = """
import threading
def main():
    made = 0
    for _ in range(1000):
        made += attempt(os.fork) != "PermissionError"
        made += attempt(threading.Thread(target=print).start) != "RuntimeError"
    return made
"""
    assert (await ran(sandbox, program)).value == 0


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("def main():\n    a = []\n    while True: a.append(bytearray(1 << 20))", "code_memory"),
        ("def main():\n    a = 2\n    while True: a *= a", "code_memory|code_timeout"),
        ("def main():\n    a = 'x'\n    while True: a += a", "code_memory"),
        ("def main():\n    libc.mmap.restype = ctypes.c_void_p\n    for _ in range(10**6):\n"
         "        if libc.mmap(None, ctypes.c_size_t(1 << 24), 3, 0x21, -1, ctypes.c_long(0)) == 2**64 - 1:\n"
         "            raise MemoryError", "code_memory"),
        ("def main():\n    while True: pass", "code_timeout"),
        ("def main():\n    for number in range(1, 65): libc.signal(number, ctypes.c_void_p(1))\n    while True: pass",
         "code_timeout"),
        ("def main():\n    while True: print('x' * 10000)", "code_timeout"),
        ("def main():\n    return 'x' * 300000", "code_output_size"),
        ("def main():\n    while True: os.write(3, b'x' * 65536)", "code_crashed"),
        ("def main():\n    os.write(3, (1 << 60).to_bytes(8, 'big'))\n    while True: pass", "code_crashed"),
        ("def main():\n    text = b'[' * 100000\n    os.write(3, len(text).to_bytes(8, 'big') + text)\n    os._exit(0)",
         "code_value"),
        ("def main():\n    ctypes.string_at(0)", "code_crashed"),
        ("def main():\n    sys.setrecursionlimit(10**9)\n    f = lambda n: f(n + 1)\n    f(0)",
         "code_memory|code_timeout|code_crashed|code_failed"),
        ("def main():\n    a = []\n    for _ in range(10**5): a = [a]\n    return a", "code_value"),
        ("class A:\n    def __str__(self): raise SystemExit\ndef main(): raise ValueError(A())", "code_failed"),
        ("class A(Exception):\n    def __str__(self): os._exit(0)\ndef main(): raise A", "code_crashed"),
    ],
)  # fmt: skip
async def test_a_bomb_ends_in_an_error(sandbox: Sandbox, source: str, code: str) -> None:
    timeout_s = 0.5 if "timeout" in code else 10
    assert await refused(sandbox, "python", WALK + source, timeout_s) in code.split("|")


async def test_a_reply_that_is_forged_is_only_a_value(sandbox: Sandbox) -> None:
    program = """
def main():
    text = b'{"value": {"__class__": "x"}, "printed": "", "error": null}'
    os.write(3, len(text).to_bytes(8, "big") + text)
    while True: pass
"""
    assert (await ran(sandbox, program)).value == {"__class__": "x"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("typeof process + typeof require + typeof module + typeof std + typeof os", "undefined" * 5),
        ("typeof WebAssembly + typeof fetch + typeof XMLHttpRequest + typeof Worker + typeof print", "undefined" * 5),
        ("(() => {}).constructor('return typeof this.process')()", "undefined"),
        ("console.log.constructor('return Object.keys(this).length')() > 0", True),
        ("Object.getPrototypeOf(async () => {}).constructor('return 1') instanceof Function", True),
        ("import('fs').then(() => 'loaded', (error) => error.name)", "ReferenceError"),
        ("import('/etc/passwd').then(() => 'loaded', (error) => error.name)", "ReferenceError"),
        ("import('file:///etc/passwd').then(() => 'loaded', (error) => error.name)", "ReferenceError"),
    ],
)
async def test_javascript_has_no_host(sandbox: Sandbox, source: str, expected: Any) -> None:
    program = f"async function main() {{ return await ({source}) }}"

    assert (await sandbox.run(CodeRequest(language="javascript", code=program, inputs={}))).value == expected


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("require('child_process').execSync('id')", "code_unsupported"),
        ("process.binding('fs')", "code_unsupported"),
        ("process.mainModule.require('fs')", "code_unsupported"),
        ("new WebAssembly.Memory({initial: 65536})", "code_unsupported"),
        ("this.constructor.constructor('return process')()", "code_unsupported"),
        ("(function f() { f() })()", "code_failed"),
        ("{ const a = []; for (;;) a.push(new ArrayBuffer(1 << 20).slice(0)) }", "code_memory"),
        ("{ let a = 'x'; for (;;) a += a }", "code_memory|code_failed"),
        ("{ let a = 2n; for (;;) a *= a }", "code_memory|code_failed|code_timeout"),
        ("for (;;);", "code_timeout"),
        ("for (;;) console.log('x'.repeat(10000))", "code_timeout"),
        ("for (;;) Promise.resolve().then(() => {})", "code_memory|code_timeout"),
        ("{ const a = []; for (;;) a.push({}) }", "code_memory"),
        ("throw null", "code_failed"),
        ("/(a+)+$/.test('a'.repeat(50) + 'b')", "code_timeout"),
        ("return 'x'.repeat(300000)", "code_output_size"),
        ("{ let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a }", "code_value|code_failed"),
        ("return {toJSON() { for (;;); }}", "code_timeout"),
    ],
)
async def test_a_javascript_bomb_ends_in_an_error(sandbox: Sandbox, source: str, code: str) -> None:
    timeout_s = 0.5 if "timeout" in code else 10

    assert await refused(sandbox, "javascript", f"function main() {{ {source} }}", timeout_s) in code.split("|")


@pytest.fixture(scope="module")
def listener() -> Iterator[int]:
    """A port of the host that must never be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        reached = threading.Event()
        port = int(server.getsockname()[1])
        yield port
        with pytest.raises(TimeoutError):
            server.accept()
        assert not reached.is_set()


async def test_an_ordinary_user_gets_the_same_walls(tmp_path: Path) -> None:
    """The whole suite once more as nobody, when root runs it."""
    if not walls.is_privileged():
        pytest.skip("this run of the suite is the one of an ordinary user")
    suite = [sys.executable, "-m", "pytest", "--noconftest", "-qq", "-p", "no:cacheprovider", __file__]
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "PREFIX": sys.base_prefix}
    if (blocked := first_private_folder(sys.base_prefix)) is not None:
        environment |= {
            "BLOCKED": str(blocked),
            "REST": str(Path(sys.base_prefix).relative_to(blocked)),
            "SITE": str(tmp_path),
        }

    process = await asyncio.create_subprocess_exec(
        "unshare", "--mount", "sh", "-e", "-c", AS_NOBODY, "sh", *suite,
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()

    assert process.returncode == 0, said.decode()


AS_NOBODY = """
if [ -n "$BLOCKED" ]; then
    mount -t tmpfs -o mode=755 none "$SITE"
    mkdir -p "$SITE/$REST"
    mount --bind "$PREFIX" "$SITE/$REST"
    mount --move "$SITE" "$BLOCKED"
fi
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
"""


def first_private_folder(path: str) -> Path | None:
    """The folder that keeps others from this Python, as root's home does; None when anyone may go there."""
    folders = reversed(Path(path).resolve().parents)
    return next((folder for folder in folders if folder.stat().st_mode & 0o005 != 0o005), None)
