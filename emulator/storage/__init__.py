"""What moto's storage of S3, IAM, API Gateway … refuses or forgets, put right one service a file."""

import os

# Read when the IAM back end is first used: the AWS managed policies are attachable only then.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

from emulator.storage import apigateway, cloudwatch, dynamodb, iam, kms, logs, s3, sns, sqs, ssm

__all__ = ["apigateway", "cloudwatch", "dynamodb", "iam", "kms", "logs", "s3", "sns", "sqs", "ssm"]
