"""API Gateway: updates and tags that moto has no operation for, or gets wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.apigateway.models import APIGatewayBackend, RestAPI, Stage, apigateway_backends

from emulator.edge import Call, operation
from emulator.errors import AwsError
from emulator.storage.patching import replaces

Patch = dict[str, Any]


def _backend(call: Call) -> APIGatewayBackend:
    return apigateway_backends[call.account][call.region]


@replaces(RestAPI, "apply_patch_operations")
def patch_rest_api(_original: Callable[..., Any], api: Any, patches: list[Patch]) -> None:
    """moto takes "false" for true, has media types in the value instead of the path, and drops the rest."""
    plain = {
        "name": "name",
        "description": "description",
        "apiKeySource": "api_key_source",
        "policy": "policy",
    }
    for patch in patches:
        member, _, item = patch["path"].lstrip("/").partition("/")
        item, value = item.replace("~1", "/").replace("~0", "~"), patch.get("value")
        if member in plain:
            setattr(api, plain[member], value)
        elif member == "disableExecuteApiEndpoint":
            api.disableExecuteApiEndpoint = value == "true"
        elif member == "minimumCompressionSize":
            api.minimum_compression_size = int(value) if value else None
        elif member == "endpointConfiguration":
            api.endpoint_configuration = {**(api.endpoint_configuration or {}), "types": [value]}
        elif member == "binaryMediaTypes":
            kept = [kind for kind in api.binaryMediaTypes or [] if kind != (item or value)]
            api.binaryMediaTypes = kept if patch["op"] == "remove" else [*kept, item or value]
        else:
            raise AwsError("BadRequestException", f"Invalid patch path {patch['path']}")


@replaces(Stage, "apply_operations")
def patch_stage(original: Callable[..., Any], stage: Any, patches: list[Patch]) -> Any:
    """moto never removes the settings of a method."""
    for patch in patches:
        place = patch["path"].lstrip("/")
        if patch["op"] == "remove" and place in stage.method_settings:
            del stage.method_settings[place]
    return original(stage, patches)


@operation("apigateway", "CreateRestApi")
def _create_rest_api(call: Call) -> dict[str, Any]:
    """moto drops the media types."""
    told = call.forward_parsed()
    media_types = call.params.get("binaryMediaTypes") or []
    _backend(call).get_rest_api(told["id"]).binaryMediaTypes = media_types
    return {**told, "binaryMediaTypes": media_types}


@operation("apigateway", "UpdateModel")
def _update_model(call: Call) -> dict[str, Any]:
    model = _backend(call).get_model(call.params["restApiId"], call.params["modelName"])
    for patch in call.params.get("patchOperations") or []:
        setattr(model, {"/schema": "schema", "/description": "description"}[patch["path"]], patch["value"])
    return model.to_json()


@operation("apigateway", "UpdateDeployment")
def _update_deployment(call: Call) -> dict[str, Any]:
    deployment = _backend(call).get_deployment(call.params["restApiId"], call.params["deploymentId"])
    for patch in call.params.get("patchOperations") or []:
        if patch["path"] == "/description":
            deployment.description = patch["value"]
    return deployment.to_json()


@operation("apigateway", "PutGatewayResponse", "CreateModel")
def _documents(call: Call) -> dict[str, Any]:
    """What moto answers; a schema is checked to be JSON, as API Gateway does."""
    try:
        json.loads(call.params.get("schema") or "{}")
    except ValueError as error:
        message = f"Invalid model specified: Validation Result: warnings : [], errors : [{error}]"
        raise AwsError("BadRequestException", message) from error
    return call.forward_parsed()


@operation("apigateway", "TagResource", "UntagResource", "GetTags")
def _tags(call: Call) -> dict[str, Any] | None:
    owner = _tagged(call, unquote(call.params["resourceArn"]))
    tags = dict(owner.tags or {})
    if call.operation == "GetTags":
        return {"tags": tags}
    tags.update(call.params.get("tags") or {})
    for key in call.params.get("tagKeys") or []:
        tags.pop(key, None)
    owner.tags = tags
    return None


def _tagged(call: Call, arn: str) -> Any:
    """The API, stage or usage plan of this ARN."""
    backend = _backend(call)
    match arn.partition("::/")[2].split("/"):
        case ["restapis", api]:
            return backend.get_rest_api(api)
        case ["restapis", api, "stages", stage]:
            return backend.get_stage(api, stage)
        case ["usageplans", plan]:
            return backend.get_usage_plan(plan)
        case _:
            raise AwsError("NotFoundException", f"Invalid resource ARN {arn}", status=404)
