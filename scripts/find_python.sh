#!/bin/sh
# Print the first Python 3.11 or 3.12 that really runs (a shim on the PATH may not), or say what to install.
fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    fits "$PYTHON" && echo "$PYTHON" && exit 0
    echo "  ✗ PYTHON=$PYTHON is no Python 3.11 or 3.12 that runs. Name another, or leave PYTHON out." >&2
    exit 1
fi
for candidate in .venv/bin/python python3.12 python3.11 python3; do
    fits "$candidate" && echo "$candidate" && exit 0
done
echo "  ✗ Weft needs Python 3.11 or 3.12, and none was found. Install one (apt-get install python3 python3-venv)," >&2
echo "    or name one: make up PYTHON=/path/to/python3.12" >&2
exit 1
