"""Endpoint configurations: which models, on what, with how much of the traffic."""

from __future__ import annotations

from itertools import pairwise

from emulator.edge import Call
from emulator.sagemaker import models, tags
from emulator.sagemaker.happenings import announce
from emulator.sagemaker.local_storage import refuse_local_storage
from emulator.sagemaker.requests import Params, answers, arn, echo, invalid, lines, now, page

KIND = "endpoint-config"
_configs: dict[tuple[str, str], Params] = {}
_SERVERLESS_STEP_MB = 1024


def find(region: str, name: str) -> Params:
    """The configuration. Raises ValidationException "Could not find endpoint configuration"."""
    config = _configs.get((region, name))
    if config is None:
        raise invalid(f'Could not find endpoint configuration "{arn(region, KIND, name)}".')
    return config


@answers("CreateEndpointConfig")
def _create(call: Call) -> Params:
    params, region = call.params, call.region
    name = params["EndpointConfigName"]
    config_arn = arn(region, KIND, name)
    if (region, name) in _configs:
        raise invalid(f'Cannot create already existing endpoint configuration "{config_arn}".')
    production = params["ProductionVariants"]
    shadow = params.get("ShadowProductionVariants") or []
    for variant in [*production, *shadow]:
        _validate_variant(variant, region)
    _validate_together(params, production, shadow)
    config = {**echo(params), "EndpointConfigArn": config_arn, "CreationTime": now()}
    config["EnableNetworkIsolation"] = params.get("EnableNetworkIsolation", False)
    _configs[region, name] = config
    tags.remember(config_arn, params)
    announce("SageMaker Endpoint Config State Change", config, config_arn, region)
    return {"EndpointConfigArn": config_arn}


def _validate_variant(variant: Params, region: str) -> None:
    name = variant["VariantName"]
    if not variant.get("ModelName"):
        raise invalid(
            f"Production variant {name} needs a ModelName: the emulator has no inference components."
        )
    models.find(region, variant["ModelName"])
    serverless = variant.get("ServerlessConfig")
    if serverless:
        if variant.get("InstanceType") or variant.get("InitialInstanceCount"):
            raise invalid(
                f"Production variant {name} cannot have both ServerlessConfig and an instance type or count."
            )
        if serverless["MemorySizeInMB"] % _SERVERLESS_STEP_MB:
            raise invalid(f"MemorySizeInMB of {name} must be a multiple of {_SERVERLESS_STEP_MB}.")
    elif not variant.get("InstanceType") or not variant.get("InitialInstanceCount"):
        raise invalid(f"Production variant {name} needs an InstanceType and an InitialInstanceCount.")


def _validate_together(params: Params, production: list[Params], shadow: list[Params]) -> None:
    names = sorted(variant["VariantName"] for variant in [*production, *shadow])
    for first, second in pairwise(names):
        if first == second:
            raise invalid(f"Variant names must be unique within an endpoint configuration: {first}.")
    if shadow and (len(production), len(shadow)) != (1, 1):
        raise invalid("Shadow testing needs exactly one production variant and one shadow variant.")
    serverless = [variant for variant in production if variant.get("ServerlessConfig")]
    if params.get("KmsKeyId"):
        for variant in [*production, *shadow]:
            refuse_local_storage("KmsKeyId", variant.get("InstanceType", ""))
    if serverless and len(serverless) != len(production):
        raise invalid("Serverless and instance-based variants cannot be mixed.")
    if serverless and (params.get("DataCaptureConfig") or {}).get("EnableCapture"):
        raise invalid("Data capture is not supported for serverless endpoints.")


@answers("DescribeEndpointConfig")
def _describe(call: Call) -> Params:
    return find(call.region, call.params["EndpointConfigName"])


@answers("DeleteEndpointConfig")
def _delete(call: Call) -> None:
    """AWS deletes a configuration that is in use, too, and so does this."""
    config = find(call.region, call.params["EndpointConfigName"])
    del _configs[call.region, config["EndpointConfigName"]]
    tags.forget(config["EndpointConfigArn"])
    announce("SageMaker Endpoint Config State Change", config, config["EndpointConfigArn"], call.region)


@answers("ListEndpointConfigs")
def _list(call: Call) -> Params:
    found = lines(_configs, call.region, "EndpointConfigName", "EndpointConfigArn", "CreationTime")
    return page(call.params, found, "EndpointConfigs", name="EndpointConfigName")
