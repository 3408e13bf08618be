"""The security checks of every synth, and the one way to say why a finding is accepted."""

from typing import Any, cast

from aws_cdk import Acknowledgment, App, Stack, Validations
from constructs import IConstruct

from sagemaker_lifecycle import arns

# What cdk-nag calls the parts of every ARN.
_NAG_NAMES = {
    arns.PARTITION: "<AWS::Partition>",
    arns.REGION: "<AWS::Region>",
    arns.ACCOUNT: "<AWS::AccountId>",
}


def add_checks(app: App) -> None:
    """Make every synth of `app` fail on a cdk-nag AwsSolutions finding that nobody acknowledged."""
    # Loading the rules takes half a second, which a synth without checks does not spend.
    from cdk_nag import AwsSolutionsChecks

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def accept(construct: IConstruct, *findings: str, because: str) -> None:
    """Acknowledge exactly these AwsSolutions findings on `construct` and what is below it.

    findings: each a rule with its detail, as the report prints it: `IAM5[Resource::*]`, `S1`. No wildcards:
        a second, different finding of the same rule still fails the synth.
    because: why they are right here; kept in the construct's metadata. Blank, it raises ValueError.
    """
    if not because.strip():
        raise ValueError(f"{', '.join(findings)} of {construct.node.path}: no reason to accept it")
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{finding}", reason=because) for finding in findings)
    )


def accept_wildcards(construct: IConstruct, *resources: str, because: str) -> None:
    """Acknowledge that a policy of `construct` has each of `resources`, ARNs with a `*` in them.

    resources: as the policy has them, references and all; one to another stack must be made by the other's
        `export_value`, because which export a plain reference becomes is known at the end of a synth only.
    """
    accept(construct, *(f"IAM5[Resource::{_flat(construct, each)}]" for each in resources), because=because)


def _flat(construct: IConstruct, resource: str) -> str:
    """The ARN as cdk-nag prints it."""
    for token, name in _NAG_NAMES.items():
        resource = resource.replace(token, name)
    return _printed(Stack.of(construct).resolve(resource)) if "${Token[" in resource else resource


def _printed(node: Any) -> str:
    if isinstance(node, str):
        return node
    kind, value = next(iter(cast("dict[str, Any]", node).items()))
    if kind == "Fn::Join":
        return "".join(_printed(part) for part in value[1])
    if kind == "Fn::ImportValue":
        return str(value)
    return f"<{value if kind == 'Ref' else '.'.join(value)}>"
