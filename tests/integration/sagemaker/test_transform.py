"""Transform jobs: a real container answers every record of the objects; `.out` objects hold the answers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import BUCKET, IMAGE, wait_for
from .test_built_ins import HOUSES, LINEAR, SIDES, XGBOOST, trained_by
from .test_roles import role_of

WSGI = """
import json, os, time
print("batch", os.environ["SAGEMAKER_BATCH"], os.environ.get("SAGEMAKER_BATCH_STRATEGY"), flush=True)
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path in ("/ping", "/execution-parameters"):
        known = path == "/ping" or "PROPOSED" in os.environ
        start_response("200 OK" if known else "404 Not Found", [("Content-Type", "application/json")])
        return [os.environ.get("PROPOSED", "").encode()]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    if "hang" in body:
        print("hanging", flush=True)
        time.sleep(300)
    status = "400 Bad Request" if "bad" in body else "500 Oh" if "crash" in body else "200 OK"
    start_response(status, [("Content-Type", "text/csv")])
    if status != "200 OK":
        return [b"row 1 is bad"]
    rows = body.splitlines()
    kinds = (environ.get("CONTENT_TYPE"), environ.get("HTTP_ACCEPT"))
    os.write(1, f"asked for {len(rows)} {kinds}\\n".encode())
    return ["".join(f"{len(row.split(','))}\\n" for row in rows).encode()]
