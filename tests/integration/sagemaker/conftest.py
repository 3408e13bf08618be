"""An emulator in this process, and a small model's life on it by boto3 alone."""

from __future__ import annotations

import io
import itertools
import json
import re
import tarfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from emulator import clock
from emulator.sagemaker import invocation_metrics, rollout
from emulator.server import Emulator
from tests.integration.sagemaker.pace import Pace

REGION = "us-east-1"
IMAGE = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
BUCKET = "models-of-the-test"
_COUNT = itertools.count(1)

TRAIN = """
import json, os, pathlib, sys
print("arguments", json.dumps(sys.argv[1:]))
print("hyperparameters", os.environ["SM_HPS"])
rows = [p for p in pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]).rglob("*") if p.is_file()]
text = "".join(p.read_text() for p in rows)
if "text" in text:
    pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("row 2 has a text cell")
    sys.exit(1)
if "hang" in text:
    import time
    print("hanging", flush=True)
    time.sleep(600)
print("metric validation:rmse=9.5;")
print("metric validation:rmse=1.25e0;")
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
(model / "code").mkdir()
(model / "factor.json").write_text(json.dumps(float(os.environ.get("SM_HP_FACTOR", "100"))))
code = pathlib.Path(os.environ["SM_MODEL_DIR"]).parent / "code"
(model / "code" / "wsgi.py").write_text((code / "wsgi.py").read_text())
"""

WSGI = """
import json, os, pathlib, time
factor = json.loads(pathlib.Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"), "factor.json").read_text())
print("model loaded, factor", factor, flush=True)
def app(environ, start_response):
    if environ["PATH_INFO"] == "/ping":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if body == b"bad":
        start_response("400 Bad Request", [("Content-Type", "application/json")])
        return [b'{"error": "not numbers"}']
    if body == b"crash":
        raise RuntimeError("the model broke")
    answer = {"predictions": [factor * float(body)], "content_type": environ.get("CONTENT_TYPE"),
              "model_dir": os.environ["SM_MODEL_DIR"], "pythonpath": os.environ["PYTHONPATH"]}
    start_response("200 OK", [("Content-Type", "application/json"),
        ("X-Amzn-SageMaker-Custom-Attributes", environ.get("HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES", ""))])
    return [json.dumps(answer).encode()]
"""


def archive(files: dict[str, str]) -> bytes:
    """A tar.gz of these files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return raw.getvalue()


def wait_for(probe: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float = 90) -> Any:
    """The first answer of ``probe`` that is ``wanted``; fails with the last one otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if wanted(answer):
            return answer
        assert time.monotonic() < deadline, f"never came: {answer}"
        time.sleep(0.1)


