"""Tells AWS's errors apart where the code alone does not: SageMaker has one code for almost all of them."""

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

_THROTTLED = ("Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException")


def code(error: ClientError) -> str:
    """AWS's code of the error, `ValidationException` for one."""
    return str(error.response.get("Error", {}).get("Code", ""))


def message(error: ClientError) -> str:
    """AWS's text of the error; some services spell its key in lower case or capitals."""
    return str(error.response.get("Error", {}).get("Message", "") or error.response.get("Message", ""))


def is_missing(error: ClientError) -> bool:
    """Whether the thing asked for does not exist (SageMaker: `Could not find …`, `… does not exist`)."""
    if code(error) in ("ResourceNotFound", "ResourceNotFoundException", "ParameterNotFound"):
        return True
    text = message(error).lower()
    return code(error) in ("ValidationException", "ValidationError") and any(
        words in text for words in ("could not find", "does not exist", "not found")
    )


def is_throttled(error: ClientError) -> bool:
    """Whether AWS refused only the rate of the calls, so that the same call may pass later."""
    return code(error) in _THROTTLED or "rate exceeded" in message(error).lower()


def is_transient(error: Exception) -> bool:
    """Whether the same call may pass later: AWS throttled it, failed by itself, or was not reached.

    TooManyUpdates is SSM's, of a parameter that is being written:
    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return is_throttled(error) or code(error) == "TooManyUpdates" or status >= 500
    return isinstance(error, (ConnectionError, HTTPClientError))


def is_busy(error: ClientError) -> bool:
    """Whether CloudFormation refused an update because another operation holds the stack.

    Its text: `Stack:arn:… is in UPDATE_IN_PROGRESS state and can not be updated.`
    """
    return code(error) == "ValidationError" and "_IN_PROGRESS state" in message(error)


def is_no_update(error: ClientError) -> bool:
    """Whether CloudFormation found nothing to change: `No updates are to be performed.`"""
    return code(error) == "ValidationError" and "No updates are to be performed" in message(error)


def is_not_updatable(error: ClientError) -> bool:
    """Whether CloudFormation refused an update because of the state an earlier operation left the stack in.

    Its text: `Stack:arn:… is in UPDATE_ROLLBACK_FAILED state and can not be updated.`
    """
    return code(error) == "ValidationError" and "state and can not be updated" in message(error)