"""


def _request(line: Any, address: str, model: str | None = None, **changes: Any) -> dict[str, Any]:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": address}}
    name = line.name("transform")
    request: dict[str, Any] = {
        "TransformJobName": name,
        "ModelName": model or line.model(1, WSGI),
        "TransformInput": {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {
            "S3OutputPath": f"s3://{BUCKET}/out/{name}",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    return request | changes


def _ended(line: Any, request: dict[str, Any]) -> dict[str, Any]:
    line.sagemaker.create_transform_job(**request)
    name = request["TransformJobName"]
    return wait_for(
        lambda: line.sagemaker.describe_transform_job(TransformJobName=name),
        lambda one: one["TransformJobStatus"] in ("Completed", "Failed", "Stopped"),
    )


def _left(line: Any, job: dict[str, Any]) -> dict[str, str]:
    """The objects that the job left, by key below its output address."""
    prefix = job["TransformOutput"]["S3OutputPath"].removeprefix(f"s3://{BUCKET}/") + "/"
    keys = [item["Key"] for item in line.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())]
    return {
        key.removeprefix(prefix): line.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
        for key in keys
    }


def _log(line: Any, job: dict[str, Any]) -> str:
    return "\n".join(line.log("/aws/sagemaker/TransformJobs", f"{job['TransformJobName']}/"))


def test_every_object_gets_an_out_object(line: Any) -> None:
    folder = line.name("input")
    line.put(f"{folder}/a.csv", b"1,2,3\n4,5,6\n")
    address = line.put(f"{folder}/deep/b.csv", b"7,8\n").removesuffix("deep/b.csv")
    job = _ended(line, _request(line, address))
    assert job["TransformJobStatus"] == "Completed", job
    assert _left(line, job) == {"a.csv.out": "3\n3\n", "deep/b.csv.out": "2\n"}
    log = _log(line, job)
    assert "batch true None" in log
    assert "asked for 2 ('text/csv', 'text/csv')" in log
    assert "[sagemaker logs]: MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD" in log
    assert job["TransformStartTime"] <= job["TransformEndTime"]
    listed = line.sagemaker.list_transform_jobs(StatusEquals="Completed", SortBy="Name")
    assert job["TransformJobName"] in [one["TransformJobName"] for one in listed["TransformJobSummaries"]]


def test_a_job_without_an_instance_fails_for_want_of_capacity(line: Any) -> None:
    request = _request(line, line.put(f"{line.name('input')}.csv", b"1\n"))
    line.disturb(request["TransformJobName"], "capacity")
    job = _ended(line, request)
    assert job["FailureReason"].startswith("CapacityError: Unable to provision")
    assert (_left(line, job), "TransformStartTime" in job) == ({}, False)


def test_columns_are_left_out_joined_and_chosen(line: Any) -> None:
    address = line.put(f"{line.name('input')}.csv", b"id1,1,2\nid2,3,4\n")
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    job = _ended(line, _request(line, address, DataProcessing=processing))
    assert list(_left(line, job).values()) == ["id1,2\nid2,2\n"]


def test_what_the_request_leaves_open_the_container_proposes(line: Any) -> None:
    address = line.put(f"{line.name('input')}.csv", b"1\n2\n3\n")
    proposed = {"MaxConcurrentTransforms": 3, "MaxPayloadInMB": 2, "BatchStrategy": "SINGLE_RECORD"}
    job = _ended(line, _request(line, address, Environment={"PROPOSED": json.dumps(proposed)}))
    log = _log(line, job)
    assert "MaxConcurrentTransforms=3, MaxPayloadInMB=2, BatchStrategy=SINGLE_RECORD" in log
    assert log.count("asked for 1 ") == 3
    assert list(_left(line, job).values()) == ["1\n1\n1\n"]


@pytest.mark.parametrize(
    ("record", "reason", "said"),
    [
        ("bad", "ClientError", ("ClientError: 400", "Message:", "row 1 is bad")),
        ("crash", "AlgorithmError", ("Bad HTTP status received from algorithm: 500",)),
    ],
)
def test_a_refused_record_fails_the_job_but_not_other_objects(
    line: Any, record: str, reason: str, said: tuple[str, ...]
) -> None:
    folder = line.name("input")
    line.put(f"{folder}/a.csv", f"{record}\n".encode())
    address = line.put(f"{folder}/b.csv", b"1\n").removesuffix("b.csv")
    job = _ended(line, _request(line, address))
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == f"{reason}: See job logs for more information"
    assert list(_left(line, job)) == ["b.csv.out"]
    log = _log(line, job)
    for text in said:
        assert f"[sagemaker logs]: {BUCKET}/{folder}/a.csv: {text}" in log


def test_a_record_larger_than_the_payload_fails_the_job(line: Any) -> None:
    address = line.put(f"{line.name('input')}.csv", b"7" * (1024 * 1024 + 1))
    job = _ended(line, _request(line, address, MaxPayloadInMB=1))
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert "Too much data for max payload size" in _log(line, job)


def test_a_transform_can_be_stopped_once(line: Any) -> None:
    request = _request(line, line.put(f"{line.name('input')}.csv", b"hang\n"))
    name = request["TransformJobName"]
    line.sagemaker.create_transform_job(**request)
    wait_for(lambda: _log(line, request), lambda log: "hanging" in log)
    line.sagemaker.stop_transform_job(TransformJobName=name)
    job = wait_for(
        lambda: line.sagemaker.describe_transform_job(TransformJobName=name),
        lambda one: one["TransformJobStatus"] == "Stopped",
    )
    assert _left(line, job) == {}
    with pytest.raises(ClientError, match="is in status Stopped"):
        line.sagemaker.stop_transform_job(TransformJobName=name)


def test_xgboost_answers_a_line_a_row(line: Any) -> None:
    parameters = {"num_round": "30", "max_depth": "4", "eta": "0.5", "objective": "reg:squarederror"}
    transformed = _transformed(line, XGBOOST, parameters, HOUSES, "text/csv")
    expected = [float(row.split(",")[0]) for row in HOUSES.splitlines()]
    assert [float(text) for text in transformed.splitlines()] == pytest.approx(expected, rel=0.02)


def test_linear_learner_answers_json_lines_and_no_csv(line: Any) -> None:
    parameters = {"predictor_type": "binary_classifier", "mini_batch_size": "5"}
    answers = [
        json.loads(text)
        for text in _transformed(line, LINEAR, parameters, SIDES, "application/jsonlines").splitlines()
    ]
    expected = [int(row[0]) for row in SIDES.splitlines()]
    assert [one["predicted_label"] for one in answers] == expected
    assert all(0 <= one["score"] <= 1 for one in answers)
    with pytest.raises(AssertionError, match="ClientError: See job logs"):
        _transformed(line, LINEAR, parameters, SIDES, "text/csv")


def _transformed(line: Any, image: str, parameters: dict[str, str], text: str, accept: str) -> str:
    """What a model answers to the rows that it was trained on, by a transform job."""
    trained = trained_by(line, image, parameters, text)
    model = line.name("model")
    container = {"Image": image, "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"]}
    line.sagemaker.create_model(ModelName=model, ExecutionRoleArn=line.role, PrimaryContainer=container)
    address = line.put(f"{line.name('input')}.csv", text.encode())
    request = _request(line, address, model, DataProcessing={"InputFilter": "$[1:]"})
    request["TransformOutput"]["Accept"] = accept
    job = _ended(line, request)
    assert job["TransformJobStatus"] == "Completed", job["FailureReason"]
    [output] = _left(line, job).values()
    return output


def test_a_name_is_used_once(line: Any) -> None:
    request = _request(line, line.put(f"{line.name('input')}.csv", b"1\n"))
    _ended(line, request)
    with pytest.raises(ClientError) as caught:
        line.sagemaker.create_transform_job(**request)
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"


def test_a_model_or_a_job_that_is_not_there_is_refused(line: Any) -> None:
    with pytest.raises(ClientError, match=r'Could not find model ".*model/none"'):
        line.sagemaker.create_transform_job(**_request(line, f"s3://{BUCKET}/x", "none"))
    for call in (line.sagemaker.describe_transform_job, line.sagemaker.stop_transform_job):
        with pytest.raises(ClientError) as caught:
            call(TransformJobName="none")
        assert caught.value.response["Error"]["Code"] == "ResourceNotFound"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"MaxPayloadInMB": 101}, "must not exceed 100 MB"),
        ({"MaxPayloadInMB": 26, "MaxConcurrentTransforms": 4}, "must not exceed 100 MB"),
        ({"MaxPayloadInMB": 0}, "streams no payloads"),
        ({"TransformInput": {"SplitType": "RecordIO"}}, "no transform with SplitType RecordIO"),
        ({"TransformInput": {"CompressionType": "Gzip"}}, "no transform with CompressionType Gzip"),
        ({"DataCaptureConfig": {"DestinationS3Uri": "s3://x/y"}}, "no transform with DataCaptureConfig"),
        (
            {
                "TransformInput": {"ContentType": "application/json"},
                "DataProcessing": {"InputFilter": "$[1]"},
            },
            "filters and joins text/csv only",
        ),
        (
            {"TransformInput": {"SplitType": "None"}, "DataProcessing": {"JoinSource": "Input"}},
            "with SplitType Line and AssembleWith Line",
        ),
        ({"DataProcessing": {"OutputFilter": "$.id"}}, "OutputFilter \\$.id is invalid"),
        (
            {
                "TransformResources": {
                    "InstanceType": "ml.g5.xlarge",
                    "InstanceCount": 1,
                    "VolumeKmsKeyId": "k",
                }
            },
            "local instance storage",
        ),
        ({"TransformResources": {"InstanceType": "ml.t2.medium", "InstanceCount": 1}}, "ml.t2.medium"),
    ],
)
def test_what_is_not_done_is_refused(line: Any, changes: dict[str, Any], said: str) -> None:
    request = _request(line, f"s3://{BUCKET}/data/")
    source = request["TransformInput"] | changes.get("TransformInput", {})
    with pytest.raises(ClientError, match=said) as caught:
        line.sagemaker.create_transform_job(**(request | changes | {"TransformInput": source}))
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_an_input_that_is_not_there_fails_the_job(line: Any) -> None:
    job = _ended(line, _request(line, f"s3://{BUCKET}/no-such/"))
    assert f'No S3 objects found under S3 URL "s3://{BUCKET}/no-such/"' in job["FailureReason"]


def test_a_container_that_does_not_come_up_fails_the_job(line: Any) -> None:
    address = line.put(f"{line.name('input')}.csv", b"1\n")
    request = _request(line, address, line.model(1, "raise RuntimeError('broken')"))
    reason = _ended(line, request)["FailureReason"]
    assert f"primary container for transform job {request['TransformJobName']}" in reason
    assert "CloudWatch logs for this transform job" in reason
    assert "broken" in _log(line, request)


def test_a_model_deleted_meanwhile_answers_on(line: Any) -> None:
    request = _request(line, line.put(f"{line.name('input')}.csv", b"1\n"))
    line.sagemaker.create_transform_job(**request)
    line.sagemaker.delete_model(ModelName=request["ModelName"])
    name = request["TransformJobName"]
    wait_for(
        lambda: line.sagemaker.describe_transform_job(TransformJobName=name)["TransformJobStatus"],
        lambda status: status == "Completed",
    )


def test_a_package_deleted_meanwhile_fails_the_job(line: Any) -> None:
    group, model = line.name("group"), line.name("model")
    line.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    package = line.package(line.artefact(1, WSGI), group)
    line.sagemaker.create_model(
        ModelName=model, ExecutionRoleArn=line.role, PrimaryContainer={"ModelPackageName": package}
    )
    line.sagemaker.delete_model_package(ModelPackageName=package)
    job = _ended(line, _request(line, line.put(f"{line.name('input')}.csv", b"1\n"), model))
    assert job["FailureReason"] == f"ClientError: ModelPackage {package} does not exist."


def _encrypted_bucket(line: Any) -> str:
    """A bucket that encrypts by a key of the account's; its name."""
    name, key = line.name("encrypted"), line.client("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    line.s3.create_bucket(Bucket=name)
    line.s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return name


@pytest.mark.parametrize(
    ("allowed", "reason"),
    [
        (["s3:GetObject"], "ClientError: Data download failed:AccessDenied (403): .*s3:ListBucket"),
        (["s3:GetObject", "s3:ListBucket"], "ClientError: Failed to upload output:.*s3:PutObject"),
        (["s3:*"], "ClientError: Failed to upload output:.*kms:GenerateDataKey"),
    ],
)
def test_it_may_do_no_more_than_the_models_role(line: Any, allowed: list[str], reason: str) -> None:
    model = line.name("model")
    line.sagemaker.create_model(
        ModelName=model,
        ExecutionRoleArn=role_of(line, allowed),
        PrimaryContainer=line.container(line.artefact(1, WSGI)),
    )
    request = _request(line, line.put(f"{line.name('input')}.csv", b"1\n"), model)
    request["TransformOutput"]["S3OutputPath"] = f"s3://{_encrypted_bucket(line)}/out"
    assert re.match(re.escape(reason).replace(r"\.\*", ".*"), _ended(line, request)["FailureReason"])


def test_what_it_leaves_is_encrypted_by_the_key(line: Any) -> None:
    key = line.client("kms").create_key()["KeyMetadata"]["KeyId"]
    request = _request(line, line.put(f"{line.name('input')}.csv", b"1\n"))
    request["TransformOutput"]["KmsKeyId"] = key
    assert _ended(line, request)["TransformJobStatus"] == "Completed"
    prefix = request["TransformOutput"]["S3OutputPath"].removeprefix(f"s3://{BUCKET}/")
    [item] = line.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
    head = line.s3.head_object(Bucket=BUCKET, Key=item["Key"])
    assert head["ServerSideEncryption"] == "aws:kms"
    assert key in head["SSEKMSKeyId"]


def test_an_image_that_is_not_done_fails_the_job(line: Any) -> None:
    model = line.name("model")
    image = IMAGE.replace("sagemaker-scikit-learn", "blazingtext")
    line.sagemaker.create_model(
        ModelName=model, ExecutionRoleArn=line.role, PrimaryContainer={"Image": image}
    )
    job = _ended(line, _request(line, line.put(f"{line.name('input')}.csv", b"1\n"), model))
    assert "Cannot run the image of transform job" in job["FailureReason"]
