"""``python -m emulator --port 4566``: serve until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import ctypes
import logging
import os
import signal
import sys
import threading

from emulator.server import Emulator

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when its parent ends. Linux only."""


def main() -> int:
    """Serve; 1 with one line on the terminal when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m emulator", description="The embedded AWS, on localhost.")
    parser.add_argument("--port", type=int, default=4566, help="0 for any free one (default 4566)")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process ends")
    arguments = parser.parse_args()
    if arguments.with_parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
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
    ended.wait()
    running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
