"""The runtime inside a worker process: imports the handler once, then answers one event after another.

Started as ``python -I -S bootstrap.py <runtime libraries>``, so that a function sees its own asset, the
standard library and the SDK that AWS's image brings, and nothing else of the machine. Requests come as JSON
lines on standard input, answers leave on the file descriptor EMULATOR_ANSWERS; what the function prints goes
where standard output goes, with a marker line after each answer's output. It imports nothing of this project.
"""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any


class LambdaContext:
    """What a handler gets as its second argument."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id = request["request_id"]
        self.invoked_function_arn = request["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = request.get("client_context")
        self._deadline = request["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's time-out."""
        return max(int((self._deadline - time.time()) * 1000), 0)


class TextFormatter(logging.Formatter):
    """AWS's line for log records: level, time, request id, message, by tabs."""

    converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """The record's line, with a traceback below it where there is one; times are UTC."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return f"[{record.levelname}]\t{moment}.{int(record.msecs):03d}Z\t{current['request_id']}\t{text}"


class JsonFormatter(logging.Formatter):
    """AWS's JSON log format (LoggingConfig LogFormat JSON)."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one JSON object, with error type, message and trace where there is one."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        line: dict[str, Any] = {
            "timestamp": moment,
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": current["request_id"],
        }
        if record.exc_info and record.exc_info[0]:
            _, error, trace = record.exc_info
            line["errorType"] = type(error).__name__
            line["errorMessage"] = str(error)
            line["stackTrace"] = traceback.format_tb(trace)
        return json.dumps(line, default=str)


current = {"request_id": ""}
requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()


def read_requests() -> None:
    """Feed the main thread; when the emulator goes away, so does this process."""
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(0)


def set_up_logging() -> None:
    """The root logger as AWS's runtime leaves it."""
    as_json = os.environ.pop("EMULATOR_LOG_FORMAT", "Text") == "JSON"
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.pop("EMULATOR_LOG_LEVEL", "")
    if level:
        root.setLevel({"TRACE": 5, "FATAL": logging.CRITICAL}.get(level, level))


def error_of(error: Exception, request_id: str, skip: int = 1) -> dict[str, Any]:
    """AWS's JSON for an exception; ``skip`` leaves this file's own frames out of the trace."""
    trace = traceback.format_list(traceback.extract_tb(error.__traceback__)[skip:])
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": trace,
    }


def load_handler() -> tuple[Callable[[Any, Any], Any] | None, dict[str, Any] | None]:
    """(handler, None), or (None, AWS's error) when the module cannot be imported or lacks the handler."""
    name = os.environ["_HANDLER"]
    module_name, _, function_name = name.rpartition(".")
    if not module_name:
        return None, named_error("Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values")
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        text = f"Unable to import module '{module_name}': {error}"
        return None, named_error("Runtime.ImportModuleError", text)
    except SyntaxError as error:
        text = f"Syntax error in module '{module_name}': {error}"
        return None, named_error("Runtime.UserCodeSyntaxError", text)
    except Exception as error:
        return None, error_of(error, "", skip=0)
    handler = getattr(module, function_name, None)
    if handler is None:
        text = f"Handler '{function_name}' missing on module '{module_name}'"
        return None, named_error("Runtime.HandlerNotFound", text)
    return handler, None


def named_error(kind: str, text: str) -> dict[str, Any]:
    """An error of the runtime itself."""
    return {"errorMessage": text, "errorType": kind, "requestId": "", "stackTrace": []}


def log_error(error: dict[str, Any]) -> None:
    """The line that AWS's runtime prints for an error."""
    print(f"[ERROR] {error['errorType']}: {error['errorMessage']}")
    if error["stackTrace"]:
        print("Traceback (most recent call last):")
        print("".join(error["stackTrace"]), end="")


def run(handler: Callable[[Any, Any], Any], request: dict[str, Any]) -> tuple[str, bool]:
    """(payload text, error flag) of one event."""
    request_id = current["request_id"] = request["request_id"]
    os.environ["_X_AMZN_TRACE_ID"] = request["trace"]
    try:
        answer = handler(json.loads(request["payload"]), LambdaContext(request))
    except Exception as error:
        described = error_of(error, request_id)
        log_error(described)
        return json.dumps(described), True
    try:
        return json.dumps(answer), False
    except (TypeError, ValueError) as error:
        text = f"Unable to marshal response: {error}"
        described = dict(named_error("Runtime.MarshalError", text), requestId=request_id)
        log_error(described)
        return json.dumps(described), True


def main() -> None:
    """Import, report, then serve until standard input ends."""
    root = os.environ["LAMBDA_TASK_ROOT"]
    wanted = [path for path in os.environ.get("PYTHONPATH", "").split(":") if path]
    sys.path[:0] = [root, *wanted]
    sys.path.append(sys.argv[1])
    answers = os.fdopen(int(os.environ.pop("EMULATOR_ANSWERS")), "w", encoding="utf-8")
    marker = os.environ.pop("EMULATOR_MARKER")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    threading.Thread(target=read_requests, daemon=True).start()
    set_up_logging()

    def answer(payload: str, failed: bool) -> None:
        sys.stderr.flush()
        print(marker, flush=True)
        answers.write(json.dumps([failed, payload]) + "\n")
        answers.flush()

    handler, error = load_handler()
    if error:
        log_error(error)
    answer(json.dumps(error), bool(error))
    while handler:
        answer(*run(handler, json.loads(requests.get())))


main()