class Line:
    """The steps from a script to an endpoint, with what tests do not care about filled in."""

    def __init__(self, url: str) -> None:
        self._session = boto3.session.Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION
        )
        self.url = url
        self.sagemaker = self.client("sagemaker")
        self.runtime = self.client("sagemaker-runtime")
        self.s3 = self.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        role_name = self.name("execution")
        role = self.client("iam").create_role(
            RoleName=role_name,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
        allow = {
            "Effect": "Allow",
            "Action": ["s3:*", "logs:*", "ecr:*", "cloudwatch:PutMetricData"],
            "Resource": "*",
        }
        self.client("iam").put_role_policy(
            RoleName=role_name,
            PolicyName="all",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
        )
        self.role = role["Role"]["Arn"]
        self.put("code/sourcedir.tar.gz", archive({"train.py": TRAIN, "wsgi.py": WSGI}))
        self.put("data/houses.csv", b"SquareFeet,Price\n1500,200000\n")

    def client(self, service: str, session: dict[str, Any] | None = None) -> Any:
        """A boto3 client as a developer would make it, or with a session that sts handed out."""
        config = Config(retries={"max_attempts": 0}, read_timeout=90)
        credentials = (
            {}
            if session is None
            else {
                "aws_access_key_id": session["AccessKeyId"],
                "aws_secret_access_key": session["SecretAccessKey"],
                "aws_session_token": session["SessionToken"],
            }
        )
        return self._session.client(service, endpoint_url=self.url, config=config, **credentials)  # type: ignore[call-overload]

    def name(self, kind: str) -> str:
        """A name that no other test uses."""
        return f"{kind}-{next(_COUNT)}"

    def put(self, key: str, body: bytes) -> str:
        """Put an object; its address."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def log(self, group: str, stream: str = "") -> list[str]:
        """Messages in the streams of ``group`` that begin with ``stream``; none where there is no group."""
        logs = self.client("logs")
        prefix = {"logStreamNamePrefix": stream} if stream else {}
        try:
            streams = logs.describe_log_streams(logGroupName=group, **prefix)["logStreams"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [
            event["message"]
            for one in streams
            for event in logs.get_log_events(
                logGroupName=group, logStreamName=one["logStreamName"], startFromHead=True
            )["events"]
        ]

    def training_request(self, **changes: Any) -> dict[str, Any]:
        """A CreateTrainingJob request that would succeed."""
        request: dict[str, Any] = {
            "TrainingJobName": self.name("job"),
            "RoleArn": self.role,
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [
                    {"Name": "validation:rmse", "Regex": "metric validation:rmse=([0-9.eE+-]+);"}
                ],
            },
            "HyperParameters": {
                "sagemaker_program": "train.py",
                "sagemaker_submit_directory": f"s3://{BUCKET}/code/sourcedir.tar.gz",
                "factor": "100",
                "features": '["SquareFeet"]',
                "seed": "7",
            },
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "DataSource": {
                        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data/"}
                    },
                }
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/jobs"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 180},
        }
        return request | changes

    def trained(self, **changes: Any) -> dict[str, Any]:
        """Run a job to its end; its description."""
        request = self.training_request(**changes)
        self.sagemaker.create_training_job(**request)
        return wait_for(
            lambda: self.sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"]),
            lambda job: job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"),
        )

    def artefact(self, factor: float, wsgi: str = WSGI) -> str:
        """A model.tar.gz that multiplies by ``factor``; its address."""
        key = f"artefacts/{self.name('model')}.tar.gz"
        return self.put(key, archive({"factor.json": str(factor), "code/wsgi.py": wsgi}))

    def disturb(self, job: str, effect: str) -> dict[str, Any]:
        """Have AWS's capacity do that to the next job of that name, or to those that run."""
        body = json.dumps({"job": job, "effect": effect}).encode()
        with urllib.request.urlopen(f"{self.url}/_emulator/training", data=body) as answer:
            return json.load(answer)

    def container(self, url: str) -> dict[str, Any]:
        """What runs the artefact."""
        environment = {"SAGEMAKER_SERVING_MODULE": "wsgi:app", "PYTHONPATH": "/opt/ml/model/code"}
        return {"Image": IMAGE, "ModelDataUrl": url, "Environment": environment}

    def package(self, url: str, group: str, status: str = "Approved", **more: Any) -> str:
        """Register the artefact; the package's ARN."""
        answer = self.sagemaker.create_model_package(
            ModelPackageGroupName=group,
            InferenceSpecification={
                "Containers": [self.container(url)],
                "SupportedContentTypes": ["application/json"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
            ModelApprovalStatus=status,
            **more,
        )
        return answer["ModelPackageArn"]

    def model(self, factor: float, wsgi: str = WSGI) -> str:
        """A model that multiplies by ``factor``; its name."""
        name = self.name("model")
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=self.role,
            PrimaryContainer=self.container(self.artefact(factor, wsgi)),
        )
        return name

    def config(
        self, variants: dict[str, tuple[str, float]], instance_type: str = "ml.m5.large", **more: Any
    ) -> str:
        """An endpoint configuration of {variant: (model, weight)}; its name."""
        name = self.name("config")
        production = [
            {
                "VariantName": variant,
                "ModelName": model,
                "InstanceType": instance_type,
                "InitialInstanceCount": 1,
                "InitialVariantWeight": weight,
            }
            for variant, (model, weight) in variants.items()
        ]
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=production, **more)
        return name

    def endpoint(self, config: str, wanted: str = "InService", **more: Any) -> str:
        """Create an endpoint and wait until it is ``wanted``; its name."""
        name = self.name("endpoint")
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, **more)
        self.settled(name, wanted)
        return name

    def delete_endpoints(self) -> None:
        """Delete every endpoint of these tests, and wait until they are gone."""

        def left() -> list[str]:
            listed = self.sagemaker.list_endpoints(NameContains="endpoint-")["Endpoints"]
            listed = [one for one in listed if re.fullmatch(r"endpoint-\d+", one["EndpointName"])]
            for one in listed:
                if one["EndpointStatus"] in ("InService", "Failed"):
                    self.sagemaker.delete_endpoint(EndpointName=one["EndpointName"])
            return [one["EndpointName"] for one in listed]

        wait_for(left, lambda names: not names)

    def describe(self, endpoint: str) -> dict[str, Any]:
        """DescribeEndpoint."""
        return self.sagemaker.describe_endpoint(EndpointName=endpoint)

    def settled(self, endpoint: str, wanted: str = "InService") -> dict[str, Any]:
        """Wait until nothing is in progress; the endpoint must then be ``wanted``."""
        described = wait_for(
            lambda: self.describe(endpoint), lambda one: one["EndpointStatus"] in ("InService", "Failed")
        )
        assert described["EndpointStatus"] == wanted, described
        return described

    def ask(self, endpoint: str, body: bytes = b"2", **more: Any) -> dict[str, Any]:
        """InvokeEndpoint, its body parsed, its variant beside."""
        answer = self.runtime.invoke_endpoint(
            EndpointName=endpoint, Body=body, ContentType="application/json", **more
        )
        return {**json.loads(answer["Body"].read()), "variant": answer["InvokedProductionVariant"]}


@pytest.fixture
def pace(monkeypatch: pytest.MonkeyPatch) -> Pace:
    """How fast the changes of single endpoints are."""
    pace = Pace(rollout._wait)
    monkeypatch.setattr(rollout, "_wait", pace.wait)
    return pace


@pytest.fixture(scope="module")
def line(emulator: Emulator) -> Iterator[Line]:
    """The line, while an hour of AWS's waits lasts fifteen seconds; what it served is deleted at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "scale", 1 / 240)
        patch.setattr(invocation_metrics, "INSTANCE_EVERY_SECONDS", 1.0)
        line = Line(emulator.url)
        yield line
        line.delete_endpoints()
