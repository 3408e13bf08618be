"""The registry's groups, one a model: every version that was ever trained, with its metrics and verdict."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Tags
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_lifecycle import names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.handler_function import HandlerFunction
from sagemaker_lifecycle.spec import ModelSpec


class ModelRegistry(Construct):
    """Model package groups by model name.

    They outlive their stack: the registry is the record of what was trained and released. To deploy again
    over retained groups: `cdk deploy --import-existing-resources`.

    Attributes: groups, a dict from the model's name to its group.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, models: Sequence[ModelSpec]
    ) -> None:
        super().__init__(scope, construct_id)
        self.groups = {model.name: self._group(environment, model) for model in models}

    def _group(self, environment: Environment, model: ModelSpec) -> sagemaker.CfnModelPackageGroup:
        group = sagemaker.CfnModelPackageGroup(
            self,
            model.name,
            model_package_group_name=names.model_package_group_name(environment.name, model.name),
            model_package_group_description=f"Versions of the model {model.name} in {environment.name}",
        )
        group.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        Tags.of(group).add("model", model.name)
        return group


def allow_listing_packages(function: HandlerFunction) -> None:
    """Let the function list the packages of every group: SageMaker knows no narrower right."""
    function.allow_without_resource(
        "Listing", "sagemaker:ListModelPackages", because="listing packages takes no resource"
    )
