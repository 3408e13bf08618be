"""What a stage serves: the routes of its deployment, read once, as a later change needs a new deployment."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from emulator import aws


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
    """All methods of an API and its gateway responses, as they were when the deployment was first asked."""

    methods: tuple[Method, ...]
    responses: dict[str, dict[str, Any]]

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


@functools.lru_cache(maxsize=64)
def deployment(api_id: str, deployment_id: str, region: str) -> Deployment:
    """The snapshot of a deployment. ``deployment_id`` is the key: a new one reads the API anew."""
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
    return Deployment(tuple(methods), responses)


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
