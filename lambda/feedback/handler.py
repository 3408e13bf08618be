"""POST /models/{model}/feedback, and files of outcomes in S3: counts them for the trial that runs.

A file `feedback/<model>/…` is JSON lines, each one outcome as in a request. What is wrong with a line is
logged, and the others count; a file that comes again counts nothing twice.

Environment: OUTCOMES_FILE (outcomes.json in the asset), TRIALS_TABLE.
IAM permissions: dynamodb:GetItem, PutItem and UpdateItem on the table; s3:GetObject on `feedback/*` of the
data bucket, and kms:Decrypt on its key.
"""

import json
from typing import Any

from feedback import files, outcomes
from feedback.count import Contended, count
from feedback.settings import MAX_BODY_BYTES, Settings
from handler_common import api, logs

SETTINGS = Settings.read()
KINDS: dict[str, str] = json.loads(SETTINGS.outcomes_file.read_text(encoding="utf-8"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway's proxy event in, its proxy answer out; or an S3 object's event from EventBridge in."""
    if event.get("source") == "aws.s3":
        return files.count_file(SETTINGS.table, KINDS, event["detail"])
    name = (event.get("pathParameters") or {}).get("model")
    fields: dict[str, object] = {"request_id": context.aws_request_id, "model": name}
    try:
        model = api.model_name(event, KINDS)
        told = outcomes.read(api.document(event, MAX_BODY_BYTES), KINDS[model])
        result = count(SETTINGS.table, model, told)
    except Exception as error:
        logs.error("refused", **fields, cause=repr(error))
        return api.error_response(_refusal(error))
    logs.info("feedback", **fields, counted=result.counted, repeated=result.repeated)
    ignored = [{"index": index, "reason": reason} for index, reason in sorted(result.ignored.items())]
    answer = {"model": model, "counted": result.counted, "repeated": result.repeated, "ignored": ignored}
    return api.response(200, answer)


def _refusal(error: Exception) -> api.ApiError:
    if isinstance(error, api.ApiError):
        return error
    if isinstance(error, Contended):
        return api.ApiError(
            503, "Busy", "others give feedback at the same time; send it again", retry_after=1
        )
    return api.internal()
