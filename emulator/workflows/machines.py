"""State machines over the API: definition, role and log rights are checked, as Step Functions checks them."""

from __future__ import annotations

import json
from typing import Any

from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser, ASLParserException
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from werkzeug.wrappers import Response

from emulator import aws
from emulator.edge import Call, Principal, operation
from emulator.errors import AwsError
from emulator.identity import authorize_service, is_allowed
from emulator.identity.authorizer import mode

SERVICE = "states.amazonaws.com"
_LOG_ACTIONS = ("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:ListLogDeliveries")
_RULE_BY_JOB = {
    "sagemaker:createTrainingJob.sync": "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "sagemaker:createProcessingJob.sync": "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "sagemaker:createTransformJob.sync": "StepFunctionsGetEventsForSageMakerTransformJobsRule",
    "sagemaker:createHyperParameterTuningJob.sync": "StepFunctionsGetEventsForSageMakerTuningJobsRule",
}
"""The managed rule through which ``.sync`` learns that a job has ended ("IAM policies for SageMaker AI")."""


@operation("stepfunctions", "CreateStateMachine")
def _create(call: Call) -> Response | dict[str, Any]:
    params = call.params
    definition, role = params["definition"], params["roleArn"]
    arn = f"arn:{aws.PARTITION}:states:{call.region}:{aws.ACCOUNT}:stateMachine:{params['name']}"
    check_definition(definition)
    _check_role(role, definition, params.get("loggingConfiguration"), arn)
    existing = find(arn)
    if existing is None:
        return call.forward()
    if (existing.definition, existing.roleArn) != (definition, role):
        raise AwsError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
    return {"stateMachineArn": arn, "creationDate": existing.creation_date}


@operation("stepfunctions", "UpdateStateMachine")
def _update(call: Call) -> Response:
    params = call.params
    machine = find(params["stateMachineArn"])
    if machine is not None:
        definition = params.get("definition") or machine.definition
        if params.get("definition"):
            check_definition(definition)
        logging = params.get("loggingConfiguration") or machine.loggingConfiguration
        _check_role(params.get("roleArn") or machine.roleArn, definition, logging, machine.arn)
    return call.forward()


@operation("stepfunctions", "ValidateStateMachineDefinition")
def _validate(call: Call) -> dict[str, Any]:
    try:
        check_definition(call.params["definition"])
    except AwsError as error:
        finding = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": error.message}
        return {"result": "FAIL", "diagnostics": [finding], "truncated": False}
    return {"result": "OK", "diagnostics": [], "truncated": False}


def find(arn: str) -> StateMachine | None:
    """The state machine of this ARN, if there is one."""
    backend = stepfunctions_parser_backends[aws.ACCOUNT][arn.split(":")[3]]
    return next((machine for machine in backend.state_machines if machine.arn == arn), None)


def check_definition(definition: str) -> None:
    """Raises AwsError InvalidDefinition for what is no Amazon States Language, or not done here."""
    try:
        document = json.loads(definition)
    except ValueError as error:
        raise _invalid(f"INVALID_JSON_DESCRIPTION: {error}") from error
    if not isinstance(document, dict):
        raise _invalid("INVALID_JSON_DESCRIPTION: the definition must be an object")
    if _uses_jsonata(document):
        raise _invalid("the emulator runs QueryLanguage JSONPath only, not JSONata")
    missing = [key for key in ("StartAt", "States") if key not in document]
    if missing:
        raise _invalid(f"SCHEMA_VALIDATION_FAILED: The field {missing[0]} is required at /")
    _check_targets(document, "")
    try:
        AmazonStateLanguageParser.parse(definition)
    except ASLParserException as error:
        raise _invalid(f"SCHEMA_VALIDATION_FAILED: {error!r}") from error
    except Exception as error:  # whatever else moto's parser raises means that the definition is wrong
        raise _invalid(f"SCHEMA_VALIDATION_FAILED: {error}") from error


def _no_target(target: Any, path: str) -> AwsError:
    return _invalid(f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {target} at {path}")


def _check_targets(machine: dict[str, Any], where: str) -> None:
    """Raises AwsError for a transition to a state that is not there."""
    states: dict[str, Any] = machine.get("States", {})
    if machine.get("StartAt") not in states:
        raise _no_target(machine.get("StartAt"), f"{where}/StartAt")
    for name, state in states.items():
        path = f"{where}/States/{name}"
        followers = [
            state.get("Next"),
            state.get("Default"),
            *(choice.get("Next") for choice in state.get("Choices", [])),
            *(catcher.get("Next") for catcher in state.get("Catch", [])),
        ]
        for follower in followers:
            if follower is not None and follower not in states:
                raise _no_target(follower, f"{path}/Next")
        for inner in (*state.get("Branches", []), state.get("ItemProcessor"), state.get("Iterator")):
            if inner:
                _check_targets(inner, path)


def _uses_jsonata(value: Any) -> bool:
    if isinstance(value, dict):
        return value.get("QueryLanguage") == "JSONata" or any(_uses_jsonata(one) for one in value.values())
    return isinstance(value, list) and any(_uses_jsonata(one) for one in value)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidDefinition", f"Invalid State Machine Definition: '{message}'")


def _check_role(role: str, definition: str, logging: dict[str, Any] | None, machine_arn: str) -> None:
    if not authorize_service(role, SERVICE, machine_arn):
        raise AwsError(
            "AccessDeniedException",
            "Neither the global service principal states.amazonaws.com, nor the regional one is authorized "
            f"to assume the provided role: {role}",
        )
    if mode() != "enforce":
        return
    principal = Principal(
        f"{role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/states", role
    )
    if (logging or {}).get("level", "OFF") != "OFF":
        for action in _LOG_ACTIONS:
            if not is_allowed(principal, action, "*", {}):
                raise AwsError(
                    "AccessDeniedException",
                    "The state machine IAM Role is not authorized to access the Log Destination",
                )
    region = machine_arn.split(":")[3]
    for job, rule in _RULE_BY_JOB.items():
        if job not in definition:
            continue
        arn = f"arn:{aws.PARTITION}:events:{region}:{aws.ACCOUNT}:rule/{rule}"
        for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
            if not is_allowed(principal, action, arn, {}):
                raise AwsError("AccessDeniedException", f"'{role}' is not authorized to create managed-rule.")
