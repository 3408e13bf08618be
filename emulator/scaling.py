"""Application Auto Scaling of SageMaker endpoint variants: registered, described and guarded.

Nothing scales with load here. What is real are the bounds, into which a registration brings the variant's
count, and the refusals: a target must be a variant that exists, a policy needs a target, and SageMaker
(through ``registered_variants``) guards a variant that is a target.
"""

from __future__ import annotations

import re
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from emulator import aws
from emulator.edge import Call, operation, whole_service
from emulator.errors import AwsError

_SERVICE = "application-autoscaling"
_NAMESPACE = "sagemaker"
_DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_RESOURCE = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")

whole_service(_SERVICE, "targets and policies only")

Params = dict[str, Any]


@dataclass
class Target:
    """A registered variant and the policies on it, by name."""

    described: Params
    tags: dict[str, str] = field(default_factory=lambda: dict[str, str]())
    policies: dict[str, Params] = field(default_factory=lambda: dict[str, Params]())


_targets: dict[tuple[str, str], Target] = {}
_lock = threading.RLock()


def registered_variants(endpoint_name: str) -> set[str]:
    """The variants of this endpoint that are scalable targets."""
    with _lock:
        matches = [_RESOURCE.fullmatch(resource) for _, resource in _targets]
    return {match.group(2) for match in matches if match and match.group(1) == endpoint_name}


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _place(params: Params) -> str:
    return (
        f"service namespace: {params['ServiceNamespace']}, resource ID: {params['ResourceId']}, "
        f"scalable dimension: {params['ScalableDimension']}"
    )


def _target(call: Call) -> Target:
    target = _targets.get((call.region, call.params["ResourceId"]))
    if target is None or call.params["ScalableDimension"] != _DIMENSION:
        raise AwsError("ObjectNotFoundException", f"No scalable target found for {_place(call.params)}")
    return target


def _variant(call: Call) -> Params:
    """The variant's configuration; the endpoint is looked up with the caller's rights.

    Source of the permission: "Application Auto Scaling identity-based policy examples", SageMaker.
    """
    resource = call.params["ResourceId"]
    match = _RESOURCE.fullmatch(resource)
    if match is None:
        raise _invalid(f"Unsupported service namespace, resource type or scalable dimension: {resource}")
    endpoint, variant = match.groups()
    role = call.principal.role_arn
    client = (
        aws.role_client(_NAMESPACE, role, "AutoScaling", call.region)
        if role
        else aws.client(_NAMESPACE, call.region)
    )
    try:
        described = client.describe_endpoint(EndpointName=endpoint)
        config = aws.client(_NAMESPACE, call.region).describe_endpoint_config(
            EndpointConfigName=described["EndpointConfigName"]
        )
    except ClientError as error:
        details = error.response["Error"]
        raise _invalid(f"Unable to describe {resource}: {details['Message']} ({details['Code']})") from error
    found = [item for item in config["ProductionVariants"] if item["VariantName"] == variant]
    if not found:
        raise _invalid(f"SageMaker endpoint variant doesn't exist: {resource}")
    return found[0]


@operation(_SERVICE, "RegisterScalableTarget")
def _register(call: Call) -> Params:
    params = call.params
    if params["ServiceNamespace"] != _NAMESPACE or params["ScalableDimension"] != _DIMENSION:
        raise AwsError(
            "NotImplemented", f"the emulator scales {_DIMENSION} only, not {_place(params)}", status=501
        )
    variant = _variant(call)
    _refuse_burstable(variant)
    with _lock:
        known = _targets.get((call.region, params["ResourceId"]))
        described = {**known.described} if known else _new(call)
        described |= {
            name: params[name]
            for name in ("MinCapacity", "MaxCapacity", "SuspendedState")
            if params.get(name) is not None
        }
        _check_capacity(described)
        target = known or Target(described)
        target.described = described
        target.tags.update(params.get("Tags") or {})
        _targets[call.region, params["ResourceId"]] = target
    _bring_within(call.region, described)
    return {"ScalableTargetARN": described["ScalableTargetARN"]}


def _bring_within(region: str, target: Params) -> None:
    """The variant's count goes to the nearer bound when it lies outside, if the endpoint is active.

    Source: RegisterScalableTarget in Application Auto Scaling's API reference, of new and known targets.
    """
    sagemaker = aws.client(_NAMESPACE, region)
    _, endpoint, _, name = target["ResourceId"].split("/")
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    if described["EndpointStatus"] != "InService":
        return
    [now] = [one for one in described["ProductionVariants"] if one["VariantName"] == name]
    count = now["DesiredInstanceCount"]
    wanted = min(max(count, target["MinCapacity"]), target["MaxCapacity"])
    if wanted != count:
        change: Any = {"VariantName": name, "DesiredInstanceCount": wanted}
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=endpoint, DesiredWeightsAndCapacities=[change]
        )


