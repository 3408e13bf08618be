"""Which environment, which account, which models: what every command begins with."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3.session
from botocore.config import Config
from botocore.exceptions import ClientError, NoRegionError

from sagemaker_lifecycle import names
from sagemaker_lifecycle.environments import DEFAULT_ENVIRONMENT, environment_named
from sagemaker_lifecycle.model_specs import UnknownModel, load_models, named
from sagemaker_lifecycle.spec import ModelSpec

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder: models/, app.py and the CDK CLI lie below it."""


MODELS_VARIABLE = "LIFECYCLE_MODELS"
"""Environment variable with another folder of models than the project's own."""


NO_REGION = "no AWS region is configured: set AWS_REGION, or `aws configure`"


class CommandError(Exception):
    """What a person did or met that a command cannot go on from; the message is all that is shown."""


class NotDeployed(CommandError):
    """A stack that the command needs is not there."""


@dataclass(frozen=True)
class Session:
    """One environment in the account that the credentials belong to. ``local`` when it is the emulator."""

    environment: str = DEFAULT_ENVIRONMENT

    def __post_init__(self) -> None:
        """Raises CommandError, naming those that there are, for an environment that the app does not have."""
        try:
            environment_named(self.environment)
        except ValueError as error:
            raise CommandError(str(error)) from error

    @property
    def local(self) -> bool:
        """Whether the calls go to an emulator instead of AWS."""
        return bool(os.environ.get("AWS_ENDPOINT_URL"))

    @property
    def how_to_deploy(self) -> str:
        """The command that deploys what is not."""
        if self.local:
            named = "" if self.environment == DEFAULT_ENVIRONMENT else f" ENVIRONMENT={self.environment}"
            return f"`make deploy-local{named}`"
        return f"`npx cdk deploy --all -c environment={self.environment}`"

    def client(self, service: str) -> Any:
        """A boto3 client, made once a service."""
        return _client(service)

    @property
    def configured_region(self) -> str | None:
        """The region, if there is one."""
        return boto3.session.Session().region_name

    @property
    def region(self) -> str:
        """Raises CommandError when no region is configured."""
        region = self.configured_region
        if not region:
            raise CommandError(NO_REGION)
        return region

    def invoke(self, function: str, payload: dict[str, Any], what: str) -> dict[str, Any]:
        """The function's answer. Raises CommandError, which begins with `what`, where it fails itself."""
        answer = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        result = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise CommandError(f"{what}: {result.get('errorMessage', result)}")
        return result

    def models(self) -> tuple[ModelSpec, ...]:
        """Every model below models/. Raises SpecError."""
        return load_models(models_folder())

    def model(self, name: str) -> ModelSpec:
        """Raises CommandError for a name that no folder has, SpecError for mistakes in that model's file."""
        try:
            return named(models_folder(), name)
        except UnknownModel as error:
            raise CommandError(str(error)) from error

    def stack(self, name: str) -> dict[str, Any]:
        """DescribeStacks of one stack. Raises NotDeployed when it is not there."""
        with self.asking_for(name):
            return self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]

    @contextmanager
    def asking_for(self, name: str) -> Generator[None]:
        """Around a question to CloudFormation about the stack: raises NotDeployed when it is not there."""
        try:
            yield
        except ClientError as error:
            if "does not exist" in str(error):
                raise NotDeployed(f"the stack {name} is not deployed: {self.how_to_deploy}") from error
            raise

    def output(self, stack: str, key: str) -> str:
        """An output of the stack ``foundation``, ``training``, ``inference`` ...

        Raises CommandError when the stack or the output is not there.
        """
        described = self.stack(names.stack_name(self.environment, stack))
        for output in described.get("Outputs", []):
            if output["OutputKey"] == key:
                return output["OutputValue"]
        raise CommandError(f"the stack {described['StackName']} has no output {key}: deploy it again")

    def endpoint_stack(self, model: str) -> dict[str, Any]:
        """The model's endpoint stack, with its parameters: the truth about what is released."""
        return self.stack(names.endpoint_stack_name(self.environment, model))


@functools.cache
def _client(service: str) -> Any:
    try:
        return boto3.session.Session().client(
            service,  # pyright: ignore[reportArgumentType]
            config=Config(retries={"mode": "standard", "max_attempts": 5}, read_timeout=120),
        )
    except NoRegionError as error:
        raise CommandError(NO_REGION) from error


def models_folder() -> Path:
    """The folder of models: LIFECYCLE_MODELS, or models/ of the project. Always absolute."""
    return Path(os.environ.get(MODELS_VARIABLE) or ROOT / "models").absolute()


def parameter(stack: dict[str, Any], key: str) -> str:
    """The value of a parameter of a described stack, "" where it has none."""
    values = {p["ParameterKey"]: p.get("ParameterValue", "") for p in stack.get("Parameters", [])}
    return values.get(key, "")
