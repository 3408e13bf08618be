"""Jobs that meet with what AWS's capacity does to them, on purpose.

    curl -X POST URL/_emulator/training -d '{"job": "dev-*", "effect": "interrupt"}'

``job`` is a name with ``*`` and ``?``. ``interrupt`` takes the spot instances of jobs that are training away,
now; ``capacity`` leaves the next ``times`` jobs (default 1) without instances, processing and transform jobs
too; ``internal`` lets training jobs fail inside SageMaker, which RetryStrategy is for.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from werkzeug.wrappers import Response

from emulator.edge import route

EFFECTS = ("interrupt", "capacity", "internal")


@dataclass
class _Pending:
    job: str
    effect: str
    times: int


_pending: list[_Pending] = []
_lock = threading.Lock()


def disturb(job: str, effect: str, times: int = 1) -> int:
    """How many jobs were hit at once. Raises ValueError for another effect, or when nothing can be hit."""
    from emulator.sagemaker import training  # which runs jobs, which ask here

    if effect not in EFFECTS or times < 1:
        raise ValueError(f"effect is one of {', '.join(EFFECTS)}, times 1 or more")
    if effect != "interrupt":
        with _lock:
            _pending.append(_Pending(job, effect, times))
        return 0
    hit = [one for one in training.running() if fnmatchcase(one.name, job) and one.is_spot]
    if not hit:
        raise ValueError(f"no job {job} is training on spot instances")
    for one in hit:
        one.interrupted.set()
    return len(hit)


def strikes(job: str, effect: str) -> bool:
    """Whether this job is to meet with ``effect`` as it starts; counts it."""
    with _lock:
        for one in _pending:
            if one.effect == effect and one.times > 0 and fnmatchcase(job, one.job):
                one.times -= 1
                return True
    return False


def lift() -> None:
    """Forget what has not struck."""
    with _lock:
        _pending.clear()


@route(r"^/_emulator/training$")
def _training(request: Any) -> Response:
    """POST disturbs jobs; DELETE forgets what has not struck."""
    if request.method == "DELETE":
        lift()
        return _json({}, 200)
    try:
        given = json.loads(request.get_data())
        hit = disturb(str(given["job"]), str(given["effect"]), int(given.get("times", 1)))
    except (ValueError, KeyError, TypeError) as error:
        return _json({"error": str(error)}, 400)
    return _json({"hit": hit}, 201)


def _json(content: Any, status: int) -> Response:
    return Response(json.dumps(content), status=status, content_type="application/json")
