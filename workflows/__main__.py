"""`python -m workflows`: the engine on the command line."""

import sys

from workflows.cli import main

if __name__ == "__main__":
    sys.exit(main())
