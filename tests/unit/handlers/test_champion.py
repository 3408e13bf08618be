"""The champion that a new model must beat."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

STACK, GROUP = "lifecycle-dev-endpoint-house-prices", "lifecycle-dev-house-prices"
CREATED = datetime(2026, 1, 1, tzinfo=UTC)


def arn(version: int) -> str:
    return f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{GROUP}/{version}"


class Amazon:
    """A stack with this champion, and a registry: the approval descriptions of its approved versions."""

    def __init__(self, module: ModuleType) -> None:
        self.champion_of = module.champion
        self.stacks = Stubber(module._CLOUDFORMATION)
        self.registry = Stubber(module._SAGEMAKER)

    def serves(self, champion: str) -> None:
        parameters = [
            {"ParameterKey": "ChallengerPackage", "ParameterValue": arn(9)},
            {"ParameterKey": "ChampionPackage", "ParameterValue": champion},
        ]
        stack = {
            "StackName": STACK,
            "StackStatus": "UPDATE_COMPLETE",
            "CreationTime": CREATED,
            "Parameters": parameters,
        }
        self.stacks.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": STACK})

    def fails(self, code: str, message: str) -> None:
        self.stacks.add_client_error("describe_stacks", code, message)

    def lists(self, *pages: tuple[int, ...]) -> None:
        asked = {
            "ModelPackageGroupName": GROUP,
            "ModelApprovalStatus": "Approved",
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
        }
        for number, page in enumerate(pages):
            more = {"NextToken": "n"} if number + 1 < len(pages) else {}
            found: list[dict[str, Any]] = [
                {
                    "ModelPackageArn": arn(version),
                    "CreationTime": CREATED,
                    "ModelPackageStatus": "Completed",
                }
                for version in page
            ]
            token = {"NextToken": "n"} if number else {}
            self.registry.add_response(
                "list_model_packages", {"ModelPackageSummaryList": found, **more}, {**asked, **token}
            )

    def describes(self, version: int, description: str = "") -> None:
        answer = {
            "ModelPackageName": f"{GROUP}/{version}",
            "ModelPackageArn": arn(version),
            "CreationTime": CREATED,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "ApprovalDescription": description,
        }
        self.registry.add_response("describe_model_package", answer, {"ModelPackageName": arn(version)})

    def lacks(self, version: int) -> None:
        self.registry.add_client_error(
            "describe_model_package",
            "ValidationException",
            f"ModelPackage {arn(version)} does not exist.",
            expected_params={"ModelPackageName": arn(version)},
        )

    def champion(self) -> str | None:
        found = self.champion_of(STACK, GROUP)
        return None if found is None else found["ModelPackageArn"]


@pytest.fixture
def amazon(load: Callable[[str], ModuleType]) -> Iterator[Amazon]:
    made = Amazon(load("handler_common.champion"))
    with made.stacks, made.registry:
        yield made
        made.stacks.assert_no_pending_responses()
        made.registry.assert_no_pending_responses()


def test_it_is_what_the_stack_serves_whatever_was_approved_since(amazon: Amazon) -> None:
    amazon.serves(arn(2))
    amazon.describes(2)
    assert amazon.champion() == arn(2)


def test_a_package_that_was_approved_for_a_trial_and_then_promoted_is_one(amazon: Amazon) -> None:
    amazon.serves(arn(2))
    amazon.describes(2, "on trial")
    assert amazon.champion() == arn(2)


def test_where_nothing_is_live_it_is_the_newest_approved_on_whatever_page(amazon: Amazon) -> None:
    amazon.serves("")
    amazon.lists((), (3,))
    amazon.describes(3, "looks right")
    assert amazon.champion() == arn(3)


def test_what_waits_for_a_trial_is_none_nor_what_was_deleted_meanwhile(amazon: Amazon) -> None:
    amazon.serves("")
    amazon.lists((5, 4, 3))
    amazon.describes(5, "on trial: half of the callers")
    amazon.lacks(4)
    amazon.describes(3)
    assert amazon.champion() == arn(3)


def test_a_live_package_that_the_registry_has_lost_leaves_the_newest_approved(amazon: Amazon) -> None:
    amazon.serves(arn(2))
    amazon.lacks(2)
    amazon.lists((1,))
    amazon.describes(1)
    assert amazon.champion() == arn(1)


def test_without_a_stack_and_without_a_package_there_is_none(amazon: Amazon) -> None:
    amazon.fails("ValidationError", f"Stack with id {STACK} does not exist")
    amazon.lists(())
    assert amazon.champion() is None


def test_a_stack_that_may_not_be_read_is_no_stack_without_a_champion(amazon: Amazon) -> None:
    amazon.fails("AccessDenied", "not authorized to perform: cloudformation:DescribeStacks")
    with pytest.raises(amazon.stacks.client.exceptions.ClientError, match="not authorized"):
        amazon.champion()


def test_a_registry_that_may_not_be_read_is_no_registry_without_the_package(amazon: Amazon) -> None:
    amazon.serves(arn(2))
    amazon.registry.add_client_error("describe_model_package", "AccessDeniedException", "not authorized")
    with pytest.raises(amazon.registry.client.exceptions.ClientError, match="not authorized"):
        amazon.champion()
