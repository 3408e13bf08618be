"""An AWS image's address in a template, whether or not the stack knows its region."""

from typing import cast

from aws_cdk import Aws, CfnMapping, Stack, Token
from constructs import Construct

from sagemaker_lifecycle import images

_KEY = "account"


def aws_image(scope: Construct, image: images.AwsImage = images.SCIKIT_LEARN) -> str:
    """Address of the image for the stack of `scope`.

    A literal when the stack has a region, else a look-up in a mapping that the stack gets once.
    Raises ValueError when AWS keeps no such image in the stack's region.
    """
    stack = Stack.of(scope)
    if not Token.is_unresolved(stack.region):
        return images.image_uri(stack.region, image)
    account = _mapping(stack, image).find_in_map(Aws.REGION, _KEY)
    return f"{account}.dkr.ecr.{Aws.REGION}.{Aws.URL_SUFFIX}/{image.repository}:{image.tag}"


def _mapping(stack: Stack, image: images.AwsImage) -> CfnMapping:
    # ScikitLearnImage, XgboostImage, LinearLearnerImage.
    mapping_id = f"{image.name.title().replace('-', '')}Image"
    existing = stack.node.try_find_child(mapping_id)
    if existing is not None:
        return cast(CfnMapping, existing)
    rows = {region: {_KEY: account} for region, account in images.accounts(image).items()}
    return CfnMapping(stack, mapping_id, mapping=rows, lazy=True)
