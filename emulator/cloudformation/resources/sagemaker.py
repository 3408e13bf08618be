"""AWS::SageMaker: model package groups, models, endpoint configurations, endpoints."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from emulator.cloudformation.provider import Properties, ResourceContext, ResourceFailure
from emulator.cloudformation.resources.base import DirectProvider, TagOperations, changed, registered
from emulator.cloudformation.resources.requests import is_gone

_WAIT_SECONDS = 3600.0
_POLL_SECONDS = 0.05
_TAGS = TagOperations(set="AddTags", remove="DeleteTags")


class _Named(DirectProvider):
    """A SageMaker resource: its ARN identifies it, its name addresses it."""

    service = "sagemaker"
    name_limit = 63
    name_lower = True
    tag_operations = _TAGS

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """Create it; the physical id is the ARN."""
        return str(super().make(context, properties))

    def resource_name(self, physical_id: str, properties: Properties) -> str:
        """Its name: the one given, as an ARN may spell it in lower case."""
        return str(properties.get(self.named_by) or physical_id.rsplit("/", 1)[-1])

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """ARN."""
        return physical_id

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and name."""
        name = self.resource_name(physical_id, properties)
        return {self.identified_by: physical_id, self.named_by: name}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Delete it by name."""
        name = self.resource_name(physical_id, properties)
        self.call(context, self.deletes, **{self.named_by: name})


@registered
class ModelPackageGroup(_Named):
    """AWS::SageMaker::ModelPackageGroup."""

    type = "AWS::SageMaker::ModelPackageGroup"
    named_by = "ModelPackageGroupName"
    identified_by = "ModelPackageGroupArn"
    creates = "CreateModelPackageGroup"
    deletes = "DeleteModelPackageGroup"
    handled = frozenset({"ModelPackageGroupDescription", "ModelPackageGroupName", "Tags"})


@registered
class Model(_Named):
    """AWS::SageMaker::Model."""

    type = "AWS::SageMaker::Model"
    note = "serves model.tar.gz by the algorithm's own WSGI application"
    named_by = "ModelName"
    identified_by = "ModelArn"
    creates = "CreateModel"
    deletes = "DeleteModel"
    handled = frozenset(
        {
            "Containers", "EnableNetworkIsolation", "ExecutionRoleArn", "InferenceExecutionConfig",
            "ModelName", "PrimaryContainer", "Tags", "VpcConfig",
        }
    )  # fmt: skip


@registered
class EndpointConfig(_Named):
    """AWS::SageMaker::EndpointConfig."""

    type = "AWS::SageMaker::EndpointConfig"
    named_by = "EndpointConfigName"
    identified_by = "EndpointConfigArn"
    creates = "CreateEndpointConfig"
    deletes = "DeleteEndpointConfig"
    handled = frozenset(
        {
            "DataCaptureConfig", "EndpointConfigName", "KmsKeyId", "ProductionVariants",
            "ShadowProductionVariants", "Tags",
        }
    )  # fmt: skip


_UPDATE_ONLY = (
    "RetainAllVariantProperties",
    "ExcludeRetainedVariantProperties",
    "RetainDeploymentConfig",
)


@registered
class Endpoint(_Named):
    """AWS::SageMaker::Endpoint.

    Whether CloudFormation notices that deployment guardrails rolled an update back is not documented. By
    default it does not; with EMULATOR_CFN_NOTICES_GUARDRAIL_ROLLBACK=1 in the environment the update fails.
    """

    type = "AWS::SageMaker::Endpoint"
    named_by = "EndpointName"
    identified_by = "EndpointArn"
    creates = "CreateEndpoint"
    deletes = "DeleteEndpoint"
    handled = frozenset({"DeploymentConfig", "EndpointConfigName", "EndpointName", "Tags", *_UPDATE_ONLY})

    def parameters(self, properties: Properties) -> dict[str, Any]:
        """Those of CreateEndpoint: what only steers updates is left out."""
        return {
            name: value for name, value in super().parameters(properties).items() if name not in _UPDATE_ONLY
        }

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Wait until the new endpoint is in service."""
        self._in_service(context, self.resource_name(physical_id, new))

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateEndpoint when the configuration or the way to it differs, and wait."""
        if not changed(old, new, "EndpointConfigName", "DeploymentConfig", *_UPDATE_ONLY):
            return
        name = self.resource_name(physical_id, new)
        self.call(
            context,
            "UpdateEndpoint",
            EndpointName=name,
            EndpointConfigName=new["EndpointConfigName"],
            DeploymentConfig=new.get("DeploymentConfig"),
            **{key: new.get(key) for key in _UPDATE_ONLY},
        )
        described = self._in_service(context, name)
        serves = described["EndpointConfigName"]
        notices = os.environ.get("EMULATOR_CFN_NOTICES_GUARDRAIL_ROLLBACK", "0") == "1"
        if notices and serves != new["EndpointConfigName"]:
            reason = described.get("FailureReason") or f"the endpoint was rolled back to {serves}"
            raise ResourceFailure(f"Resource of type '{self.type}' with identifier '{name}': {reason}")

    def _in_service(self, context: ResourceContext, name: str) -> dict[str, Any]:
        """What DescribeEndpoint says once the endpoint is in service; ResourceFailure where it never is."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            described = self.call(context, "DescribeEndpoint", EndpointName=name)
            status = described["EndpointStatus"]
            if status == "InService":
                return described
            if status in ("Failed", "UpdateRollbackFailed", "OutOfService"):
                reason = described.get("FailureReason") or f"endpoint {name} is {status}"
                raise ResourceFailure(reason)
            if context.cancelled():
                raise ResourceFailure("Resource update cancelled")
            time.sleep(_POLL_SECONDS)
        raise ResourceFailure(f"Exceeded attempts to wait for endpoint {name}")

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteEndpoint, and wait until it is gone."""
        super().remove(context, physical_id, properties)
        name = self.resource_name(physical_id, properties)
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            try:
                self.call(context, "DescribeEndpoint", EndpointName=name)
            except ClientError as error:
                if is_gone(error):
                    return
                raise
            time.sleep(_POLL_SECONDS)
        raise ResourceFailure(f"Exceeded attempts to wait for endpoint {name} to be deleted")
