"""Endpoints: create, update under guardrails, re-weigh, delete."""

from __future__ import annotations

import os
from typing import Any

from botocore.exceptions import ClientError

from emulator.edge import Call
from emulator.errors import AwsError
from emulator.sagemaker import endpoint_configs, models, processes, rollout, tags
from emulator.sagemaker.deployments import validate
from emulator.sagemaker.endpoint_state import IN_PROGRESS, Endpoint
from emulator.sagemaker.fleets import Fleet
from emulator.sagemaker.requests import Params, answers, arn, invalid, page
from emulator.sagemaker.roles import caller_client

KIND = "endpoint"
_endpoints: dict[tuple[str, str], Endpoint] = {}


def find(region: str, name: str) -> Endpoint:
    """The endpoint. Raises ValidationException "Could not find endpoint"."""
    endpoint = _endpoints.get((region, name))
    if endpoint is None:
        raise invalid(f'Could not find endpoint "{arn(region, KIND, name)}".')
    return endpoint


def get(region: str, name: str) -> Endpoint | None:
    """The endpoint, or None."""
    return _endpoints.get((region, name))


def everyone() -> list[Endpoint]:
    """Every endpoint there is."""
    return list(_endpoints.values())


@answers("CreateEndpoint")
def _create(call: Call) -> Params:
    params, region = call.params, call.region
    name = params["EndpointName"]
    if (region, name) in _endpoints:
        raise _already(region, name)
    config = endpoint_configs.find(region, params["EndpointConfigName"])
    deployment = params.get("DeploymentConfig")
    validate(call, config, deployment)
    fleet = _fleet(config, name, region)
    endpoint = Endpoint(name, region, fleet, config["EndpointConfigName"], deployment)
    if _endpoints.setdefault((region, name), endpoint) is not endpoint:
        raise _already(region, name)
    tags.remember(endpoint.arn, params)
    endpoint.move("Creating")
    rollout.begin(rollout.create, endpoint)
    return {"EndpointArn": endpoint.arn}


def _already(region: str, name: str) -> AwsError:
    return invalid(f'Cannot create already existing endpoint "{arn(region, KIND, name)}".')


def _fleet(config: Params, name: str, region: str) -> Fleet:
    if config.get("AsyncInferenceConfig"):
        raise invalid("The emulator serves real-time endpoints, not asynchronous ones.")
    for variant in [*config["ProductionVariants"], *(config.get("ShadowProductionVariants") or [])]:
        models.find(region, variant["ModelName"])
    return Fleet(config, name, region)


def _require_idle(endpoint: Endpoint) -> None:
    if endpoint.status in IN_PROGRESS:
        raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')


def _require_changeable(endpoint: Endpoint) -> None:
    _require_idle(endpoint)
    if endpoint.status == "Failed":
        # "For endpoints in Failed state, only the delete operation is allowed": hosting documentation.
        raise invalid(f'Cannot update endpoint "{endpoint.arn}" in status Failed: it can only be deleted.')


@answers("UpdateEndpoint")
def _update(call: Call) -> Params:
    params, region = call.params, call.region
    endpoint = find(region, params["EndpointName"])
    config = endpoint_configs.find(region, params["EndpointConfigName"])
    with endpoint.lock:
        _require_changeable(endpoint)
        deployment = params.get("DeploymentConfig")
        if deployment is None and params.get("RetainDeploymentConfig"):
            deployment = endpoint.deployment
        _require_not_in_use(endpoint, config)
        validate(call, config, deployment, endpoint.fleet)
        _require_unscaled(endpoint, config)
        green = _fleet(config, endpoint.name, region)
        if params.get("RetainAllVariantProperties"):
            excluded = params.get("ExcludeRetainedVariantProperties") or []
            green.retain_from(endpoint.fleet, {one["VariantPropertyType"] for one in excluded})
        endpoint.deployment = deployment
        endpoint.move("Updating")
    rollout.begin(rollout.update, endpoint, green, deployment or {})
    return {"EndpointArn": endpoint.arn}


