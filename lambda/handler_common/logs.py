"""One JSON object a log line, so that CloudWatch Logs Insights can query the fields."""

import json
import sys
import time

# Made once: json.dumps with a default makes an encoder for every line.
_encode = json.JSONEncoder(default=str).encode


def info(message: str, **fields: object) -> None:
    """Logs what happened."""
    _write("INFO", message, fields)


def warning(message: str, **fields: object) -> None:
    """Logs what was coped with but should be looked at."""
    _write("WARNING", message, fields)


def error(message: str, **fields: object) -> None:
    """Logs what failed."""
    _write("ERROR", message, fields)


def _write(level: str, message: str, fields: dict[str, object]) -> None:
    # Lambda's own level filter reads `timestamp` and `level` from a line that is already JSON.
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = {"timestamp": stamp, "level": level, "message": message, **fields}
    sys.stdout.write(_encode(line) + "\n")
    sys.stdout.flush()
