"""Runs one JavaScript program on QuickJS: `main({...inputs})`, which may be async.

QuickJS is the language without a host: no files, modules, processes or network. Added are `console`, which prints, and
timers. Knows how JavaScript fails; knows nothing of walls.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import re
import time
from typing import Any

from .outcome import Printed, ProgramError

_STACK_BYTES = 1024 * 1024
_PRELUDE = """
((print, inputs) => {
  const text = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return String(value);
    try { return JSON.stringify(value) ?? String(value); } catch { return String(value); }
  };
  const say = (...values) => { print(values.map(text).join(' ')); };
  globalThis.console = { log: say, info: say, warn: say, error: say, debug: say, trace: say };
  const timers = new Map();
  let last = 0;
  const add = (call, ms, every, values) => {
    const delay = Math.max(Number(ms) || 0, 1);
    timers.set(++last, { at: performance.now() + delay, call: () => call(...values), every: every ? delay : 0 });
    return last;
  };
  globalThis.setTimeout = (call, ms, ...values) => add(call, ms, false, values);
  globalThis.setInterval = (call, ms, ...values) => add(call, ms, true, values);
  globalThis.clearTimeout = globalThis.clearInterval = (id) => { timers.delete(id); };
  const state = { done: false, value: null, failed: null };
  const fail = (error) => {
    state.failed = error instanceof Error ? `${error}\\n${error.stack}` : `Error: ${text(error)}`;
    state.done = true;
  };
  const steps = {
    call() {
      if (typeof main !== 'function') return false;
      Promise.resolve(main(inputs)).then((value) => { state.value = value ?? null; state.done = true; }).catch(fail);
      return true;
    },
    tick() {
      let wait = -1;
      for (const [id, timer] of timers) {
        const left = timer.at - performance.now();
        if (left <= 0) {
          if (timer.every) timer.at += timer.every; else timers.delete(id);
          timer.call();
          return 0;
        }
        wait = wait < 0 ? left : Math.min(wait, left);
      }
      return wait;
    },
    done: () => state.done,
    failed: () => state.failed,
    value: () => JSON.stringify(state.value),
  };
  return (step) => steps[step]();
})
"""
_LINE = re.compile(r"<input>:(\d+)")
_THROWS_NULL = re.compile(r"\bthrow\s+null\b|\breject\(\s*null\b")
_MISSING = re.compile(
    r"ReferenceError: '?(require|process|module|Buffer|fetch|WebAssembly|Intl|window)'? is not defined"
)

_quickjs: Any = None


def load(path: str) -> None:
    """Load QuickJS from its file; before the walls go up."""
    global _quickjs
    loader = importlib.machinery.ExtensionFileLoader("_quickjs", path)
    spec = importlib.util.spec_from_file_location("_quickjs", path, loader=loader)
    if spec is None:
        raise ImportError(path)
    _quickjs = importlib.util.module_from_spec(spec)
    loader.exec_module(_quickjs)


def loaded() -> bool:
    """True when there is an engine to run on."""
    return _quickjs is not None


def run(source: str, inputs: dict[str, Any], printed: Printed, memory_bytes: int) -> Any:
    """What `main` returned, as plain data. Raises ProgramError or MemoryError."""
    if _quickjs is None:
        raise ProgramError(
            "sandbox_unavailable", "JavaScript needs the Python package quickjs-ng, which is missing here."
        )
    context = _quickjs.Context()
    context.set_memory_limit(memory_bytes)
    context.set_max_stack_size(_STACK_BYTES)
    context.add_callable("print", lambda text: printed.write(f"{text}\n") and None)
    prelude, printer = context.eval(_PRELUDE), context.get("print")
    context.eval("delete globalThis.print")
    try:
        step = prelude(printer, context.parse_json(json.dumps(inputs)))
        context.eval(source)
        if not step("call"):
            raise ProgramError("code_no_main", "The program must define a function called main.")
        return _settled(context, step, source)
    except (_quickjs.JSException, _quickjs.StackOverflow) as error:
        raise _said(str(error), source) from None


def _settled(context: Any, step: Any, source: str) -> Any:
    """The value of main's promise, after the jobs and timers it waits for."""
    while True:
        while not step("done") and context.execute_pending_job():
            pass
        if step("done"):
            break
        wait_ms = step("tick")
        if wait_ms < 0:
            raise ProgramError("code_failed", "The program waits for something that can never happen.")
        time.sleep(wait_ms / 1000)
    failure = step("failed")
    if failure is not None:
        raise _said(failure, source)
    try:
        return json.loads(step("value"))
    except _quickjs.JSException as error:
        reason = str(error).partition("\n")[0]
        raise ProgramError("code_value", f"The returned value cannot leave the sandbox: {reason}") from None


def _said(text: str, source: str) -> Exception:
    """The error a JavaScript exception stands for. Its text is the message, then the stack."""
    message = text.partition("\n")[0][:500]
    found = _LINE.search(text)
    line = int(found.group(1)) if found else None
    if message == "InternalError: out of memory":
        return MemoryError()
    if message in ("null", "Error: null") and not _THROWS_NULL.search(source):
        # what QuickJS throws when no memory is left for the error itself
        return MemoryError()
    if message.startswith("SyntaxError: ") and " at <eval>" not in text:
        return ProgramError("code_syntax", f"The program is wrong at line {line}: {message[13:]}.", line)
    if missing := _MISSING.match(message):
        needs = f"The sandbox does not have what the program needs: {missing.group(1)!r} of Node.js or a browser."
        return ProgramError("code_unsupported", needs, line)
    where = f" at line {line}" if line else ""
    return ProgramError("code_failed", f"The program failed{where}: {message}", line)
