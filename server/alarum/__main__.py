"""`python -m alarum`: the command line."""

import sys

from alarum.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
