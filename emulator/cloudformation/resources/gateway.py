"""AWS::ApiGateway: REST APIs, their resources, methods, deployments and stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext
from emulator.cloudformation.resources.base import (
    ApiProvider,
    DirectProvider,
    TagOperations,
    changed,
    registered,
)
from emulator.cloudformation.resources.requests import text

Patch = dict[str, str]

_TAGS = TagOperations("resourceArn", keys="tagKeys")


def replace(path: str, value: Any) -> Patch:
    """A patch operation that sets ``path``."""
    return {"op": "replace", "path": path, "value": str(text(value))}


def replace_changed(old: Properties, new: Properties, paths: Mapping[str, str]) -> list[Patch]:
    """Patches for the properties that differ; ``paths`` names the path of each. Gone ones become empty."""
    return [replace(path, new.get(name, "")) for name, path in paths.items() if changed(old, new, name)]


@registered
class RestApi(ApiProvider):
    """AWS::ApiGateway::RestApi."""

    type = "AWS::ApiGateway::RestApi"
    service = "apigateway"
    handled = frozenset(
        {
            "ApiKeySourceType", "BinaryMediaTypes", "Description", "DisableExecuteApiEndpoint",
            "EndpointConfiguration", "MinimumCompressionSize", "Name", "Policy", "Tags",
        }
    )  # fmt: skip
    tag_operations = _TAGS

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateRestApi."""
        left = ("ApiKeySourceType", "Tags")
        rest = {key: value for key, value in properties.items() if key not in left}
        answer = self.call(
            context,
            "CreateRestApi",
            apiKeySource=properties.get("ApiKeySourceType"),
            **rest,
            **self.tags_for(context, "CreateRestApi", properties),
        )
        return answer["id"]

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateRestApi with what differs."""
        paths = {
            "ApiKeySourceType": "/apiKeySource",
            "Description": "/description",
            "DisableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
            "MinimumCompressionSize": "/minimumCompressionSize",
            "Name": "/name",
            "Policy": "/policy",
        }
        patches = replace_changed(old, new, paths)
        patches += _media_types(old.get("BinaryMediaTypes", []), new.get("BinaryMediaTypes", []))
        before = old.get("EndpointConfiguration", {}).get("Types", ["EDGE"])
        after = new.get("EndpointConfiguration", {}).get("Types", ["EDGE"])
        if before != after:
            patches.append(replace(f"/endpointConfiguration/types/{before[0]}", after[0]))
        if patches:
            self.call(context, "UpdateRestApi", restApiId=physical_id, patchOperations=patches)

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """ARN."""
        return _arn(context, f"restapis/{physical_id}")

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Id, and that of the resource ``/``."""
        resources = self.call(context, "GetResources", restApiId=physical_id)["items"]
        root = next(item["id"] for item in resources if item["path"] == "/")
        return {"RestApiId": physical_id, "RootResourceId": root}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteRestApi."""
        self.call(context, "DeleteRestApi", restApiId=physical_id)


def _arn(context: ResourceContext, path: str) -> str:
    return f"arn:{context.partition}:apigateway:{context.region}::/{path}"


def _escaped(path: str) -> str:
    """A value as one step of a patch path (RFC 6901)."""
    return path.replace("~", "~0").replace("/", "~1")


def _media_types(before: Iterable[str], after: Iterable[str]) -> list[Patch]:
    added = [{"op": "add", "path": f"/binaryMediaTypes/{_escaped(kind)}"} for kind in {*after} - {*before}]
    gone = [{"op": "remove", "path": f"/binaryMediaTypes/{_escaped(kind)}"} for kind in {*before} - {*after}]
    return sorted([*gone, *added], key=lambda patch: patch["path"])


@registered
class Resource(DirectProvider):
    """AWS::ApiGateway::Resource; every property of it is create-only."""

    type = "AWS::ApiGateway::Resource"
    service = "apigateway"
    handled = frozenset({"ParentId", "PathPart", "RestApiId"})
    creates = "CreateResource"
    deletes = "DeleteResource"
    addressed_by = "resourceId"
    identified_by = "id"
    parent = "RestApiId"

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its id."""
        return {"ResourceId": physical_id}


_PUT_METHOD = (
    "ApiKeyRequired", "AuthorizationScopes", "AuthorizationType", "AuthorizerId", "OperationName",
    "RequestModels", "RequestParameters", "RequestValidatorId",
)  # fmt: skip


@registered
class Method(ApiProvider):
    """AWS::ApiGateway::Method, with its integration and responses."""

    type = "AWS::ApiGateway::Method"
    service = "apigateway"
    note = "the integration that answers is AWS_PROXY to a function"
    handled = frozenset(
        {*_PUT_METHOD, "HttpMethod", "Integration", "MethodResponses", "ResourceId", "RestApiId"}
    )

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """PutMethod, PutIntegration and their responses."""
        method = {
            "restApiId": properties["RestApiId"],
            "resourceId": properties["ResourceId"],
            "httpMethod": properties["HttpMethod"],
        }
        rest = {key: properties[key] for key in _PUT_METHOD if key in properties}
        rest.setdefault("AuthorizationType", "NONE")
        self.call(context, "PutMethod", **method, **rest)
        for response in properties.get("MethodResponses", []):
            self.call(context, "PutMethodResponse", **method, **response)
        if "Integration" in properties:
            self._integrate(context, method, dict(properties["Integration"]))
        return context.generated_name(64)

    def _integrate(
        self, context: ResourceContext, method: Mapping[str, Any], integration: dict[str, Any]
    ) -> None:
        responses = integration.pop("IntegrationResponses", [])
        verb = integration.pop("IntegrationHttpMethod", None)
        self.call(context, "PutIntegration", **method, integrationHttpMethod=verb, **integration)
        for response in responses:
            self.call(context, "PutIntegrationResponse", **method, **response)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Delete it and put it anew: what the template no longer has must go."""
        self.delete(context, physical_id, old)
        self.make(context, new)

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteMethod."""
        self.call(
            context,
            "DeleteMethod",
            restApiId=properties["RestApiId"],
            resourceId=properties["ResourceId"],
            httpMethod=properties["HttpMethod"],
        )