def _new(call: Call) -> Params:
    place = f"{call.region}:{call.account}"
    role = (
        f"arn:{aws.PARTITION}:iam::{call.account}:role/aws-service-role/"
        "sagemaker.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    )
    return {
        "ServiceNamespace": _NAMESPACE,
        "ResourceId": call.params["ResourceId"],
        "ScalableDimension": _DIMENSION,
        "RoleARN": role,
        "CreationTime": datetime.now(UTC),
        "SuspendedState": {
            "DynamicScalingInSuspended": False,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
        },
        "ScalableTargetARN": f"arn:{aws.PARTITION}:{_SERVICE}:{place}:scalable-target/{uuid.uuid4()}",
    }


def _check_capacity(described: Params) -> None:
    minimum, maximum = described.get("MinCapacity"), described.get("MaxCapacity")
    if minimum is None or maximum is None:
        raise _invalid("Both MinCapacity and MaxCapacity are required to register a scalable target")
    if minimum > maximum:
        raise _invalid("Maximum capacity cannot be less than minimum capacity")
    if minimum < 1:
        raise _invalid("MinCapacity must be at least 1 for an endpoint variant")


def _refuse_burstable(variant: Params) -> None:
    """Source: the prerequisites of automatic scaling in SageMaker's guide; its words are not published."""
    kind = str(variant.get("InstanceType", ""))
    if kind.startswith(("ml.t2.", "ml.t3.")):
        raise _invalid(f"Auto scaling is not supported for burstable instances such as {kind}")


@operation(_SERVICE, "DeregisterScalableTarget")
def _deregister(call: Call) -> Params:
    with _lock:
        _target(call)
        del _targets[call.region, call.params["ResourceId"]]
    return {}


@operation(_SERVICE, "DescribeScalableTargets")
def _describe_targets(call: Call) -> Params:
    wanted = call.params.get("ResourceIds")
    with _lock:
        found = [
            target.described
            for (region, resource), target in _targets.items()
            if region == call.region and (not wanted or resource in wanted)
        ]
    mine = call.params["ServiceNamespace"] == _NAMESPACE
    return {"ScalableTargets": found if mine else []}


@operation(_SERVICE, "PutScalingPolicy")
def _put_policy(call: Call) -> Params:
    params, name = call.params, call.params["PolicyName"]
    with _lock:
        target = _target(call)
        known = target.policies.get(name, {})
        kind = params.get("PolicyType") or known.get("PolicyType", "StepScaling")
        wanted = f"{kind}PolicyConfiguration"
        if kind not in ("StepScaling", "TargetTrackingScaling") or not params.get(wanted):
            raise _invalid(f"{wanted} is required for policy type {kind}")
        place = f"{call.region}:{call.account}:scalingPolicy:{uuid.uuid4()}"
        arn = (
            f"arn:{aws.PARTITION}:autoscaling:{place}:resource/{_NAMESPACE}/{params['ResourceId']}"
            f":policyName/{name}"
        )
        target.policies[name] = {
            "PolicyARN": known.get("PolicyARN", arn),
            "PolicyName": name,
            "PolicyType": kind,
            "ServiceNamespace": _NAMESPACE,
            "ResourceId": params["ResourceId"],
            "ScalableDimension": _DIMENSION,
            wanted: params[wanted],
            "Alarms": [],
            "CreationTime": known.get("CreationTime", datetime.now(UTC)),
        }
        return {"PolicyARN": target.policies[name]["PolicyARN"], "Alarms": []}


@operation(_SERVICE, "DescribeScalingPolicies")
def _describe_policies(call: Call) -> Params:
    names, resource = call.params.get("PolicyNames"), call.params.get("ResourceId")
    with _lock:
        policies = [
            policy
            for (region, owner), target in _targets.items()
            for name, policy in target.policies.items()
            if region == call.region and resource in (None, owner) and (not names or name in names)
        ]
    return {"ScalingPolicies": policies if call.params["ServiceNamespace"] == _NAMESPACE else []}


@operation(_SERVICE, "DeleteScalingPolicy")
def _delete_policy(call: Call) -> Params:
    name = call.params["PolicyName"]
    with _lock:
        target = _targets.get((call.region, call.params["ResourceId"]))
        if target is None or target.policies.pop(name, None) is None:
            raise AwsError(
                "ObjectNotFoundException",
                f"No scaling policy found for {_place(call.params)}, policy name: {name}",
            )
    return {}


@operation(_SERVICE, "DescribeScalingActivities", "DescribeScheduledActions")
def _nothing_happened(call: Call) -> Params:
    """Nothing scales, and scheduled actions cannot be put."""
    return {}


@operation(_SERVICE, "TagResource", "UntagResource", "ListTagsForResource")
def _tags(call: Call) -> Params:
    arn = call.params["ResourceARN"]
    with _lock:
        found = [item for item in _targets.values() if item.described["ScalableTargetARN"] == arn]
        if not found:
            raise AwsError("ResourceNotFoundException", f"The resource {arn} was not found")
        if call.operation == "ListTagsForResource":
            return {"Tags": found[0].tags}
        found[0].tags.update(call.params.get("Tags") or {})
        for key in call.params.get("TagKeys") or []:
            found[0].tags.pop(key, None)
    return {}