def _require_not_in_use(endpoint: Endpoint, config: Params) -> None:
    """AWS does not document whether an update to the configuration in use is accepted; both can be played."""
    behaviour = os.environ.get("EMULATOR_UPDATE_TO_CONFIG_IN_USE", "accept")
    if behaviour == "refuse" and config["EndpointConfigName"] == endpoint.config_name:
        raise invalid(
            f'Endpoint "{endpoint.arn}" already uses endpoint configuration "{config["EndpointConfigArn"]}".'
        )


def _require_unscaled(endpoint: Endpoint, config: Params) -> None:
    """Autoscaled variants keep their instance type, and stay.

    Source: "Update endpoints that use auto scaling" in the developer guide; its words are not published.
    """
    new = {variant["VariantName"]: variant for variant in config["ProductionVariants"]}
    for name in _registered(endpoint):
        old = endpoint.fleet.production.get(name)
        if old is None:
            continue
        if name not in new or new[name].get("InstanceType") != old.spec.get("InstanceType"):
            change = "removed" if name not in new else "given another instance type"
            raise invalid(
                f"An Application Auto Scaling scalable target exists for variant {name} of endpoint "
                f'"{endpoint.arn}", which would be {change} by this update. Delete its scaling policies and '
                "deregister the variant as a scalable target, then update the endpoint."
            )


def _registered(endpoint: Endpoint) -> list[str]:
    """Variants that are registered as scalable targets."""
    from emulator import scaling  # it asks this module about variants

    return sorted(scaling.registered_variants(endpoint.name))


@answers("UpdateEndpointWeightsAndCapacities")
def _reweigh(call: Call) -> Params:
    endpoint = find(call.region, call.params["EndpointName"])
    with endpoint.lock:
        _require_changeable(endpoint)
        wanted = call.params["DesiredWeightsAndCapacities"]
        for one in wanted:
            if one["VariantName"] not in endpoint.fleet.production:
                raise invalid(f'Could not find variant {one["VariantName"]} of endpoint "{endpoint.arn}".')
        for one in wanted:
            variant = endpoint.fleet.production[one["VariantName"]]
            if "DesiredWeight" in one:
                variant.desired_weight = float(one["DesiredWeight"])
            if "DesiredInstanceCount" in one:
                variant.desired_count = one["DesiredInstanceCount"]
        endpoint.move("Updating")
    rollout.begin(rollout.rescale, endpoint)
    return {"EndpointArn": endpoint.arn}


@answers("DeleteEndpoint")
def _delete(call: Call) -> None:
    endpoint = find(call.region, call.params["EndpointName"])
    with endpoint.lock:
        _require_idle(endpoint)
        _deregister(call, endpoint)
        endpoint.move("Deleting")

    def forget() -> None:
        _endpoints.pop((endpoint.region, endpoint.name), None)
        tags.forget(endpoint.arn)

    rollout.begin(rollout.delete, endpoint, forget)


def _deregister(call: Call, endpoint: Endpoint) -> None:
    """Deleting an autoscaled endpoint deregisters its targets with the caller's rights, or is refused."""
    names = _registered(endpoint)
    client = caller_client(call, "application-autoscaling") if names else None
    for name in names:
        target: dict[str, Any] = {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{endpoint.name}/variant/{name}",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        }
        try:
            client.deregister_scalable_target(**target)  # pyright: ignore[reportOptionalMemberAccess]
        except ClientError as error:
            raise invalid(
                "An Application AutoScaling scalable target exists for a variant being deleted, and the IAM "
                "identity used to invoke DeleteEndpoint does not have "
                "application-autoscaling:DeregisterScalableTarget permission to deregister the scalable "
                "target."
            ) from error


@answers("DescribeEndpoint")
def _describe(call: Call) -> Params:
    return find(call.region, call.params["EndpointName"]).describe()


@answers("ListEndpoints")
def _list(call: Call) -> Params:
    lines = [one.summary() for (region, _), one in list(_endpoints.items()) if region == call.region]
    return page(call.params, lines, "Endpoints", name="EndpointName", status="EndpointStatus")


def stop_all() -> None:
    """Forget every endpoint: none outlives its containers, and the emulator is going away."""
    going = everyone()
    _endpoints.clear()
    for endpoint in going:
        endpoint.closing.set()
    processes.end_all()
    for endpoint in going:
        with endpoint.lock:
            fleets = [endpoint.fleet, endpoint.green]
        for fleet in fleets:
            if fleet:
                fleet.stop()
