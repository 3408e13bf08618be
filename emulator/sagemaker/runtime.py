"""InvokeEndpoint: route to a variant, ask its container, count it."""

from __future__ import annotations

import http.client
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from werkzeug.wrappers import Response

from emulator import aws
from emulator.edge import Call, operation
from emulator.errors import AwsError
from emulator.sagemaker import capture, endpoints, invocation_metrics
from emulator.sagemaker.endpoint_state import SERVING, Endpoint
from emulator.sagemaker.fleets import Variant
from emulator.sagemaker.serving import MODEL_TIMEOUT_SECONDS, Answer

log = logging.getLogger("emulator.sagemaker")
BODY_LIMIT = 6 * 1024 * 1024
"""Bytes of a request's body, from InvokeEndpoint's reference."""
_UNANSWERED = 500
_TIMED_OUT = 0
_TIME_OUT_WORDS = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency "
    "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)
_shadows = ThreadPoolExecutor(max_workers=4, thread_name_prefix="shadow")


@operation("sagemaker-runtime", "InvokeEndpoint")
def _invoke(call: Call) -> Response:
    began = time.perf_counter()
    body = call.request.get_data()
    endpoint = _serving(call)
    if len(body) > BODY_LIMIT:
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have "
            f"length less than or equal to {BODY_LIMIT}",
        )
    variant = _variant(call, endpoint)
    headers = _forwarded(call)
    asked = time.perf_counter()
    answer = _ask(variant, headers, body)
    answered = time.perf_counter()
    _shadow(endpoint, headers, body)
    capture.record(endpoint, variant, call.params.get("InferenceId"), headers, body, answer)
    model_us = (answered - asked) * 1e6
    overhead_us = (time.perf_counter() - began) * 1e6 - model_us
    invocation_metrics.record(call.region, endpoint.name, variant, answer.status, model_us, overhead_us)
    if not 200 <= answer.status < 300:
        raise _model_error(call, endpoint, variant, answer)
    response = Response(answer.body, status=200, content_type=answer.content_type)
    response.headers["x-Amzn-Invoked-Production-Variant"] = variant.name
    if answer.custom_attributes:
        response.headers["X-Amzn-SageMaker-Custom-Attributes"] = answer.custom_attributes
    return response


def _serving(call: Call) -> Endpoint:
    name = call.params["EndpointName"]
    endpoint = endpoints.get(call.region, name)
    if endpoint is None or endpoint.status not in SERVING:
        raise AwsError("ValidationError", f"Endpoint {name} of account {call.account} not found.")
    return endpoint


def _variant(call: Call, endpoint: Endpoint) -> Variant:
    target = call.params.get("TargetVariant")
    variant = endpoint.choose(target)
    if variant is None and target:
        raise AwsError(
            "ValidationError",
            f"Variant {target} not found for endpoint {endpoint.name} of account {call.account}.",
        )
    if variant is None:
        raise AwsError("ValidationError", f"No variant of endpoint {endpoint.name} takes traffic.")
    return variant


def _forwarded(call: Call) -> dict[str, str]:
    headers = {"Content-Type": call.params.get("ContentType") or "application/octet-stream"}
    if call.params.get("Accept"):
        headers["Accept"] = call.params["Accept"]
    if call.params.get("CustomAttributes"):
        headers["X-Amzn-SageMaker-Custom-Attributes"] = call.params["CustomAttributes"]
    return headers


def _ask(variant: Variant, headers: dict[str, str], body: bytes) -> Answer:
    try:
        return variant.container.request("POST", "/invocations", headers, body, MODEL_TIMEOUT_SECONDS)
    except TimeoutError:
        return Answer(_TIMED_OUT, "text/plain", _TIME_OUT_WORDS.encode(), None)
    except (OSError, http.client.HTTPException) as error:
        log.warning("%s does not answer: %r", variant.name, error)
        return Answer(_UNANSWERED, "text/plain", b"", None)


def _model_error(call: Call, endpoint: Endpoint, variant: Variant, answer: Answer) -> AwsError:
    text = answer.body.decode("utf-8", "replace")
    group = variant.container.journal.group
    place = (
        f"See https://{call.region}.console.aws.amazon.com/cloudwatch/home?region={call.region}"
        f"#logEventViewer:group={group} in account {aws.ACCOUNT} for more information."
    )
    side = "client" if 400 <= answer.status < 500 else "server"
    message = f'Received {side} error ({answer.status}) from primary with message "{text}". {place}'
    return AwsError(
        "ModelError",
        message,
        status=424,
        OriginalStatusCode=answer.status,
        OriginalMessage=text,
        LogStreamArn=f"arn:{aws.PARTITION}:logs:{call.region}:{aws.ACCOUNT}:log-group:{group}",
    )


def _shadow(endpoint: Endpoint, headers: dict[str, str], body: bytes) -> None:
    """Copy the request to the shadow variant, in its share; its answer is dropped, but counted."""
    variant = endpoint.choose_shadow()
    if variant is None:
        return

    def ask() -> None:
        asked = time.perf_counter()
        answer = _ask(variant, headers, body)
        model_us = (time.perf_counter() - asked) * 1e6
        invocation_metrics.record(endpoint.region, endpoint.name, variant, answer.status, model_us, 0.0)

    _shadows.submit(ask)
