"""The code that training jobs run, packed, as an asset."""

from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_lifecycle.algorithm_bundle import ALGORITHMS_ROOT, BUNDLE_NAME, write_bundle


class TrainingCode(Construct):
    """Asset with algorithms/, or with a model's own scripts, as script mode wants it.

    Props:
        source: folder with a train.py.
        reader: role of the training jobs; may find and read this one object of the bootstrap bucket.

    Attributes: uri (`s3://…`), content_hash.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, reader: iam.IRole, source: Path = ALGORITHMS_ROOT
    ) -> None:
        super().__init__(scope, construct_id)
        with TemporaryDirectory() as folder:
            bundle = write_bundle(Path(folder) / BUNDLE_NAME, source)
            asset = s3_assets.Asset(self, "Asset", path=str(bundle))
        self.uri = asset.s3_object_url
        self.content_hash = asset.asset_hash
        # A policy of this stack, not a statement in the role's own: the object changes with the code.
        iam.Policy(
            self,
            "Read",
            roles=[reader],
            statements=[
                iam.PolicyStatement(
                    actions=["s3:GetObject"], resources=[asset.bucket.arn_for_objects(asset.s3_object_key)]
                ),
                # A processing job takes its code as an input, and lists what is below an input's address.
                iam.PolicyStatement(
                    actions=["s3:ListBucket"],
                    resources=[asset.bucket.bucket_arn],
                    conditions={"StringEquals": {"s3:prefix": asset.s3_object_key}},
                ),
            ],
        )
