"""AWS::ECR: repositories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, changed, registered


@registered
class Repository(ApiProvider):
    """AWS::ECR::Repository."""

    type = "AWS::ECR::Repository"
    service = "ecr"
    note = "no image can be pushed: there is no registry behind the address"
    fidelity = "stub"
    named_by = "RepositoryName"
    name_lower = True
    handled = frozenset(
        {
            "EmptyOnDelete", "EncryptionConfiguration", "ImageScanningConfiguration", "ImageTagMutability",
            "LifecyclePolicy", "RepositoryName", "RepositoryPolicyText", "Tags",
        }
    )  # fmt: skip
    tag_operations = TagOperations("resourceArn", keys="tagKeys")

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateRepository."""
        name = self.name(context, properties)
        self.call(
            context,
            "CreateRepository",
            repositoryName=name,
            encryptionConfiguration=properties.get("EncryptionConfiguration"),
            imageScanningConfiguration=properties.get("ImageScanningConfiguration"),
            imageTagMutability=properties.get("ImageTagMutability"),
            **self.tags_for(context, "CreateRepository", properties),
        )
        return name

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Life-cycle policy and resource policy."""
        if changed(old, new, "LifecyclePolicy"):
            document = new.get("LifecyclePolicy", {}).get("LifecyclePolicyText")
            if document:
                self.call(
                    context, "PutLifecyclePolicy", repositoryName=physical_id, lifecyclePolicyText=document
                )
            else:
                self.call(context, "DeleteLifecyclePolicy", repositoryName=physical_id)
        if changed(old, new, "RepositoryPolicyText"):
            document = new.get("RepositoryPolicyText")
            if document:
                self.call(context, "SetRepositoryPolicy", repositoryName=physical_id, policyText=document)
            else:
                self.call(context, "DeleteRepositoryPolicy", repositoryName=physical_id)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Mutability and scanning, then the policies."""
        if changed(old, new, "ImageTagMutability"):
            wanted = new.get("ImageTagMutability", "MUTABLE")
            self.call(context, "PutImageTagMutability", repositoryName=physical_id, imageTagMutability=wanted)
        if changed(old, new, "ImageScanningConfiguration"):
            wanted = new.get("ImageScanningConfiguration", {"scanOnPush": False})
            self.call(
                context,
                "PutImageScanningConfiguration",
                repositoryName=physical_id,
                imageScanningConfiguration=wanted,
            )
        self.configure(context, physical_id, old, new)

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and address."""
        host = f"{context.account}.dkr.ecr.{context.region}.amazonaws.com"
        arn = f"arn:{context.partition}:ecr:{context.region}:{context.account}:repository/{physical_id}"
        return {"Arn": arn, "RepositoryUri": f"{host}/{physical_id}"}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteRepository; with images only when EmptyOnDelete says so."""
        self.call(
            context,
            "DeleteRepository",
            repositoryName=physical_id,
            force=properties.get("EmptyOnDelete", False),
        )
