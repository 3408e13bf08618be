"""Step Functions: states run with the machine's role, jobs are waited for, executions tell how they ended."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.compute.conftest import LOGS, ClientFactory, allow
from tests.integration.compute.test_events import Inbox
from tests.waiting import eventually

ACCOUNT = "123456789012"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
MANAGED_RULE = allow(["events:PutTargets", "events:PutRule", "events:DescribeRule"])
Machine = Callable[..., str]


def one(state: dict[str, Any]) -> dict[str, Any]:
    """A definition of this state alone."""
    return {"StartAt": "Only", "States": {"Only": {"End": True, **state}}}


@pytest.fixture
def machine(client: ClientFactory, name: str, service_role: Any) -> Machine:
    """``machine(definition, statement ...)``: ARN of a state machine whose role has these rights."""

    def make(definition: Any, *statements: dict[str, Any], **more: Any) -> str:
        return client("stepfunctions").create_state_machine(
            name=more.pop("name", name),
            definition=json.dumps(definition),
            roleArn=more.pop("roleArn", None) or service_role("states.amazonaws.com", *statements),
            **more,
        )["stateMachineArn"]

    return make


@pytest.fixture
def run(client: ClientFactory) -> Callable[..., dict[str, Any]]:
    """``run(machine, input)``: the execution, ended."""
    states = client("stepfunctions")

    def execute(arn: str, event: Any = None, **more: Any) -> dict[str, Any]:
        execution = states.start_execution(stateMachineArn=arn, input=json.dumps(event or {}), **more)[
            "executionArn"
        ]

        return eventually(
            lambda: states.describe_execution(executionArn=execution),
            lambda described: described["status"] != "RUNNING",
        )

    return execute


@pytest.fixture
def train_request(client: ClientFactory, name: str, service_role: Any) -> dict[str, Any]:
    """A training job that succeeds, or fails when its hyperparameter says so."""
    script = "import os, pathlib, sys\nif os.environ['SM_HP_FAIL'] == 'yes':\n"
    script += "    pathlib.Path(os.environ['SM_OUTPUT_DIR'], 'failure').write_text('row 2 is bad')\n"
    script += "    sys.exit(1)\n"
    script += "if os.environ['SM_HP_FAIL'] == 'hang':\n    import time; time.sleep(100)\n"
    script += "print(os.environ['SM_HP_FAIL'])\n"
    script += "pathlib.Path(os.environ['SM_MODEL_DIR'], 'model.json').write_text('{}')\n"
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        info = tarfile.TarInfo("train.py")
        info.size = len(script)
        tar.addfile(info, io.BytesIO(script.encode()))
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="sourcedir.tar.gz", Body=raw.getvalue())
    s3.put_object(Bucket=name, Key="data/a.csv", Body=b"1,2\n")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{name}/data/"}
    return {
        "TrainingJobName.$": "$$.Execution.Name",
        "RoleArn": service_role("sagemaker.amazonaws.com", allow(["s3:*", "ecr:*"]), LOGS),
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{name}/sourcedir.tar.gz",
            "FAIL.$": "$.fail",
        },
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{name}/jobs"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


TRAIN_RIGHTS = (allow(["sagemaker:*", "iam:PassRole"]), MANAGED_RULE)


def training(request: dict[str, Any], **more: Any) -> dict[str, Any]:
    resource = "arn:aws:states:::sagemaker:createTrainingJob.sync"
    return one({"Type": "Task", "Resource": resource, "Parameters": request, **more})


def test_a_function_is_a_step(machine: Machine, run: Any, function: Any) -> None:
    arn = function("def handler(event, context): return {'twice': event['n'] * 2}")
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": arn, "Payload.$": "$"},
        "OutputPath": "$.Payload",
    }
    ended = run(machine(one(state), allow("lambda:InvokeFunction", arn)), {"n": 21})
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == {"twice": 42}


def test_a_function_can_be_named_by_its_arn(machine: Machine, run: Any, function: Any) -> None:
    arn = function("def handler(event, context): return event")
    ended = run(
        machine(one({"Type": "Task", "Resource": arn}), allow("lambda:InvokeFunction", arn)), {"n": 1}
    )
    assert json.loads(ended["output"]) == {"n": 1}


def test_a_machine_whose_role_may_not_invoke_fails(machine: Machine, run: Any, function: Any) -> None:
    arn = function("def handler(event, context): return event")
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": arn, "Payload.$": "$"},
    }
    ended = run(machine(one(state)))
    assert ended["status"] == "FAILED"
    assert "is not authorized to perform: lambda:InvokeFunction" in ended["cause"]


def test_an_error_of_a_function_is_caught_by_its_type(machine: Machine, run: Any, function: Any) -> None:
    arn = function("def handler(event, context): raise ValueError('too small')")
    definition = {
        "StartAt": "Try",
        "States": {
            "Try": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": arn},
                "Catch": [{"ErrorEquals": ["ValueError"], "ResultPath": "$.error", "Next": "Sorry"}],
                "End": True,
            },
            "Sorry": {"Type": "Pass", "OutputPath": "$.error", "End": True},
        },
    }
    ended = run(machine(definition, allow("lambda:InvokeFunction")))
    error = json.loads(ended["output"])
    assert error["Error"] == "ValueError"
    assert json.loads(error["Cause"])["errorMessage"] == "too small"


def test_a_training_job_is_waited_for(
    client: ClientFactory, machine: Machine, run: Any, train_request: dict[str, Any]
) -> None:
    ended = run(machine(training(train_request), *TRAIN_RIGHTS), {"fail": "no"})
    assert ended["status"] == "SUCCEEDED", ended
    job = json.loads(ended["output"])
    assert (job["TrainingJobName"], job["TrainingJobStatus"]) == (ended["name"], "Completed")
    assert isinstance(job["TrainingEndTime"], int)
    assert job["ModelArtifacts"]["S3ModelArtifacts"].endswith("model.tar.gz")
    history = client("stepfunctions").get_execution_history(executionArn=ended["executionArn"])["events"]
    kinds = [event["type"] for event in history]
    assert kinds[:2] == ["ExecutionStarted", "TaskStateEntered"]
    assert kinds[-1] == "ExecutionSucceeded"
    assert "TaskSubmitted" in kinds


def test_a_failed_training_job_keeps_its_reason(
    machine: Machine, run: Any, train_request: dict[str, Any]
) -> None:
    ended = run(machine(training(train_request), *TRAIN_RIGHTS), {"fail": "yes"})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    job = json.loads(ended["cause"])
    assert job["TrainingJobStatus"] == "Failed"
    assert "row 2 is bad" in job["FailureReason"]


def test_a_job_name_in_use_is_caught_by_its_error(
    machine: Machine, run: Any, train_request: dict[str, Any], name: str
) -> None:
    request = {**train_request, "TrainingJobName": name}
    del request["TrainingJobName.$"]
    arn = machine(training(request), *TRAIN_RIGHTS)
    assert run(arn, {"fail": "no"})["status"] == "SUCCEEDED"
    assert run(arn, {"fail": "no"})["error"] == "SageMaker.ResourceInUseException"


def test_stopping_an_execution_stops_its_job(
    client: ClientFactory, machine: Machine, train_request: dict[str, Any]
) -> None:
    states, sagemaker = client("stepfunctions"), client("sagemaker")
    arn = machine(training(train_request), *TRAIN_RIGHTS)
    execution = states.start_execution(stateMachineArn=arn, input='{"fail": "hang"}')["executionArn"]
    job = execution.rsplit(":", 1)[1]
    eventually(lambda: sagemaker.list_training_jobs(NameContains=job)["TrainingJobSummaries"])
    states.stop_execution(executionArn=execution, error="Mistake", cause="not needed")
    described = states.describe_execution(executionArn=execution)
    assert (described["status"], described["error"], described["cause"]) == (
        "ABORTED",
        "Mistake",
        "not needed",
    )

    def status() -> str:
        return sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobStatus"]

    eventually(status, "Stopped".__eq__)


def test_a_name_runs_once(client: ClientFactory, machine: Machine) -> None:
    states = client("stepfunctions")
    arn = machine(one({"Type": "Wait", "Seconds": 7200}))
    first = states.start_execution(stateMachineArn=arn, name="n", input='{"a":1}')
    again = states.start_execution(stateMachineArn=arn, name="n", input='{"a":1}')
    assert again["executionArn"] == first["executionArn"]
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=arn, name="n", input='{"a":2}')
    states.stop_execution(executionArn=first["executionArn"])
    assert states.describe_execution(executionArn=first["executionArn"])["status"] == "ABORTED"
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=arn, name="n", input='{"a":1}')


def test_a_wait_lasts_as_long_as_the_shortened_clock_says(machine: Machine, run: Any) -> None:
    arn = machine(one({"Type": "Wait", "Seconds": 60}))
    began = time.monotonic()
    run(arn)
    assert 1 <= time.monotonic() - began < 60


def test_an_execution_without_a_name_has_one(machine: Machine, run: Any) -> None:
    state = {"Type": "Pass", "Parameters": {"name.$": "$$.Execution.Name"}}
    ended = run(machine(one(state)))
    assert json.loads(ended["output"]) == {"name": ended["name"]}


def test_the_end_of_an_execution_is_an_event_and_a_metric(
    client: ClientFactory, machine: Machine, run: Any, name: str
) -> None:
    inbox, events = Inbox(client, name), client("events")
    arn = machine(one({"Type": "Fail", "Error": "Wrong", "Cause": "because"}))
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [arn], "status": ["FAILED"]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": inbox.arn}])
    ended = run(arn, {"n": 1})
    (event,) = inbox.wait()
    detail = event["detail"]
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert (detail["executionArn"], detail["error"], detail["cause"]) == (
        ended["executionArn"],
        "Wrong",
        "because",
    )
    cloudwatch = client("cloudwatch")
    dimensions = [{"Name": "StateMachineArn", "Value": arn}]
    eventually(
        lambda: cloudwatch.list_metrics(
            Namespace="AWS/States", MetricName="ExecutionsFailed", Dimensions=dimensions
        )["Metrics"]
    )


def test_a_rule_starts_a_machine_with_its_own_role(
    client: ClientFactory, machine: Machine, service_role: Any, name: str
) -> None:
    events, states = client("events"), client("stepfunctions")
    arn = machine(one({"Type": "Pass"}))
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    entry = {"Source": name, "DetailType": "x", "Detail": "{}"}
    without, allowed = (
        service_role("events.amazonaws.com"),
        service_role("events.amazonaws.com", allow("states:StartExecution", arn)),
    )
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn, "RoleArn": without}])
    events.put_events(Entries=[entry])
    time.sleep(0.7)
    assert states.list_executions(stateMachineArn=arn)["executions"] == []
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn, "RoleArn": allowed, "Input": '{"a": 1}'}])
    events.put_events(Entries=[entry])
    (execution,) = eventually(lambda: states.list_executions(stateMachineArn=arn)["executions"])
    described = states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(described["input"]) == {"a": 1}


def test_what_was_asked_for_is_described(client: ClientFactory, machine: Machine) -> None:
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:*"
    logging = {
        "level": "ERROR",
        "includeExecutionData": True,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
    }
    definition = one({"Type": "Pass"})
    arn = machine(definition, LOGS, loggingConfiguration=logging, tracingConfiguration={"enabled": True})
    described = client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    assert described["loggingConfiguration"] == logging
    assert described["tracingConfiguration"] == {"enabled": True}
    assert json.loads(described["definition"]) == definition
    assert described["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ({"States": {"A": {"Type": "Pass", "End": True}}}, "StartAt is required"),
        ({"StartAt": "B", "States": {"A": {"Type": "Pass", "End": True}}}, "Missing 'Next' target: B"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "C"}}}, "Missing 'Next' target: C"),
        ({"StartAt": "A", "States": {"A": {"Type": "Nap", "End": True}}}, "SCHEMA_VALIDATION_FAILED"),
        ({"QueryLanguage": "JSONata", **one({"Type": "Pass"})}, "JSONPath only, not JSONata"),
    ],
)
def test_a_bad_definition_is_refused(machine: Machine, definition: Any, reason: str) -> None:
    with pytest.raises(ClientError, match=f"Invalid State Machine Definition.*{reason}"):
        machine(definition)


def test_a_role_that_step_functions_cannot_assume_is_refused(machine: Machine, service_role: Any) -> None:
    with pytest.raises(ClientError, match="is authorized to assume the provided role"):
        machine(one({"Type": "Pass"}), roleArn=service_role("lambda.amazonaws.com"))


def test_a_sync_job_needs_the_managed_rule(machine: Machine, train_request: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="is not authorized to create managed-rule"):
        machine(training(train_request), allow("sagemaker:*"))


def test_a_name_taken_with_another_definition_is_refused(
    client: ClientFactory, machine: Machine, service_role: Any
) -> None:
    role = service_role("states.amazonaws.com")
    first = machine(one({"Type": "Pass"}), roleArn=role)
    assert machine(one({"Type": "Pass"}), roleArn=role) == first
    with pytest.raises(ClientError, match="State Machine Already Exists"):
        machine(one({"Type": "Wait", "Seconds": 1}), roleArn=role)


def test_the_execution_waits_for_a_processing_job(
    machine: Machine, run: Any, name: str, client: ClientFactory, service_role: Any
) -> None:
    client("s3").create_bucket(Bucket=name)
    client("s3").put_object(Bucket=name, Key="program.py", Body=b"import sys\nsys.exit(int(sys.argv[1]))\n")
    folder = "/opt/ml/processing/input/code"
    request = {
        "ProcessingJobName.$": "$$.Execution.Name",
        "RoleArn": service_role("sagemaker.amazonaws.com", allow(["s3:*", "ecr:*"]), LOGS),
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", f"{folder}/program.py"],
            "ContainerArguments.$": "$.words",
        },
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "ProcessingInputs": [
            {
                "InputName": "code",
                "S3Input": {
                    "S3Uri": f"s3://{name}/program.py",
                    "LocalPath": folder,
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
    }
    resource = "arn:aws:states:::sagemaker:createProcessingJob.sync"
    definition = one({"Type": "Task", "Resource": resource, "Parameters": request})
    arn = machine(definition, *TRAIN_RIGHTS)
    ended = run(arn, {"words": ["0"]}, name=f"{name}-good")
    assert json.loads(ended["output"])["ProcessingJobStatus"] == "Completed"
    ended = run(arn, {"words": ["3"]}, name=f"{name}-bad")
    assert ended["error"] == "States.TaskFailed"
    assert json.loads(ended["cause"])["FailureReason"].startswith("AlgorithmError")


def test_the_execution_waits_for_a_tuning_job_and_gets_its_best(
    machine: Machine, run: Any, name: str, train_request: dict[str, Any]
) -> None:
    definition = {key: value for key, value in train_request.items() if not key.startswith("TrainingJobName")}
    parameters = definition.pop("HyperParameters")
    definition["StaticHyperParameters"] = {key: parameters[key] for key in parameters if key != "FAIL.$"}
    definition["AlgorithmSpecification"] = {
        **definition["AlgorithmSpecification"],
        "MetricDefinitions": [{"Name": "validation:rmse", "Regex": "rmse=([0-9.]+);"}],
    }
    request = {
        "HyperParameterTuningJobName.$": "$.name",
        "TrainingJobDefinition": definition,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Grid",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxParallelTrainingJobs": 2},
            "ParameterRanges": {
                "CategoricalParameterRanges": [{"Name": "FAIL", "Values": ["yes", "rmse=2;"]}]
            },
        },
    }
    resource = "arn:aws:states:::sagemaker:createHyperParameterTuningJob.sync"
    arn = machine(one({"Type": "Task", "Resource": resource, "Parameters": request}), *TRAIN_RIGHTS)
    ended = run(arn, {"name": name[-32:].strip("-")})
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert output["BestTrainingJob"]["TunedHyperParameters"] == {"FAIL": "rmse=2;"}
    assert output["TrainingJobStatusCounters"]["NonRetryableError"] == 1


SERVED = """
import time
def app(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if b"hang" in body:
        time.sleep(100)
    found = environ["PATH_INFO"] != "/execution-parameters"
    status = "400 Bad" if b"bad" in body else "200 OK" if found else "404 Not Found"
    start_response(status, [("Content-Type", "text/plain")])
    return [body]
"""


@pytest.mark.parametrize(
    ("rows", "error"), [("fine", None), ("bad", "States.TaskFailed"), ("hang", "States.Timeout")]
)
def test_a_model_is_made_answers_in_a_transform_job_and_is_deleted_whatever_comes_of_it(
    client: ClientFactory,
    machine: Machine,
    run: Any,
    name: str,
    service_role: Any,
    rows: str,
    error: str | None,
) -> None:
    s3, sagemaker, raw = client("s3"), client("sagemaker"), io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        info = tarfile.TarInfo("code/wsgi.py")
        info.size = len(SERVED)
        tar.addfile(info, io.BytesIO(SERVED.encode()))
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="model.tar.gz", Body=raw.getvalue())
    s3.put_object(Bucket=name, Key="rows/a.csv", Body=rows.encode())
    served = {"SAGEMAKER_SERVING_MODULE": "wsgi:app", "PYTHONPATH": "/opt/ml/model/code"}
    model = {
        "ModelName.$": "$$.Execution.Name",
        "ExecutionRoleArn": service_role("sagemaker.amazonaws.com", allow(["s3:*", "ecr:*"]), LOGS),
        "PrimaryContainer": {
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{name}/model.tar.gz",
            "Environment": served,
        },
    }
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{name}/rows/"}
    transform = {
        "TransformJobName.$": "$$.Execution.Name",
        "ModelName.$": "$$.Execution.Name",
        "TransformInput": {"DataSource": {"S3DataSource": source}},
        "TransformOutput": {"S3OutputPath": f"s3://{name}/answers"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    task = {"Type": "Task", "ResultPath": "$.ended"}
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.ended", "Next": "Delete"}]
    states = {
        "Make": {
            **task,
            "Resource": "arn:aws:states:::sagemaker:createModel",
            "Parameters": model,
            "Next": "Transform",
        },
        "Transform": {
            **task,
            "Resource": "arn:aws:states:::sagemaker:createTransformJob.sync",
            "Parameters": transform,
            "TimeoutSeconds": 8 if error == "States.Timeout" else 60,
            "Catch": catch,
            "Next": "Delete",
        },
        "Delete": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sagemaker:deleteModel",
            "Parameters": {"ModelName.$": "$$.Execution.Name"},
            "ResultPath": "$.deleted",
            "End": True,
        },
    }
    arn = machine({"StartAt": "Make", "States": states}, *TRAIN_RIGHTS)
    ended = json.loads(run(arn, name=name)["output"])["ended"]
    assert ended.get("Error") == error
    if error is None:
        assert ended["TransformJobStatus"] == "Completed"
        assert s3.get_object(Bucket=name, Key="answers/a.csv.out")["Body"].read() == rows.encode()
    if error == "States.TaskFailed":
        assert json.loads(ended["Cause"])["FailureReason"] == "ClientError: See job logs for more information"
    if error == "States.Timeout":
        eventually(
            lambda: sagemaker.describe_transform_job(TransformJobName=name)["TransformJobStatus"],
            "Stopped".__eq__,
        )
    assert sagemaker.list_models(NameContains=name)["Models"] == []
