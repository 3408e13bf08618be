"""What is remembered of a model's releases: what was verified live, and what was live when it was parked."""

from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_lifecycle import names


class ReleaseMemory(Construct):
    """The two SSM parameters of one model. A later deploy leaves their values alone.

    Props:
        environment: name of the environment.
        model: name of the model.

    Attributes: releases (written by release_check only), parked (written by rotate only).
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: str, model: str) -> None:
        super().__init__(scope, construct_id)
        self.releases = ssm.StringParameter(
            self,
            "Releases",
            parameter_name=names.releases_parameter(environment, model),
            string_value=names.NO_RELEASES,
            description=f"What was verified live of {model}, newest last",
        )
        self.parked = ssm.StringParameter(
            self,
            "Parked",
            parameter_name=names.parked_parameter(environment, model),
            string_value=names.NOT_PARKED,
            description=f"Package of {model} that was live when it was parked; - when it is not parked",
        )
