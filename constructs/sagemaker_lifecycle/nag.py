"""The security checks of every synth, and the one way to say why a finding is accepted."""

from typing import Any, cast

from aws_cdk import Acknowledgment, App, Stack, Validations
from constructs import IConstruct


def add_checks(app: App) -> None:
    """Make every synth of `app` fail on a cdk-nag AwsSolutions finding that nobody acknowledged."""
    # Loading the rules takes half a second, which a synth without checks does not spend.
    from cdk_nag import AwsSolutionsChecks

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def accept(construct: IConstruct, finding: str, *, because: str) -> None:
    """Acknowledge exactly one AwsSolutions finding on `construct` and what is below it.

    finding: the rule with its detail, as the report prints it: `IAM5[Resource::*]`, `S1`. No wildcards: a
        second, different finding of the same rule still fails the synth.
    because: why it is right here; kept in the construct's metadata.
    """
    Validations.of(construct).acknowledge(
        Acknowledgment(id=f"AwsSolutions::AwsSolutions-{finding}", reason=because)
    )


def accept_wildcard(construct: IConstruct, resource: str, *, because: str) -> None:
    """Acknowledge that a policy of `construct` has `resource`, an ARN with a `*` in it.

    resource: as the policy has it, references and all; those to other stacks are beyond this function.
    """
    flat = _flat(Stack.of(construct).resolve(resource))
    accept(construct, f"IAM5[Resource::{flat}]", because=because)


def _flat(node: Any) -> str:
    """The resolved reference as cdk-nag prints it."""
    if isinstance(node, str):
        return node
    kind, value = next(iter(cast("dict[str, Any]", node).items()))
    if kind == "Fn::Join":
        return "".join(_flat(part) for part in value[1])
    return f"<{value if kind == 'Ref' else '.'.join(value)}>"
