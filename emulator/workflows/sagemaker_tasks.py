"""``arn:aws:states:::sagemaker:…`` with and without ``.sync``: moto's interpreter has none.

Source: "Create and manage Amazon SageMaker AI jobs with Step Functions" in its developer guide.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from botocore.model import ServiceModel
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback as callback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
    ResourceRuntimePart,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Job:
    """A kind of job that ``.sync`` waits for: by which name, and in which member its status stands."""

    name: str
    status: str
    describe: str
    halt: str


JOBS = {
    "createtrainingjob": Job(
        "TrainingJobName", "TrainingJobStatus", "describe_training_job", "stop_training_job"
    ),
    "createhyperparametertuningjob": Job(
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobStatus",
        "describe_hyper_parameter_tuning_job",
        "stop_hyper_parameter_tuning_job",
    ),
    "createtransformjob": Job(
        "TransformJobName", "TransformJobStatus", "describe_transform_job", "stop_transform_job"
    ),
    "createprocessingjob": Job(
        "ProcessingJobName", "ProcessingJobStatus", "describe_processing_job", "stop_processing_job"
    ),
}
_OTHERS = ("createmodel", "createendpoint", "createendpointconfig", "updateendpoint", "addtags")


@functools.cache
def _model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("sagemaker")


class SageMakerTask(callback.StateTaskServiceCallback):
    """A Task state of SageMaker; a failed job fails it with States.TaskFailed and the job as cause."""

    def __init__(self) -> None:
        super().__init__(supported_integration_patterns={ResourceCondition(ResourceCondition.Sync)})

    def _get_supported_parameters(self) -> set[str] | None:
        action = self.resource.api_action
        allowed = JOBS if self.resource.condition else (*JOBS, *_OTHERS)
        if action.lower() not in allowed:
            return None
        shape: Any = _model().operation_model(action[:1].upper() + action[1:]).input_shape
        return set(shape.members)

    def _eval_service_task(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        client = self._client(resource_runtime_part, state_credentials)
        response = getattr(client, self._get_boto_service_action())(**normalised_parameters)
        response.pop("ResponseMetadata", None)
        env.stack.append(plain(response))

    def _eval_integration_pattern(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        env.stack.pop()
        job = JOBS[self.resource.api_action.lower()]
        client = self._client(resource_runtime_part, state_credentials)
        name = {job.name: normalised_parameters[job.name]}
        while env.is_running():
            description = getattr(client, job.describe)(**name)
            status = description[job.status]
            if status in ("Completed", "Failed", "Stopped"):
                description.pop("ResponseMetadata", None)
                if status != "Completed":
                    raise self._failed_job(env, plain(description))
                env.stack.append(plain(description))
                return
            time.sleep(POLL_SECONDS)
        getattr(client, job.halt)(**name)  # the execution was stopped, or the state timed out
        env.stack.append({})

    @staticmethod
    def _client(part: ResourceRuntimePart, credentials: StateCredentials) -> Any:
        return boto_client.boto_client_for(
            region=part.region, service="sagemaker", state_credentials=credentials
        )

    def _failed_job(self, env: Environment, description: dict[str, Any]) -> FailureEventException:
        name = StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed)
        cause = to_json_str(description, separators=(",", ":"))
        return FailureEventException(self._failure(env, name, "States.TaskFailed", cause))

    def _from_error(self, env: Environment, ex: Exception) -> FailureEvent:
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        code, message = ex.response["Error"]["Code"], ex.response["Error"]["Message"]
        error = f"SageMaker.{error_name(code)}"
        meta = ex.response["ResponseMetadata"]
        cause = (
            f"{message} (Service: AmazonSageMaker; Status Code: {meta['HTTPStatusCode']}; "
            f"Error Code: {code}; Request ID: {meta.get('RequestId', '')}; Proxy: null)"
        )
        return self._failure(env, CustomErrorName(error), error, cause)

    def _failure(self, env: Environment, name: Any, error: str, cause: str) -> FailureEvent:
        failed: Any = {
            "resource": self._get_sfn_resource(),
            "resourceType": self._get_sfn_resource_type(),
            "error": error,
            "cause": cause,
        }
        details: dict[str, Any] = {"taskFailedEventDetails": failed}
        return FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(**details),
        )


def error_name(code: str) -> str:
    """Step Functions' name of a SageMaker error: only errors of the service's model have their own."""
    shapes: Any = _model().error_shapes
    modelled = {str(shape.name) for shape in shapes}
    if code not in modelled:
        return "AmazonSageMakerException"
    return code if code.endswith("Exception") else f"{code}Exception"


def plain(value: Any) -> Any:
    """An SDK answer as JSON; moments become milliseconds since 1970."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    return value
