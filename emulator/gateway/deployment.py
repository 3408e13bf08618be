"""What a stage serves: the API as it was when its deployment was made; a later change needs a new one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from emulator import aws
from emulator.edge import Call, operation


@dataclass(frozen=True)
class Method:
    """One method of one resource, with all that it takes to serve it."""

    resource_path: str
    http_method: str
    authorization: str
    integration: dict[str, Any]
    validate_body: bool
    validate_parameters: bool
    body_schemas: dict[str, dict[str, Any]]
    required_parameters: tuple[str, ...]


@dataclass(frozen=True)
class Deployment:
    """All methods of an API, its gateway responses and its binary media types."""

    methods: tuple[Method, ...]
    responses: dict[str, dict[str, Any]]
    binary_media_types: tuple[str, ...]

    def is_binary(self, content_type: str) -> bool:
        """Whether bodies of this type are bytes, not text."""
        return "*/*" in self.binary_media_types or content_type in self.binary_media_types

    def find(self, http_method: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method that serves this path and its path parameters; literal segments beat ``{variables}``."""
        matches = [
            (method, parameters)
            for method in self.methods
            if method.http_method in (http_method, "ANY")
            and (parameters := _path_parameters(method.resource_path, path)) is not None
        ]
        return min(matches, key=lambda found: (len(found[1]), found[0].http_method == "ANY"), default=None)


def _path_parameters(template: str, path: str) -> dict[str, str] | None:
    wanted, actual = template.strip("/").split("/"), path.strip("/").split("/")
    if wanted[-1].endswith("+}") and len(actual) >= len(wanted):
        actual = [*actual[: len(wanted) - 1], "/".join(actual[len(wanted) - 1 :])]
    if len(wanted) != len(actual):
        return None
    parameters: dict[str, str] = {}
    for expected, value in zip(wanted, actual, strict=True):
        if expected.startswith("{") and value:
            parameters[expected.strip("{+}")] = value
        elif expected != value:
            return None
    return parameters


_deployments: dict[tuple[str, str, str], Deployment] = {}


def deployment(api_id: str, deployment_id: str, region: str) -> Deployment:
    """What this deployment serves."""
    key = (api_id, deployment_id, region)
    if key not in _deployments:
        _deployments[key] = _read(api_id, region)
    return _deployments[key]


@operation("apigateway", "CreateDeployment")
def _create_deployment(call: Call) -> dict[str, Any]:
    """moto's record of it, and the API as it is now."""
    told = call.forward_parsed()
    deployment(call.params["restApiId"], told["id"], call.region)
    return told


@operation("apigateway", "DeleteDeployment")
def _delete_deployment(call: Call) -> Response:
    _deployments.pop((call.params["restApiId"], call.params["deploymentId"], call.region), None)
    return call.forward()


@operation("apigateway", "DeleteRestApi")
def _delete_rest_api(call: Call) -> Response:
    for key in [key for key in _deployments if key[0] == call.params["restApiId"]]:
        _deployments.pop(key, None)
    return call.forward()


def _read(api_id: str, region: str) -> Deployment:
    gateway = aws.client("apigateway", region)
    validators = {v["id"]: v for v in gateway.get_request_validators(restApiId=api_id)["items"]}
    resources = gateway.get_resources(restApiId=api_id, limit=500, embed=["methods"])["items"]
    methods: list[Method] = []
    for resource in resources:
        for http_method in resource.get("resourceMethods", {}):
            described = gateway.get_method(
                restApiId=api_id, resourceId=resource["id"], httpMethod=http_method
            )
            methods.append(_method(gateway, api_id, resource["path"], described, validators))
    responses = {r["responseType"]: r for r in gateway.get_gateway_responses(restApiId=api_id)["items"]}
    media_types = gateway.get_rest_api(restApiId=api_id).get("binaryMediaTypes") or ()
    return Deployment(tuple(methods), responses, tuple(media_types))


def _method(
    gateway: Any, api_id: str, path: str, described: dict[str, Any], validators: dict[str, dict[str, Any]]
) -> Method:
    validator = validators.get(described.get("requestValidatorId", ""), {})
    models = described.get("requestModels") or {}
    schemas = {
        content_type: json.loads(gateway.get_model(restApiId=api_id, modelName=model)["schema"])
        for content_type, model in models.items()
    }
    parameters: dict[str, bool] = described.get("requestParameters") or {}
    return Method(
        resource_path=path,
        http_method=described["httpMethod"],
        authorization=described.get("authorizationType", "NONE"),
        integration=described.get("methodIntegration", {}),
        validate_body=bool(validator.get("validateRequestBody")),
        validate_parameters=bool(validator.get("validateRequestParameters")),
        body_schemas=schemas,
        required_parameters=tuple(name for name, needed in parameters.items() if needed),
    )
