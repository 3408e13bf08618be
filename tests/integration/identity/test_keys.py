"""Keys that encrypt topics, queues and log groups must let in who uses those."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .test_identity import allow, refusal

Client = Callable[..., Any]
Role = Callable[..., dict[str, Any]]
ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}
ENCRYPTS = ["kms:GenerateDataKey", "kms:Decrypt"]


@pytest.fixture
def key(client: Client) -> Callable[..., str]:
    """``key(statement ...)``: ARN of a key that the account rules, and these statements besides."""

    def make(*statements: dict[str, Any]) -> str:
        policy = json.dumps({"Version": "2012-10-17", "Statement": [ROOT, *statements]})
        return client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]

    return make


def test_publishing_to_an_encrypted_topic_needs_its_key(
    client: Client, role: Role, key: Callable[..., str], name: str
) -> None:
    topic = client("sns").create_topic(Name=name, Attributes={"KmsMasterKeyId": key()})["TopicArn"]
    mere, entitled = role(allow("sns:Publish")), role(allow("sns:Publish"), allow(ENCRYPTS))
    error = refusal(lambda: client("sns", mere).publish(TopicArn=topic, Message="x"))
    assert "is not authorized to perform: kms:GenerateDataKey" in error["Message"]
    assert client("sns", entitled).publish(TopicArn=topic, Message="x")["MessageId"]


def test_an_encrypted_queue_is_filled_and_emptied_with_its_key(
    client: Client, role: Role, key: Callable[..., str], name: str
) -> None:
    url = client("sqs").create_queue(QueueName=name, Attributes={"KmsMasterKeyId": key()})["QueueUrl"]
    mere, reader = role(allow("sqs:*")), role(allow("sqs:*"), allow("kms:Decrypt"))
    error = refusal(lambda: client("sqs", mere).receive_message(QueueUrl=url))
    assert "is not authorized to perform: kms:Decrypt" in error["Message"]
    assert "Messages" not in client("sqs", reader).receive_message(QueueUrl=url)
    error = refusal(lambda: client("sqs", reader).send_message(QueueUrl=url, MessageBody="x"))
    assert "is not authorized to perform: kms:GenerateDataKey" in error["Message"]


def test_a_checksum_of_an_encrypted_object_is_told_with_its_key_and_its_etag_tells_no_content(
    client: Client, role: Role, key: Callable[..., str], name: str
) -> None:
    s3, rule = client("s3"), {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key()}
    s3.create_bucket(Bucket=name)
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    for file in ("a", "b"):
        s3.put_object(Bucket=name, Key=file, Body=b"same", ChecksumAlgorithm="SHA256")
    reader = role(allow("s3:GetObject"))
    assert "ChecksumSHA256" not in client("s3", reader).head_object(Bucket=name, Key="a")
    with pytest.raises(ClientError, match="403"):
        client("s3", reader).head_object(Bucket=name, Key="a", ChecksumMode="ENABLED")
    entitled = client("s3", role(allow("s3:GetObject"), allow("kms:Decrypt")))
    a, b = (entitled.head_object(Bucket=name, Key=file, ChecksumMode="ENABLED") for file in ("a", "b"))
    assert a["ChecksumSHA256"] == b["ChecksumSHA256"]
    assert a["ETag"] != b["ETag"]


def test_a_log_group_takes_a_key_that_lets_logs_in_for_it_alone(
    client: Client, key: Callable[..., str], name: str
) -> None:
    lets_in = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:123456789012:log-group:{name}"
            }
        },
    }
    logs, fitting, other = client("logs"), key(lets_in), key()
    error = refusal(lambda: logs.create_log_group(logGroupName=name, kmsKeyId=other))
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"] == (
        "The specified KMS key does not exist or is not allowed to be used with Arn "
        f"'arn:aws:logs:us-east-1:123456789012:log-group:{name}'"
    )
    assert refusal(lambda: logs.create_log_group(logGroupName=f"{name}2", kmsKeyId=fitting))["Code"] == (
        "AccessDeniedException"
    )
    logs.create_log_group(logGroupName=name, kmsKeyId=fitting)
    assert refusal(lambda: logs.associate_kms_key(logGroupName=name, kmsKeyId=other))["Code"] == (
        "AccessDeniedException"
    )
