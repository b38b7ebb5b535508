"""``python -m shopkit``: the program, where its script is not on the path."""

import sys

from shopkit.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