@registered
class Model(ApiProvider):
    """AWS::ApiGateway::Model."""

    type = "AWS::ApiGateway::Model"
    service = "apigateway"
    handled = frozenset({"ContentType", "Description", "Name", "RestApiId", "Schema"})

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateModel; a generated name has letters and digits only, as API Gateway wants it."""
        generated = "".join(filter(str.isalnum, context.generated_name(128)))
        name = str(properties.get("Name", generated))
        rest = {key: value for key, value in properties.items() if key != "Name"}
        rest.setdefault("ContentType", "application/json")
        self.call(context, "CreateModel", name=name, **rest)
        return name

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateModel with what differs."""
        patches = replace_changed(old, new, {"Schema": "/schema", "Description": "/description"})
        self.call(
            context,
            "UpdateModel",
            restApiId=new["RestApiId"],
            modelName=physical_id,
            patchOperations=patches,
        )

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteModel."""
        self.call(context, "DeleteModel", restApiId=properties["RestApiId"], modelName=physical_id)


@registered
class RequestValidator(DirectProvider):
    """AWS::ApiGateway::RequestValidator."""

    type = "AWS::ApiGateway::RequestValidator"
    service = "apigateway"
    handled = frozenset({"Name", "RestApiId", "ValidateRequestBody", "ValidateRequestParameters"})
    creates = "CreateRequestValidator"
    deletes = "DeleteRequestValidator"
    addressed_by = "requestValidatorId"
    identified_by = "id"
    parent = "RestApiId"

    def parameters(self, properties: Properties) -> dict[str, Any]:
        """A validator without a name is allowed on AWS; moto wants one."""
        return {"Name": "", "ValidateRequestBody": False, "ValidateRequestParameters": False, **properties}

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateRequestValidator with what differs."""
        names = ("ValidateRequestBody", "ValidateRequestParameters")
        patches = [
            replace(f"/{name[0].lower()}{name[1:]}", new.get(name, False))
            for name in names
            if changed(old, new, name)
        ]
        self.call(
            context,
            "UpdateRequestValidator",
            restApiId=new["RestApiId"],
            requestValidatorId=physical_id,
            patchOperations=patches,
        )

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its id."""
        return {"RequestValidatorId": physical_id}


@registered
class Deployment(DirectProvider):
    """AWS::ApiGateway::Deployment."""

    type = "AWS::ApiGateway::Deployment"
    service = "apigateway"
    handled = frozenset({"Description", "RestApiId"})
    creates = "CreateDeployment"
    deletes = "DeleteDeployment"
    addressed_by = "deploymentId"
    identified_by = "id"
    parent = "RestApiId"

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateDeployment with what differs."""
        self.call(
            context,
            "UpdateDeployment",
            restApiId=new["RestApiId"],
            deploymentId=physical_id,
            patchOperations=replace_changed(old, new, {"Description": "/description"}),
        )

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its id."""
        return {"DeploymentId": physical_id}


@registered
class Account(ApiProvider):
    """AWS::ApiGateway::Account: the account's one role for API Gateway's logs."""

    type = "AWS::ApiGateway::Account"
    service = "apigateway"
    handled = frozenset({"CloudWatchRoleArn"})

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """UpdateAccount."""
        self._set(context, properties)
        return context.generated_name(64)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateAccount."""
        self._set(context, new)

    def _set(self, context: ResourceContext, properties: Properties) -> None:
        patch = replace("/cloudwatchRoleArn", properties.get("CloudWatchRoleArn", ""))
        self.call(context, "UpdateAccount", patchOperations=[patch])

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its id."""
        return {"Id": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Nothing: CloudFormation leaves the account's setting, as others may rely on it."""


@registered
class GatewayResponse(ApiProvider):
    """AWS::ApiGateway::GatewayResponse."""

    type = "AWS::ApiGateway::GatewayResponse"
    service = "apigateway"
    handled = frozenset(
        {"ResponseParameters", "ResponseTemplates", "ResponseType", "RestApiId", "StatusCode"}
    )

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """PutGatewayResponse."""
        self.call(context, "PutGatewayResponse", **properties)
        return context.generated_name(64)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """PutGatewayResponse over the one before."""
        self.call(context, "PutGatewayResponse", **new)

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its id."""
        return {"Id": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteGatewayResponse."""
        kind = properties["ResponseType"]
        self.call(context, "DeleteGatewayResponse", restApiId=properties["RestApiId"], responseType=kind)
