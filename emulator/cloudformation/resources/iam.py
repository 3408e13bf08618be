"""AWS::IAM: roles and policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from emulator.cloudformation.provider import Properties, ResourceContext
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, changed, registered
from emulator.cloudformation.resources.requests import is_gone


@registered
class Role(ApiProvider):
    """AWS::IAM::Role."""

    type = "AWS::IAM::Role"
    service = "iam"
    named_by = "RoleName"
    name_limit = 64
    handled = frozenset(
        {
            "AssumeRolePolicyDocument", "Description", "ManagedPolicyArns", "MaxSessionDuration", "Path",
            "PermissionsBoundary", "Policies", "RoleName", "Tags",
        }
    )  # fmt: skip
    tag_operations = TagOperations("RoleName", "TagRole", "UntagRole")

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateRole."""
        name = self.name(context, properties)
        left = ("ManagedPolicyArns", "Policies", "Tags", "RoleName")
        rest = {key: value for key, value in properties.items() if key not in left}
        tags = self.tags_for(context, "CreateRole", properties)
        self.call(context, "CreateRole", RoleName=name, **rest, **tags)
        return name

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Attached and inline policies."""
        role = physical_id
        before, after = set(old.get("ManagedPolicyArns", [])), set(new.get("ManagedPolicyArns", []))
        for arn in sorted(after - before):
            self.call(context, "AttachRolePolicy", RoleName=role, PolicyArn=arn)
        for arn in sorted(before - after):
            self.call(context, "DetachRolePolicy", RoleName=role, PolicyArn=arn)
        inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in new.get("Policies", [])}
        for name, document in inline.items():
            self.call(context, "PutRolePolicy", RoleName=role, PolicyName=name, PolicyDocument=document)
        for policy in old.get("Policies", []):
            if policy["PolicyName"] not in inline:
                self.call(context, "DeleteRolePolicy", RoleName=role, PolicyName=policy["PolicyName"])

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """What CreateRole had set, then the policies."""
        role = physical_id
        if changed(old, new, "AssumeRolePolicyDocument"):
            trust = new["AssumeRolePolicyDocument"]
            self.call(context, "UpdateAssumeRolePolicy", RoleName=role, PolicyDocument=trust)
        if changed(old, new, "Description", "MaxSessionDuration"):
            self.call(
                context,
                "UpdateRole",
                RoleName=role,
                Description=new.get("Description", ""),
                MaxSessionDuration=new.get("MaxSessionDuration", 3600),
            )
        if changed(old, new, "PermissionsBoundary"):
            if "PermissionsBoundary" in new:
                boundary = new["PermissionsBoundary"]
                self.call(context, "PutRolePermissionsBoundary", RoleName=role, PermissionsBoundary=boundary)
            else:
                self.call(context, "DeleteRolePermissionsBoundary", RoleName=role)
        self.configure(context, physical_id, old, new)

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """The role's name."""
        return physical_id

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and unique id, as IAM tells them."""
        role = self.call(context, "GetRole", RoleName=physical_id)["Role"]
        return {"Arn": role["Arn"], "RoleId": role["RoleId"]}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Detach and delete what the template declared, then DeleteRole; anything else is a conflict."""
        for arn in properties.get("ManagedPolicyArns", []):
            self._unless_gone(context, "DetachRolePolicy", RoleName=physical_id, PolicyArn=arn)
        for policy in properties.get("Policies", []):
            name = policy["PolicyName"]
            self._unless_gone(context, "DeleteRolePolicy", RoleName=physical_id, PolicyName=name)
        self.call(context, "DeleteRole", RoleName=physical_id)

    def _unless_gone(self, context: ResourceContext, operation: str, **parameters: Any) -> None:
        try:
            self.call(context, operation, **parameters)
        except ClientError as error:
            if not is_gone(error):
                raise


_HOLDERS = {"Roles": ("Role", "RoleName"), "Users": ("User", "UserName"), "Groups": ("Group", "GroupName")}


