"""POST /models/{model}/predictions: checks the request, asks the model's endpoint, answers its predictions.

Environment: MODELS_FILE (models.json in the asset), STACK_PREFIX, optionally MAX_BODY_BYTES.
IAM permissions: sagemaker:InvokeEndpoint on the endpoints of models.json, cloudformation:DescribeStacks on
`stack/<STACK_PREFIX><model>/*`; where a prediction wakes a model, also what predict.waking asks for.
"""

import time
from typing import Any

from handler_common import api, inference_id, logs
from predict import aws, contract, logic, metrics
from predict.settings import Settings

SETTINGS = Settings.read()
MODELS = contract.load(SETTINGS.models_file)
# Seconds of the function's own time-out kept for answering.
RESERVE = 0.5


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway's proxy event in, its proxy answer out; never raises."""
    started = time.perf_counter()
    name = (event.get("pathParameters") or {}).get("model")
    # Lambda's id of the request: unique, in each line of its log, and made already.
    request_id = context.aws_request_id
    fields: dict[str, object] = {"request_id": request_id, "model": name}
    try:
        request = logic.read_request(event, MODELS, SETTINGS.max_body_bytes)
        seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE
        body, variant = aws.predict(request, request_id, f"{SETTINGS.stack_prefix}{name}", seconds)
        answer = logic.read_answer(body, request)
    except Exception as error:
        refusal = error if isinstance(error, api.ApiError) else api.internal()
        cause = repr(error.__cause__ or error)
        logs.error("refused", **fields, status=refusal.status, code=refusal.code, cause=cause)
        return api.error_response(refusal)
    milliseconds, now = round((time.perf_counter() - started) * 1000, 1), time.time()
    fields |= {"variant": variant, "rows": request.rows, "milliseconds": milliseconds}
    logs.info("predicted", **fields, **metrics.of(request.model, variant, answer["predictions"], now))
    drawn = request.variant is None
    receipt = inference_id.made(request_id, now, variant, key=request.key, drawn=drawn)
    described = {"model": name, "variant": variant, "inference_id": receipt}
    return api.response(200, {**described, **answer})
