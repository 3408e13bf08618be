"""A SageMaker model made from a package of the registry."""

from aws_cdk import CfnCondition
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct


class PackagedModel(Construct):
    """The containers of one model package, ready to be named by a variant.

    package: ARN of the model package version; it carries image, artefact and environment.
    execution_role: what the container may do; the model is made after the role's policies.
    condition: the model exists only while this holds.

    model_name: the generated name. It is generated because every property of a model replaces it, and a fixed
    name would collide with the model that is being replaced.

    The container has no network: it gets its artefact through SageMaker and nothing else.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: str,
        execution_role: iam.IRole,
        condition: CfnCondition,
    ) -> None:
        super().__init__(scope, construct_id)
        model = sagemaker.CfnModel(
            self,
            "Resource",
            execution_role_arn=execution_role.role_arn,
            enable_network_isolation=True,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(model_package_name=package),
        )
        model.cfn_options.condition = condition
        # The L1 refers to the role only: without this it can be made before the role's policies are there.
        model.node.add_dependency(execution_role)
        self.model_name = model.attr_model_name
