"""A model's endpoint stack as the rotate function finds it, and the function itself, run in this process."""

from __future__ import annotations

import io
import itertools
import json
import tarfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Response

from emulator import aws, faults
from emulator.edge import Call
from sagemaker_lifecycle import names
from tests.integration.deployment import settle
from tests.integration.rotation.deployed import ENVIRONMENT, MODEL, loaded
from tests.waiting import eventually

Client = Callable[..., Any]

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"

# Answers the number of its version, and starts in a fraction of the time that numpy takes to import.
WSGI = """
import json, pathlib
version = json.loads(pathlib.Path(__file__).with_name("version.json").read_text())
if version < 0:
    raise RuntimeError("this model is broken")
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    rows = len(json.loads(body)["instances"]) if body else 1
    return [json.dumps({"predictions": [version] * rows}).encode()]
"""


def _artefact(version: int) -> bytes:
    """A model that answers with this number."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, text in {"code/wsgi.py": WSGI, "code/version.json": str(version)}.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return raw.getvalue()


@dataclass
class World:
    """The deployed model. Packages are numbered by the registry; each answers with a number of its own."""

    client: Client
    model: str = MODEL
    tries: int = 1
    _versions: Any = field(default_factory=lambda: itertools.count(1))
    _found: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    _updates: int = 0

    def __post_init__(self) -> None:
        self.stack = names.endpoint_stack_name(ENVIRONMENT, self.model)
        self.endpoint_name = names.endpoint_name(ENVIRONMENT, self.model)
        self.group = names.model_package_group_name(ENVIRONMENT, self.model)
        configuration = self.client("lambda").get_function_configuration(FunctionName=self.function)
        self.role: str = configuration["Role"]
        self.role_name = self.role.rpartition("/")[2]
        self.environment: dict[str, str] = configuration["Environment"]["Variables"]
        self.release_role = self.environment["RELEASE_ROLE_ARN"]
        self.rotate = loaded("rotate", self.environment, self.role, self.tries)

    def count(self, call: Call, response: Response) -> None:
        """An observer of the front door: counts the updates that begin."""
        self._updates += call.operation == "UpdateStack" and response.status_code == 200

    def of(self, model: str) -> World:
        """The same of another model of the app."""
        return World(self.client, model)

    def with_tries(self, tries: int) -> World:
        """The same with a function whose SDK tries a call so often."""
        return World(self.client, self.model, tries)

    # What is deployed

    def resource(self, stack: str, kind: str, word: str) -> str:
        """Physical id of the one resource of that type whose logical id contains the word."""
        if (stack, kind, word) not in self._found:
            self._found[stack, kind, word] = self._resource(stack, kind, word)
        return self._found[stack, kind, word]

    def _resource(self, stack: str, kind: str, word: str) -> str:
        listed = self.client("cloudformation").describe_stack_resources(
            StackName=names.stack_name(ENVIRONMENT, stack)
        )["StackResources"]
        [found] = [
            one["PhysicalResourceId"]
            for one in listed
            if one["ResourceType"] == kind and word in one["LogicalResourceId"]
        ]
        return found

    def outputs(self, stack: str) -> dict[str, str]:
        """Outputs of one of the app's stacks."""
        name = names.stack_name(ENVIRONMENT, stack)
        [described] = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        return {entry["OutputKey"]: entry["OutputValue"] for entry in described["Outputs"]}

    def logical_id(self, kind: str) -> str:
        """Logical id of the endpoint stack's one resource of that type."""
        listed = self.client("cloudformation").describe_stack_resources(StackName=self.stack)
        [found] = [
            one["LogicalResourceId"] for one in listed["StackResources"] if one["ResourceType"] == kind
        ]
        return found

    @property
    def function(self) -> str:
        """Name of the rotate function."""
        return self.resource("inference", "AWS::Lambda::Function", "Rotate")

    def queue(self, word: str) -> str:
        """URL of the approval queue (`Queue`) or of its dead-letter queue (`DeadLetters`)."""
        return self.resource("inference", "AWS::SQS::Queue", f"Approvals{word}")

    def queue_arn(self, word: str) -> str:
        """ARN of the same."""
        attributes = self.client("sqs").get_queue_attributes(
            QueueUrl=self.queue(word), AttributeNames=["QueueArn"]
        )
        return attributes["Attributes"]["QueueArn"]

    def letters(self, word: str) -> int:
        """How many messages the queue holds, in flight or not."""
        attributes = self.client("sqs").get_queue_attributes(
            QueueUrl=self.queue(word), AttributeNames=["All"]
        )["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"]) + int(
            attributes["ApproximateNumberOfMessagesNotVisible"]
        )

    def drain(self, word: str) -> None:
        """Delete what is visible in the queue (SQS purges one once a minute only)."""
        sqs, url = self.client("sqs"), self.queue(word)
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def log_of_function(self) -> list[str]:
        """What the deployed function has logged so far."""
        logs = self.client("logs")
        group = self.client("lambda").get_function_configuration(FunctionName=self.function)["LoggingConfig"][
            "LogGroup"
        ]
        return [one["message"] for one in logs.filter_log_events(logGroupName=group)["events"]]

    def feed(self, enabled: bool) -> None:
        """Whether the approval queue feeds the function."""
        mappings = self.client("lambda").list_event_source_mappings(FunctionName=self.function)
        [mapping] = mappings["EventSourceMappings"]
        self.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)

    def chill(self) -> None:
        """No warm worker is left: the function's next event starts it cold, with a new log stream."""
        self.client("lambda").update_function_configuration(FunctionName=self.function, MemorySize=256)

    # What happens

    def ask(self, action: str, **more: Any) -> dict[str, Any]:
        """The rotate function's answer to a direct request."""
        event = {"action": action, "model": self.model, **more}
        return self.rotate.handler({key: value for key, value in event.items() if value is not None}, None)

    def deliver(self, *ids: str) -> list[str]:
        """Approval events, delivered in one batch; the ids of those that come again."""
        body = json.dumps({"detail": {"ModelPackageGroupName": self.group}})
        return self._handle([{"messageId": identifier, "body": body} for identifier in ids or ("m0",)])

    def tell_of_stack(self, event: dict[str, Any]) -> list[str]:
        """What EventBridge makes of an event of the stack's status, as `deliver`."""
        detail = {
            "stack-id": event["StackId"],
            "status-details": {"status": event["ResourceStatus"]},
            "client-request-token": event["ClientRequestToken"],
        }
        return self._handle([{"messageId": "m0", "body": json.dumps({"detail": detail})}])

    def _handle(self, records: list[dict[str, str]]) -> list[str]:
        try:
            answer = self.rotate.handler({"Records": records}, None)
        except Exception:  # Lambda shows them all again
            return [record["messageId"] for record in records]
        return [item["itemIdentifier"] for item in answer["batchItemFailures"]]

    def register(self, status: str = "Approved", *, broken: bool = False, answers: int | None = None) -> str:
        """A new package; its ARN. A broken one never answers its ping; `answers` is what it predicts."""
        version = next(self._versions)
        key = f"{names.jobs_prefix(self.model)}{version}/model.tar.gz"
        bucket = self.resource("foundation", "AWS::S3::Bucket", "Artifact")
        self.client("s3").put_object(
            Bucket=bucket, Key=key, Body=_artefact(-1 if broken else answers or version)
        )
        return self.client("sagemaker").create_model_package(
            ModelPackageGroupName=self.group,
            ModelApprovalStatus=status,
            InferenceSpecification={
                "Containers": [
                    {
                        "Image": IMAGE,
                        "ModelDataUrl": f"s3://{bucket}/{key}",
                        "Environment": {
                            "SAGEMAKER_SERVING_MODULE": "wsgi:app",
                            "PYTHONPATH": "/opt/ml/model/code",
                        },
                    }
                ],
                "SupportedContentTypes": ["application/json"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
        )["ModelPackageArn"]

    def fire(self, word: str) -> None:
        """The time of the inference stack's scheduled rule whose logical id contains the word has come."""
        rule = self.resource("inference", "AWS::Events::Rule", word).rpartition("|")[2]
        url = f"{aws.endpoint_url()}/_emulator/events/fire?rule={rule}"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=10) as answer:
            assert len(json.load(answer)["fired"]) == 1

    def judge(self, package: str, status: str) -> None:
        """Approve or reject a package."""
        self.client("sagemaker").update_model_package(ModelPackageArn=package, ModelApprovalStatus=status)

    def settle(self) -> dict[str, Any]:
        """The endpoint stack, once nothing goes on in it."""
        return settle(self.client, self.stack)

    def continue_rollback(self, *skipped: str) -> str:
        """Goes on with a roll-back that failed, without these resources; the stack's status after it."""
        self.client("cloudformation").continue_update_rollback(
            StackName=self.stack, ResourcesToSkip=list(skipped)
        )
        return self.settle()["StackStatus"]

    def mend(self) -> None:
        """Out of UPDATE_ROLLBACK_FAILED, if need be without what cannot be rolled back."""
        stuck = self.settle()["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
        if stuck and self.continue_rollback() == "UPDATE_ROLLBACK_FAILED":
            self.continue_rollback(*self.failed_resources())

    def failed_resources(self) -> list[str]:
        """Logical ids of what could not be rolled back."""
        listed = self.client("cloudformation").describe_stack_resources(StackName=self.stack)
        return [
            one["LogicalResourceId"]
            for one in listed["StackResources"]
            if one["ResourceStatus"] == "UPDATE_FAILED"
        ]

    def released(self, package: str | None = None) -> str:
        """Release a package (a new one by default) and wait for it; its ARN."""
        package = package or self.register()
        answer = self.ask("release", package=package)
        assert answer["outcome"] == "started", answer
        self.settle()
        self.assert_live(package)
        return package

    # What there is

    def parameters(self) -> dict[str, str]:
        """The endpoint stack's parameters."""
        stack = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        return {entry["ParameterKey"]: entry["ParameterValue"] for entry in stack["Parameters"]}

    @property
    def champion(self) -> str:
        """The package that the stack's parameters name."""
        return self.parameters()["ChampionPackage"]

    def memory(self, name: str) -> str | None:
        """Text of the SSM parameter, None when there is none."""
        try:
            return self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        except self.client("ssm").exceptions.ParameterNotFound:
            return None

    @property
    def parked(self) -> str | None:
        """What was live when the model was parked; None while it is awake."""
        value = self.memory(names.parked_parameter(ENVIRONMENT, self.model))
        return None if self.champion else value

    def ledger(self) -> list[dict[str, Any]]:
        """The ledger of releases, newest last."""
        return json.loads(self.memory(names.releases_parameter(ENVIRONMENT, self.model)) or "[]")

    def approval(self, package: str) -> str:
        """The package's approval status."""
        described = self.client("sagemaker").describe_model_package(ModelPackageName=package)
        return described["ModelApprovalStatus"]

    def status(self) -> str:
        """Status of the endpoint stack."""
        return self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]["StackStatus"]

    def release_before(self) -> str:
        """What a roll-back must lead to: the latest other release that is still approved."""
        listed = self.client("sagemaker").list_model_packages(
            ModelPackageGroupName=self.group, ModelApprovalStatus="Approved", MaxResults=100
        )["ModelPackageSummaryList"]
        usable = {one["ModelPackageArn"] for one in listed} - {self.champion}
        return [entry["package"] for entry in self.ledger() if entry["package"] in usable][-1]

    def endpoint(self) -> dict[str, Any] | None:
        """DescribeEndpoint, None when there is no endpoint."""
        sagemaker = self.client("sagemaker")
        listed = sagemaker.list_endpoints(NameContains=self.endpoint_name)["Endpoints"]
        return sagemaker.describe_endpoint(EndpointName=self.endpoint_name) if listed else None

    def instance_type(self) -> str | None:
        """Of the champion's instances, None when there is no endpoint."""
        described = self.endpoint()
        if described is None:
            return None
        config = self.client("sagemaker").describe_endpoint_config(
            EndpointConfigName=described["EndpointConfigName"]
        )
        return config["ProductionVariants"][0]["InstanceType"]

    def serving(self) -> dict[str, str]:
        """The package behind each variant that the endpoint really has."""
        described = self.endpoint()
        if described is None:
            return {}
        sagemaker = self.client("sagemaker")
        config = sagemaker.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
        variants = config["ProductionVariants"] + config.get("ShadowProductionVariants", [])
        return {
            one["VariantName"]: sagemaker.describe_model(ModelName=one["ModelName"])["PrimaryContainer"][
                "ModelPackageName"
            ]
            for one in variants
        }

    def state(self) -> dict[str, Any]:
        """What a rotation can change, to be compared."""
        parameters, ledger = self.parameters(), self.ledger()
        listed = self.client("sagemaker").list_model_packages(
            ModelPackageGroupName=self.group, ModelApprovalStatus="Rejected", MaxResults=100
        )["ModelPackageSummaryList"]
        return {
            "champion": parameters["ChampionPackage"],
            "challenger": parameters["ChallengerPackage"],
            "traffic": parameters["ChallengerTraffic"],
            "serving": self.serving(),
            "parked": self.parked,
            "last": ledger[-1]["package"],
            "rejected": sorted(one["ModelPackageArn"] for one in listed),
            "instances": (parameters["InstanceType"], parameters["Autoscaling"]),
        }

    def updates(self) -> int:
        """How many updates of stacks have begun so far, by whomever."""
        return self._updates

    def failures(self) -> list[str]:
        """What went wrong in the stack so far, the newest first."""
        events = self.client("cloudformation").describe_stack_events(StackName=self.stack)["StackEvents"]
        return [
            f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason')}"
            for one in events
            if one["ResourceStatus"].endswith("FAILED")
        ]

    def orphans(self) -> list[str]:
        """Models and configurations of this model that the stack does not have."""
        sagemaker, cloudformation = self.client("sagemaker"), self.client("cloudformation")
        listed = cloudformation.describe_stack_resources(StackName=self.stack)["StackResources"]
        known = {one.get("PhysicalResourceId", "").rpartition("/")[2].lower() for one in listed}
        # CloudFormation makes up names that begin with the stack's.
        prefix = self.stack[:30]
        found = [one["ModelName"] for one in sagemaker.list_models(MaxResults=100)["Models"]]
        listed = sagemaker.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]
        found += [one["EndpointConfigName"] for one in listed]
        return [name for name in found if name.startswith(prefix) and name.lower() not in known]

    def assert_live(self, package: str) -> None:
        """The package is the champion everywhere, and nothing is left over."""
        self._assert_serves(package, "UPDATE_COMPLETE")

    def assert_kept(self, package: str) -> None:
        """The same after a release that was taken back."""
        self._assert_serves(package, "UPDATE_ROLLBACK_COMPLETE")

    def _assert_serves(self, package: str, status: str) -> None:
        stack = self.settle()
        assert stack["StackStatus"] == status, self.failures()
        assert self.champion == package
        assert self.serving()["champion"] == package
        assert self.ledger()[-1]["package"] == package
        assert self.orphans() == []

    def come_to_rest(self) -> None:
        """Nothing in the way of a rotation: no fault, no busy stack, awake, two releases in the ledger."""
        faults.lift()
        self.mend()  # where a test failed half-way
        if not self.champion:
            self.ask("wake")
            self.settle()
        while not self.champion or not self.has_release_before():
            self.released()

    def has_release_before(self) -> bool:
        """Whether a roll-back would lead anywhere."""
        try:
            return bool(self.release_before())
        except IndexError:
            return False

    def sweep_up(self) -> None:
        """Back to rest after rights were missing: what the stack has forgotten is deleted by hand."""
        self.mend()
        sagemaker = self.client("sagemaker")
        if not self.champion and self.endpoint():
            sagemaker.delete_endpoint(EndpointName=self.endpoint_name)
            self.until(self.endpoint, lambda found: found is None)
        for name in self.orphans():
            is_model = "model" in name.removeprefix(self.stack)
            if is_model:
                sagemaker.delete_model(ModelName=name)
            else:
                sagemaker.delete_endpoint_config(EndpointConfigName=name)
        self.come_to_rest()

    def until(self, read: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
        """What is read, once it holds."""
        return eventually(read, holds)
