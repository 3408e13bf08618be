"""The security checks of every synth, and the one way to say why a finding is accepted."""

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def add_checks(app: App) -> None:
    """Make every synth of `app` fail on a cdk-nag AwsSolutions finding that nobody acknowledged."""
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
