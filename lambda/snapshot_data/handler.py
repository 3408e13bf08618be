"""First state of the training machine: names the version of the model's data and refuses when there is none.

It leaves a manifest of the files, by which jobs read those and none that comes later, and what they were, by
which register_model sees whether they were overwritten before they were read.

Input: model, bucket, prefix, package_group, manifests (the address below which the manifest is left),
optionally force (true: train again on the same data), execution (its name), new_data (the key of the object
whose event started it) and, where the champion is measured by a transform job, columns (a hash of what it
must answer, as its package has it).
Environment: STACK_PREFIX (what the names of the endpoint stacks begin with).
IAM permissions: s3:ListBucket on the data bucket (condition s3:prefix `models/*` fits); s3:GetObject below
the model's prefix and kms:Decrypt, for checksums alone; s3:PutObject on manifests and kms:GenerateDataKey;
sagemaker:ListModelPackages on * (it takes no resource), sagemaker:DescribeModelPackage on the group's
versions; cloudformation:DescribeStacks on the endpoint stacks.
"""

from typing import Any

from handler_common import logs, settings
from handler_common.champion import champion
from snapshot_data import aws, logic

STACK_PREFIX = settings.text("STACK_PREFIX")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The snapshot; raises NoTrainingData or BadInput, which name themselves to the state machine."""
    request = logic.read_request(event, context.aws_request_id)
    listed = aws.listing(request.bucket, request.prefix)
    live = champion(f"{STACK_PREFIX}{request.model}", request.package_group)
    taken = logic.snapshot(request, listed, live)
    if not taken["superseded"]:
        aws.put(taken["manifest"], logic.manifest(request, listed))
        aws.put(taken["files"], logic.contents(request, listed))
    logs.info("snapshot", model=request.model, **taken)
    return taken
