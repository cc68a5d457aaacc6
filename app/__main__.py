"""The service as a command: python -m app [--host 127.0.0.1] [--port 8000]"""

from __future__ import annotations

import gc


def main() -> None:
    # What is imported and read at the start stays for good; looking through it for garbage takes a tenth of the start.
    # The lifespan switches collection on again.
    gc.disable()
    from app.main import serve

    serve()


if __name__ == "__main__":
    main()
