"""All that trains one model: the definition, what starts it, who notices that it failed."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnOutput, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_lifecycle import arns, images, names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.image_uri import aws_image
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.container_image import digest_of, repository_of
from sagemaker_lifecycle.spec.user_script import HANDLERS
from sagemaker_lifecycle.training_alarms import TrainingAlarms
from sagemaker_lifecycle.training_champion import columns_hash, resolution
from sagemaker_lifecycle.training_code import TrainingCode
from sagemaker_lifecycle.training_data import TrainingData
from sagemaker_lifecycle.training_definition import TrainingDefinition
from sagemaker_lifecycle.training_request import definition_hash, training_job
from sagemaker_lifecycle.training_states import Step
from sagemaker_lifecycle.training_triggers import TrainingTriggers

_CODE = "/opt/ml/model/code"
# What the scikit-learn image serves, by kind of algorithm: the WSGI app inside model.tar.gz, or a user's
# handlers there, which AWS's server installs first (aws/sagemaker-containers, _server.py).
SERVING_ENVIRONMENTS = {
    "ours": {"SAGEMAKER_SERVING_MODULE": "wsgi:app", "PYTHONPATH": _CODE},
    "script": {"SAGEMAKER_PROGRAM": HANDLERS, "SAGEMAKER_SUBMIT_DIRECTORY": _CODE},
}


@dataclass(frozen=True, kw_only=True)
class TrainingPlatform:
    """What the trainings of all models share.

    image: URI of the container. code: algorithms/ as an asset. snapshot, register: the two functions.
    role: of the training jobs. serving_role: of the endpoints. key: encrypts what they store,
    in `artifact_bucket`.
    """

    environment: Environment
    image: str
    code: TrainingCode
    snapshot: lambda_.IFunction
    register: lambda_.IFunction
    role: iam.IRole
    serving_role: iam.IRole
    key: kms.IKey
    artifact_bucket: s3.IBucket


class ModelTraining(Construct):
    """A model's training on the shared platform, with data from `data`.

    Attributes: state_machine, alarms.
    """

    def __init__(
        self, scope: Construct, *, model: ModelSpec, platform: TrainingPlatform, data: TrainingData
    ) -> None:
        super().__init__(scope, model.name)
        code = _code(self, model, platform)
        image, tag = _image(self, model, platform)
        if model.image is not None:
            _may_pull(self, model.image, [platform.role, platform.serving_role])
        job = training_job(
            environment=platform.environment,
            model=model,
            image=image,
            code_uri=code.uri,
            preparing_image=platform.image,
            definition=definition_hash(model, code.content_hash, tag),
            role=platform.role,
            key=platform.key,
            artifact_bucket=platform.artifact_bucket,
        )
        self.state_machine = TrainingDefinition(
            self,
            "Definition",
            environment=platform.environment,
            model=model,
            job=job,
            source=_source(model, platform, data),
            register=_register(model, platform, code, image),
            training_role=platform.role,
            key=platform.key,
        ).state_machine
        TrainingTriggers(
            self, "Triggers", model=model, state_machine=self.state_machine, data_bucket=data.bucket
        )
        self.alarms = TrainingAlarms(
            self,
            "Alarms",
            environment=platform.environment.name,
            model=model.name,
            state_machine=self.state_machine,
        ).alarms
        CfnOutput(self, "StateMachineArn", value=self.state_machine.state_machine_arn)
        Tags.of(self).add("model", model.name)


def _image(scope: Construct, model: ModelSpec, platform: TrainingPlatform) -> tuple[str, str]:
    """The image that trains and serves, and what of it is part of the definition: no account, no region."""
    if model.image is not None:
        return model.image, digest_of(model.image)
    own = images.IMAGES.get(model.algorithm)
    if own is None:
        return platform.image, images.SCIKIT_LEARN.tag
    return aws_image(scope, own), f"{own.repository}:{own.tag}"


def _may_pull(scope: Construct, image: str, roles: list[iam.IRole]) -> None:
    """Let the roles read that one repository of ECR."""
    of = repository_of(image)
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    arn = f"arn:{arns.PARTITION}:ecr:{of.region}:{of.account}:repository/{of.name}"
    iam.Policy(
        scope, "Image", roles=roles, statements=[iam.PolicyStatement(actions=actions, resources=[arn])]
    )


@dataclass(frozen=True)
class _Code:
    """What trains: `s3://` address of its archive, None where the image has it, and a name of its content."""

    uri: str | None
    content_hash: str


def _code(scope: Construct, model: ModelSpec, platform: TrainingPlatform) -> _Code:
    """algorithms/, the folder of a model with a script of its own, or what an image's digest names."""
    if model.image is not None:
        return _Code(None, digest_of(model.image))
    code = platform.code
    if model.algorithm_facts.kind == "script":
        code = TrainingCode(scope, "Code", reader=platform.role, source=model.folder)
    return _Code(code.uri, code.content_hash)


def _source(model: ModelSpec, platform: TrainingPlatform, data: TrainingData) -> Step:
    return Step(
        platform.snapshot,
        {
            "model": model.name,
            "bucket": data.bucket.bucket_name,
            "prefix": data.prefix,
            "package_group": names.model_package_group_name(platform.environment.name, model.name),
            "manifests": f"s3://{platform.artifact_bucket.bucket_name}/{names.manifests_prefix(model.name)}",
            **_columns(model),
        },
    )


def _columns(model: ModelSpec) -> dict[str, str]:
    """What tells a champion that answers other rows; a script measures its champion itself."""
    return {"columns": columns_hash(model)} if model.algorithm_facts.kind == "built-in" else {}


def _register(model: ModelSpec, platform: TrainingPlatform, code: _Code, image: str) -> Step:
    gate = model.gate
    return Step(
        platform.register,
        {
            "model": model.name,
            "package_group": names.model_package_group_name(platform.environment.name, model.name),
            "image": image,
            "gate": {
                "metric": model.job_metric,
                "guess": f"baseline:{gate.metric}",
                **_of_champion(model),
                "direction": gate.direction,
                "threshold": gate.threshold,
                "margin": gate.margin,
            },
            "approval": gate.approval,
            "code_hash": code.content_hash,
            "environment": SERVING_ENVIRONMENTS.get(model.algorithm_facts.kind, {}),
            **_columns(model),
        },
    )


def _of_champion(model: ModelSpec) -> dict[str, Any]:
    """What the gate compares with when the champion is measured apart from the job."""
    if model.algorithm_facts.kind != "built-in":
        return {}
    return {"champion": f"champion:{model.gate.metric}", "resolution": resolution(model)}