class _HeldPolicy(ApiProvider):
    """A policy that roles, users and groups hold."""

    service = "iam"

    def holders(self, properties: Properties) -> set[tuple[str, str, str]]:
        """(Role, RoleName, name) of each."""
        return {(*_HOLDERS[kind], str(name)) for kind in _HOLDERS for name in properties.get(kind) or []}

    def unhold(self, context: ResourceContext, operation: str, kind: str, **parameters: Any) -> None:
        """Call ``operation`` of that kind of holder; what is gone already is no error."""
        try:
            self.call(context, operation.format(kind), **parameters)
        except ClientError as error:
            if not is_gone(error):
                raise


@registered
class Policy(_HeldPolicy):
    """AWS::IAM::Policy, an inline policy."""

    type = "AWS::IAM::Policy"
    handled = frozenset({"Groups", "PolicyDocument", "PolicyName", "Roles", "Users"})

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """Nothing yet: an inline policy exists on its holders only."""
        return str(properties["PolicyName"])

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it on every holder, and take it from those that are no longer named."""
        name, document = str(new["PolicyName"]), new["PolicyDocument"]
        for kind, parameter, holder in sorted(self.holders(new)):
            self.call(
                context,
                f"Put{kind}Policy",
                PolicyName=name,
                PolicyDocument=document,
                **{parameter: holder},
            )
        old_name = old.get("PolicyName", name)
        gone = self.holders(old) if old_name != name else self.holders(old) - self.holders(new)
        for kind, parameter, holder in sorted(gone):
            self.unhold(context, "Delete{}Policy", kind, PolicyName=old_name, **{parameter: holder})

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Never: a new name is put before the old one is taken away."""
        return False

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its id."""
        return {"Id": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Take it from every holder."""
        for kind, parameter, holder in sorted(self.holders(properties)):
            name = properties["PolicyName"]
            self.unhold(context, "Delete{}Policy", kind, PolicyName=name, **{parameter: holder})


@registered
class ManagedPolicy(_HeldPolicy):
    """AWS::IAM::ManagedPolicy."""

    type = "AWS::IAM::ManagedPolicy"
    named_by = "ManagedPolicyName"
    name_limit = 128
    handled = frozenset(
        {"Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users"}
    )

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreatePolicy."""
        answer = self.call(
            context,
            "CreatePolicy",
            PolicyName=self.name(context, properties),
            Path=properties.get("Path"),
            Description=properties.get("Description"),
            PolicyDocument=properties["PolicyDocument"],
        )
        return answer["Policy"]["Arn"]

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Attach it to every holder; a changed document is a new default version."""
        if old and changed(old, new, "PolicyDocument"):
            self._drop_versions(context, physical_id)
            self.call(
                context,
                "CreatePolicyVersion",
                PolicyArn=physical_id,
                PolicyDocument=new["PolicyDocument"],
                SetAsDefault=True,
            )
        for kind, parameter, holder in sorted(self.holders(new) - self.holders(old)):
            self.call(context, f"Attach{kind}Policy", PolicyArn=physical_id, **{parameter: holder})
        for kind, parameter, holder in sorted(self.holders(old) - self.holders(new)):
            self.unhold(context, "Detach{}Policy", kind, PolicyArn=physical_id, **{parameter: holder})

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """What GetPolicy tells."""
        policy = self.call(context, "GetPolicy", PolicyArn=physical_id)["Policy"]
        names = ("AttachmentCount", "DefaultVersionId", "IsAttachable", "PolicyId")
        return {"PolicyArn": physical_id, **{name: policy[name] for name in names if name in policy}}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Detach it from the holders declared, delete its versions, DeletePolicy."""
        for kind, parameter, holder in sorted(self.holders(properties)):
            self.unhold(context, "Detach{}Policy", kind, PolicyArn=physical_id, **{parameter: holder})
        self._drop_versions(context, physical_id)
        self.call(context, "DeletePolicy", PolicyArn=physical_id)

    def _drop_versions(self, context: ResourceContext, arn: str) -> None:
        for version in self.call(context, "ListPolicyVersions", PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                self.call(context, "DeletePolicyVersion", PolicyArn=arn, VersionId=version["VersionId"])
