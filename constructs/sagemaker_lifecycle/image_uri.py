"""The scikit-learn image's address in a template, whether or not the stack knows its region."""

from typing import cast

from aws_cdk import Aws, CfnMapping, Stack, Token
from constructs import Construct

from sagemaker_lifecycle import images

_MAPPING_ID = "ScikitLearnImage"
_KEY = "account"


def scikit_learn_image(scope: Construct) -> str:
    """Address of AWS's scikit-learn image for the stack of `scope`.

    A literal when the stack has a region, else a look-up in a mapping that the stack gets once.
    Raises ValueError when AWS keeps no such image in the stack's region.
    """
    stack = Stack.of(scope)
    if not Token.is_unresolved(stack.region):
        return images.image_uri(stack.region)
    account = _mapping(stack).find_in_map(Aws.REGION, _KEY)
    return f"{account}.dkr.ecr.{Aws.REGION}.{Aws.URL_SUFFIX}/{images.REPOSITORY}:{images.TAG}"


def _mapping(stack: Stack) -> CfnMapping:
    existing = stack.node.try_find_child(_MAPPING_ID)
    if existing is not None:
        return cast(CfnMapping, existing)
    rows = {region: {_KEY: account} for region, account in images.accounts().items()}
    return CfnMapping(stack, _MAPPING_ID, mapping=rows, lazy=True)
