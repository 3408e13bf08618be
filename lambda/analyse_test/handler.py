"""Looks at the trials that run, on a schedule or when asked: keeps their records, judges, tells, acts.

Input: optionally model (only that one; all otherwise), and act (true: verdicts are told and acted on).
Output: by model, how its trial stands.

Environment: ENVIRONMENT, EXPERIMENTS_FILE (experiments.json in the asset), TRIALS_TABLE, STACK_PREFIX,
ROTATE_FUNCTION.
IAM permissions: cloudformation:DescribeStacks on the endpoint stacks; dynamodb:GetItem, PutItem and
UpdateItem on the table; cloudwatch:GetMetricData on * (it takes no resource); lambda:InvokeFunction on the
rotate function; events:PutEvents on the default bus.
"""

import json
from typing import Any

from analyse_test.experiment import Experiment
from analyse_test.look import look
from analyse_test.settings import Settings
from handler_common import logs

SETTINGS = Settings.read()
EXPERIMENTS = {
    model: Experiment.read(told)
    for model, told in json.loads(SETTINGS.experiments_file.read_text(encoding="utf-8")).items()
}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raises ValueError for an unknown model, and RuntimeError when a look failed, after all the others."""
    models = [event["model"]] if event.get("model") else list(EXPERIMENTS)
    unknown = [model for model in models if model not in EXPERIMENTS]
    if unknown:
        raise ValueError(f"no model {unknown[0]!r}; there is: {', '.join(EXPERIMENTS)}")
    answers: dict[str, Any] = {}
    failed: list[str] = []
    for model in models:
        try:
            answers[model] = look(SETTINGS, model, EXPERIMENTS[model], act=bool(event.get("act")))
        except Exception as error:
            logs.error("the look failed", model=model, cause=repr(error))
            failed.append(f"{model}: {error!r}")
            continue
        if answers[model]["state"] != "none":
            logs.info("looked", **answers[model])
    if failed:
        raise RuntimeError(f"the look failed for {'; '.join(failed)}")
    return answers
