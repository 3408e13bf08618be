"""Jobs whose sources are manifests: what these name arrives, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import BUCKET, archive, wait_for
from .test_processing import _ended as processed
from .test_processing import _input
from .test_processing import _request as processing_request

SCRIPT = """
import json, os, pathlib, sys
folder = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"])
found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
print(os.environ["SM_CURRENT_HOST"], "has", json.dumps(found), flush=True)
"""


def manifest(line: Any, content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return line.put(f"{line.name('manifest')}.json", text.encode())


def files(line: Any, *names: str) -> str:
    """The prefix below which there are files of these names."""
    prefix = f"{line.name('rows')}/"
    for name in names:
        line.put(prefix + name, b"1,2\n")
    return f"s3://{BUCKET}/{prefix}"


def trained(line: Any, address: str, instances: int = 1, distribution: str = "FullyReplicated") -> Any:
    source = {"S3DataType": "ManifestFile", "S3Uri": address, "S3DataDistributionType": distribution}
    parameters = line.training_request()["HyperParameters"]
    parameters["sagemaker_submit_directory"] = line.put(
        f"code/{line.name('c')}.tar.gz", archive({"train.py": SCRIPT})
    )
    return line.trained(
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        HyperParameters=parameters,
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": instances, "VolumeSizeInGB": 1},
    )


def log_of(line: Any, job: dict[str, Any], lines: int = 1) -> list[str]:
    def said() -> list[str]:
        log = line.log("/aws/sagemaker/TrainingJobs", job["TrainingJobName"])
        return sorted(text for text in log if " has " in text)

    return wait_for(said, lambda found: len(found) == lines)


def test_only_what_is_named_arrives_at_its_place_below_the_prefix(line: Any) -> None:
    prefix = files(line, "a.csv", "deep/b.csv", "late.csv")
    job = trained(line, manifest(line, [{"prefix": prefix}, "deep/b.csv", "a.csv"]))
    assert job["TrainingJobStatus"] == "Completed", job
    assert log_of(line, job) == ['algo-1 has ["a.csv", "deep/b.csv"]']


def test_instances_share_what_is_named(line: Any) -> None:
    prefix = files(line, "a.csv", "b.csv", "c.csv", "late.csv")
    address = manifest(line, [{"prefix": prefix}, "a.csv", "b.csv", "c.csv"])
    job = trained(line, address, instances=2, distribution="ShardedByS3Key")
    assert log_of(line, job, 2) == ['algo-1 has ["a.csv", "c.csv"]', 'algo-2 has ["b.csv"]']


def test_a_named_object_that_is_gone_fails_the_job(line: Any) -> None:
    prefix = files(line, "a.csv")
    job = trained(line, manifest(line, [{"prefix": prefix}, "a.csv", "gone.csv"]))
    assert job["FailureReason"].startswith("ClientError: Data download failed:NoSuchKey (404)")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n", "is no JSON"),
        ([], "must be a list of"),
        ([{"prefix": f"s3://{BUCKET}/"}], "one or more suffixes"),
        ([{"prefix": "rows/"}, "a.csv"], "must be a list of"),
        (["a.csv"], "must be a list of"),
        ([{"prefix": f"s3://{BUCKET}/"}, 7], "no suffix: 7"),
        ([{"prefix": f"s3://{BUCKET}/"}, "../a.csv"], "no suffix: '../a.csv'"),
    ],
)
def test_what_is_no_manifest_fails_the_job(line: Any, content: Any, said: str) -> None:
    job = trained(line, manifest(line, content))
    assert (job["TrainingJobStatus"], said in job["FailureReason"]) == ("Failed", True), job["FailureReason"]


def test_a_processing_job_gets_what_is_named(line: Any) -> None:
    prefix = files(line, "rows.csv", "late.csv")
    request = processing_request(line)
    one = _input("data", manifest(line, [{"prefix": prefix}, "rows.csv"]))
    one["S3Input"]["S3DataType"] = "ManifestFile"
    request["ProcessingInputs"][1] = one
    assert processed(line, request)["ProcessingJobStatus"] == "Completed"
