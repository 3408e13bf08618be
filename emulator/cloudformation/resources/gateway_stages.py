"""AWS::ApiGateway: stages and usage plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext, ResourceFailure
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, changed, registered
from emulator.cloudformation.resources.gateway import Patch, replace, replace_changed

_TAGS = TagOperations("resourceArn", keys="tagKeys")

_METHOD_SETTINGS = {
    "CacheDataEncrypted": "caching/dataEncrypted",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CachingEnabled": "caching/enabled",
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}


def method_setting_patches(setting: Mapping[str, Any]) -> list[Patch]:
    """One item of MethodSettings as patches, such as ``/*/*/throttling/rateLimit``."""
    unknown = set(setting) - {*_METHOD_SETTINGS, "HttpMethod", "ResourcePath"}
    if unknown:
        raise ResourceFailure(
            f"the emulator does not handle property MethodSettings.{', '.join(sorted(unknown))}"
        )
    where = _where(setting)
    return [
        replace(f"/{where}/{path}", setting[name])
        for name, path in _METHOD_SETTINGS.items()
        if name in setting
    ]


def _where(setting: Mapping[str, Any]) -> str:
    """``*/*`` for all methods; ``~1models~1{model}/POST`` for one (RFC 6901)."""
    resource = str(setting.get("ResourcePath", "/*"))
    step = "*" if resource == "/*" else resource.replace("~", "~0").replace("/", "~1")
    return f"{step}/{setting.get('HttpMethod', '*')}"


@registered
class Stage(ApiProvider):
    """AWS::ApiGateway::Stage."""

    type = "AWS::ApiGateway::Stage"
    service = "apigateway"
    note = "no cache and no traces"
    handled = frozenset(
        {
            "AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "DeploymentId", "Description",
            "MethodSettings", "RestApiId", "StageName", "Tags", "TracingEnabled", "Variables",
        }
    )  # fmt: skip
    tag_operations = _TAGS

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateStage."""
        left = ("AccessLogSetting", "MethodSettings", "Tags")
        rest = {key: value for key, value in properties.items() if key not in left}
        tags = self.tags_for(context, "CreateStage", properties)
        self.call(context, "CreateStage", **rest, **tags)
        return str(properties["StageName"])

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Access log and method settings."""
        self._update(context, new, [*_access_log(old, new), *_method_settings(old, new)])

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateStage with what differs."""
        paths = {
            "CacheClusterSize": "/cacheClusterSize",
            "DeploymentId": "/deploymentId",
            "Description": "/description",
        }
        patches = replace_changed(old, new, paths)
        for name, path in (
            ("CacheClusterEnabled", "/cacheClusterEnabled"),
            ("TracingEnabled", "/tracingEnabled"),
        ):
            if changed(old, new, name):
                patches.append(replace(path, new.get(name, False)))
        before, after = old.get("Variables", {}), new.get("Variables", {})
        patches += [replace(f"/variables/{name}", value) for name, value in after.items()]
        patches += [{"op": "remove", "path": f"/variables/{name}"} for name in before if name not in after]
        self._update(context, new, [*patches, *_access_log(old, new), *_method_settings(old, new)])

    def _update(self, context: ResourceContext, properties: Properties, patches: list[Patch]) -> None:
        if patches:
            self.call(
                context,
                "UpdateStage",
                restApiId=properties["RestApiId"],
                stageName=properties["StageName"],
                patchOperations=patches,
            )

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """ARN."""
        path = f"restapis/{properties['RestApiId']}/stages/{physical_id}"
        return f"arn:{context.partition}:apigateway:{context.region}::/{path}"

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteStage."""
        self.call(context, "DeleteStage", restApiId=properties["RestApiId"], stageName=physical_id)


def _access_log(old: Properties, new: Properties) -> list[Patch]:
    if not changed(old, new, "AccessLogSetting"):
        return []
    setting = new.get("AccessLogSetting")
    if not setting:
        return [{"op": "remove", "path": "/accessLogSettings"}]
    names = {"DestinationArn": "destinationArn", "Format": "format"}
    return [replace(f"/accessLogSettings/{names[key]}", value) for key, value in setting.items()]


def _method_settings(old: Properties, new: Properties) -> list[Patch]:
    if not changed(old, new, "MethodSettings"):
        return []
    gone = {_where(setting) for setting in old.get("MethodSettings", [])}
    patches: list[Patch] = [{"op": "remove", "path": f"/{where}"} for where in sorted(gone)]
    for setting in new.get("MethodSettings", []):
        patches += method_setting_patches(setting)
    return patches


@registered
class UsagePlan(ApiProvider):
    """AWS::ApiGateway::UsagePlan."""

    type = "AWS::ApiGateway::UsagePlan"
    service = "apigateway"
    fidelity = "stub"
    note = "kept and described; nothing is counted against it"
    handled = frozenset({"ApiStages", "Description", "Quota", "Tags", "Throttle", "UsagePlanName"})
    tag_operations = _TAGS

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateUsagePlan."""
        left = ("Tags", "UsagePlanName")
        rest = {key: value for key, value in properties.items() if key not in left}
        name = properties.get("UsagePlanName") or context.generated_name(128)
        tags = self.tags_for(context, "CreateUsagePlan", properties)
        return str(self.call(context, "CreateUsagePlan", name=name, **rest, **tags)["id"])

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Refused: nothing here needs it yet."""
        if {**old, "Tags": None} != {**new, "Tags": None}:
            raise ResourceFailure(f"the emulator does not handle an update of {self.type}")

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """ARN."""
        return f"arn:{context.partition}:apigateway:{context.region}::/usageplans/{physical_id}"

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its id."""
        return {"Id": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Take its stages off, then DeleteUsagePlan, which refuses a plan that has some."""
        stages = [f"{item['ApiId']}:{item['Stage']}" for item in properties.get("ApiStages", [])]
        patches = [{"op": "remove", "path": "/apiStages", "value": stage} for stage in stages]
        if patches:
            self.call(context, "UpdateUsagePlan", usagePlanId=physical_id, patchOperations=patches)
        self.call(context, "DeleteUsagePlan", usagePlanId=physical_id)
