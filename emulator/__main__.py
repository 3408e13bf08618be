"""``python -m emulator --port 4566``: serve until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading

from emulator.server import Emulator

LOOK_SECONDS = 0.5
"""How often it looks up: a signal that another thread took does not wake the main one, where handlers run."""


def main() -> int:
    """Serve; 1 with one line on the terminal when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m emulator", description="The embedded AWS, on localhost.")
    parser.add_argument("--port", type=int, default=4566, help="0 for any free one (default 4566)")
    parser.add_argument(
        "--with-parent", type=int, metavar="PID", help="end when this is no longer its parent"
    )
    arguments = parser.parse_args()
    level = os.environ.get("EMULATOR_LOG_LEVEL", "INFO").upper()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("emulator").setLevel(level)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        running = Emulator(port=arguments.port).start()
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        print(f"port {arguments.port} cannot be listened on: {reason}", file=sys.stderr)
        return 1
    print(f"listening on {running.url}", flush=True)
    while not ended.wait(LOOK_SECONDS):
        if arguments.with_parent and os.getppid() != arguments.with_parent:
            break
    running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
