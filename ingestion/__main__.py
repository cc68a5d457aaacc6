"""The command line of ingestion; what it does is in ingestion.command."""

from __future__ import annotations

import sys

from ingestion.command import main

if __name__ == "__main__":
    sys.exit(main())
