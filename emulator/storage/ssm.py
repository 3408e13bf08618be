"""SSM parameters: what moto takes and Parameter Store does not."""

from __future__ import annotations

from werkzeug.wrappers import Response

from emulator.edge import Call, operation
from emulator.errors import AwsError

MAX_STANDARD_BYTES = 4096
"""Size of a value of the standard tier: 4 KB by the user guide ("Managing parameter tiers").

AWS's refusal says characters; whether it counts those or bytes of UTF-8 is not documented, and bytes are the
stricter."""


@operation("ssm", "PutParameter")
def _put_parameter(call: Call) -> Response:
    """Refuses a value too long for its tier."""
    standard = call.params.get("Tier", "Standard") == "Standard"
    if standard and len(call.params.get("Value", "").encode()) > MAX_STANDARD_BYTES:
        raise AwsError(
            "ValidationException",
            f"Standard tier parameters support a maximum parameter value of {MAX_STANDARD_BYTES} characters. "
            "To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. "
            "For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/"
            "parameter-store-advanced-parameters.html",
        )
    return call.forward()
