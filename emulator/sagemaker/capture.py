"""Data capture: requests and answers of an endpoint as JSON lines in S3, as SageMaker writes them."""

from __future__ import annotations

import base64
import json
import logging
import threading
import uuid
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator.sagemaker.endpoint_state import Endpoint
from emulator.sagemaker.fleets import Variant
from emulator.sagemaker.requests import Params, now
from emulator.sagemaker.roles import split_s3
from emulator.sagemaker.serving import Answer

log = logging.getLogger("emulator.sagemaker")
FLUSH_SECONDS = 2.0
_ENCODINGS = {"CsvContentTypes": "CSV", "JsonContentTypes": "JSON"}

_lock = threading.Lock()
_pending: dict[int, tuple[Endpoint, Variant, Params, list[str]]] = {}
_credit: dict[int, float] = {}


def record(
    endpoint: Endpoint,
    variant: Variant,
    inference_id: str | None,
    headers: dict[str, str],
    body: bytes,
    answer: Answer,
) -> None:
    """Keep this exchange if the endpoint captures data and the sample falls on it."""
    config = endpoint.config_of(variant).get("DataCaptureConfig")
    if not config or not config.get("EnableCapture") or not 200 <= answer.status < 300:
        return
    with _lock:
        credit = _credit.get(id(variant), 0.0) + config["InitialSamplingPercentage"] / 100
        _credit[id(variant)] = credit - int(credit)
        if credit < 1:
            return
        line = _line(config, inference_id, headers["Content-Type"], body, answer)
        fresh = id(variant) not in _pending
        _pending.setdefault(id(variant), (endpoint, variant, config, []))[3].append(line)
    if fresh:
        threading.Timer(FLUSH_SECONDS, _flush, [id(variant)]).start()


def _line(config: Params, inference_id: str | None, content_type: str, body: bytes, answer: Answer) -> str:
    wanted = {option["CaptureMode"] for option in config["CaptureOptions"]}
    captured: Params = {}
    if wanted & {"Input", "InputAndOutput"}:
        captured["endpointInput"] = _side(config, "INPUT", content_type, body)
    if wanted & {"Output", "InputAndOutput"}:
        captured["endpointOutput"] = _side(config, "OUTPUT", answer.content_type, answer.body)
    metadata = {"eventId": str(uuid.uuid4()), "inferenceTime": now().strftime("%Y-%m-%dT%H:%M:%SZ")}
    if inference_id:
        metadata["inferenceId"] = inference_id
    return json.dumps({"captureData": captured, "eventMetadata": metadata, "eventVersion": "0"})


def _side(config: Params, mode: str, content_type: str, body: bytes) -> dict[str, Any]:
    header = config.get("CaptureContentTypeHeader") or {}
    plain = content_type.split(";")[0].strip()
    encoding = next((name for key, name in _ENCODINGS.items() if plain in (header.get(key) or ())), "BASE64")
    data = base64.b64encode(body).decode() if encoding == "BASE64" else body.decode("utf-8", "replace")
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}


def _flush(key: int) -> None:
    with _lock:
        endpoint, variant, config, lines = _pending.pop(key)
    bucket, prefix = split_s3(config["DestinationS3Uri"].rstrip("/"))
    path = "/".join(part for part in (prefix, endpoint.name, variant.name, _moment(now())) if part)
    encryption: dict[str, Any] = {}
    if config.get("KmsKeyId"):
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": config["KmsKeyId"]}
    try:
        variant.container.session.client("s3").put_object(
            Bucket=bucket, Key=path, Body="".join(f"{line}\n" for line in lines).encode(), **encryption
        )
    except (ClientError, BotoCoreError) as error:
        log.warning("captured data of %s lost: %s", endpoint.name, error)
        variant.container.journal.write(f"data capture failed: {error}")


def _moment(when: datetime) -> str:
    return f"{when:%Y/%m/%d/%H/%M-%S}-{when.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
