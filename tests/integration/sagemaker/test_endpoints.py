"""Endpoints come up, change, fail and go as SageMaker's do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import WSGI, wait_for
from .pace import Pace


def _refusal(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return error["Message"]


@pytest.fixture(scope="module")
def endpoint(line: Any) -> str:
    """An endpoint whose champion multiplies by 10."""
    return line.endpoint(line.config({"champion": (line.model(10), 1)}))


def test_an_endpoint_in_service_describes_its_variants(line: Any, endpoint: str) -> None:
    described = line.describe(endpoint)
    [variant] = described["ProductionVariants"]
    assert (variant["VariantName"], variant["CurrentInstanceCount"]) == ("champion", 1)
    assert variant["DeployedImages"][0]["SpecifiedImage"].endswith("sagemaker-scikit-learn:1.9-0-cpu-py3")
    assert endpoint in [one["EndpointName"] for one in line.sagemaker.list_endpoints()["Endpoints"]]


def test_creation_takes_time_and_nothing_answers_meanwhile(line: Any, pace: Pace) -> None:
    name = line.name("endpoint")
    pace.hold(name)
    config = line.config({"champion": (line.model(10), 1)})
    line.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    assert line.describe(name)["EndpointStatus"] == "Creating"
    with pytest.raises(ClientError, match=f"Endpoint {name} of account 123456789012 not found."):
        line.ask(name)
    said = _refusal(line.sagemaker.delete_endpoint, EndpointName=name)
    assert said.startswith("Cannot update in-progress endpoint")
    pace.release(name)
    line.settled(name)


def test_a_model_that_does_not_start_fails_the_endpoint(line: Any) -> None:
    config = line.config({"champion": (line.model(1, wsgi="raise RuntimeError('no model')"), 1)})
    name = line.endpoint(config, wanted="Failed")
    described = line.describe(name)
    assert described["FailureReason"] == (
        "The primary container for production variant champion did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )
    messages = wait_for(lambda: line.log(f"/aws/sagemaker/Endpoints/{name}"), bool)
    assert any("RuntimeError: no model" in message for message in messages)
    said = _refusal(line.sagemaker.update_endpoint, EndpointName=name, EndpointConfigName=config)
    assert "Failed" in said
    line.sagemaker.delete_endpoint(EndpointName=name)
    wait_for(
        lambda: [
            one["EndpointName"] for one in line.sagemaker.list_endpoints(NameContains=name)["Endpoints"]
        ],
        lambda names: name not in names,
    )


def test_model_data_that_is_gone_fails_the_endpoint(line: Any) -> None:
    model = line.model(1)
    url = line.sagemaker.describe_model(ModelName=model)["PrimaryContainer"]["ModelDataUrl"]
    bucket, _, key = url.removeprefix("s3://").partition("/")
    line.s3.delete_object(Bucket=bucket, Key=key)
    name = line.endpoint(line.config({"champion": (model, 1)}), wanted="Failed")
    assert line.describe(name)["FailureReason"].startswith(
        f'Failed to download model data for container "container_1" from URL: "{url}".'
    )


def test_an_update_replaces_the_model_without_a_gap(line: Any, pace: Pace) -> None:
    name = line.endpoint(line.config({"champion": (line.model(10), 1)}))
    pace.hold(name)
    new = line.config({"champion": (line.model(20), 1)})
    line.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=new)
    described = line.describe(name)
    assert described["EndpointStatus"] == "Updating"
    assert described["PendingDeploymentSummary"]["EndpointConfigName"] == new
    said = _refusal(line.sagemaker.update_endpoint, EndpointName=name, EndpointConfigName=new)
    assert said == f'Cannot update in-progress endpoint "{described["EndpointArn"]}".'
    answers = [line.ask(name)["predictions"][0]]
    pace.release(name)
    wait_for(
        lambda: (answers.append(line.ask(name)["predictions"][0]), line.describe(name))[1],
        lambda one: one["EndpointStatus"] == "InService",
    )
    assert set(answers) <= {20.0, 40.0}
    assert answers[0] == 20.0
    assert line.ask(name)["predictions"] == [40.0]
    assert line.describe(name)["EndpointConfigName"] == new


def test_an_update_that_does_not_start_silently_keeps_the_old_model(line: Any) -> None:
    old = line.config({"champion": (line.model(10), 1)})
    name = line.endpoint(old)
    broken = line.config({"champion": (line.model(1, wsgi="import nothing_of_the_kind"), 1)})
    line.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=broken)
    described = line.settled(name)
    assert described["EndpointConfigName"] == old
    assert "FailureReason" not in described
    assert line.ask(name)["predictions"] == [20.0]


def test_weights_and_counts_change_in_place(line: Any, pace: Pace) -> None:
    config = line.config({"champion": (line.model(10), 1), "challenger": (line.model(20), 1)})
    name = line.endpoint(config)
    pace.hold(name)
    line.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[
            {"VariantName": "champion", "DesiredWeight": 0, "DesiredInstanceCount": 3},
        ],
    )
    assert line.describe(name)["EndpointStatus"] == "Updating"
    pace.release(name)
    champion = line.settled(name)["ProductionVariants"][0]
    assert (champion["CurrentWeight"], champion["CurrentInstanceCount"]) == (0, 3)
    assert {line.ask(name)["variant"] for _ in range(5)} == {"challenger"}


def test_an_update_keeps_what_autoscaling_reached_when_asked_to(line: Any) -> None:
    name = line.endpoint(line.config({"champion": (line.model(10), 2)}))
    line.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[
            {"VariantName": "champion", "DesiredWeight": 5, "DesiredInstanceCount": 4}
        ],
    )
    line.settled(name)
    line.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=line.config({"champion": (line.model(10), 7)}),
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    )
    champion = line.settled(name)["ProductionVariants"][0]
    assert (champion["CurrentWeight"], champion["CurrentInstanceCount"]) == (7, 4)


def test_without_retaining_an_update_starts_from_the_configuration(line: Any) -> None:
    name = line.endpoint(line.config({"champion": (line.model(10), 2)}))
    line.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[{"VariantName": "champion", "DesiredInstanceCount": 4}],
    )
    line.settled(name)
    line.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=line.config({"champion": (line.model(10), 7)})
    )
    champion = line.settled(name)["ProductionVariants"][0]
    assert (champion["CurrentWeight"], champion["CurrentInstanceCount"]) == (7, 1)


def test_an_endpoint_name_is_used_once(line: Any, endpoint: str) -> None:
    config = line.describe(endpoint)["EndpointConfigName"]
    said = _refusal(line.sagemaker.create_endpoint, EndpointName=endpoint, EndpointConfigName=config)
    assert said.startswith("Cannot create already existing endpoint")


def test_an_unknown_endpoint_is_not_found(line: Any) -> None:
    said = _refusal(line.sagemaker.describe_endpoint, EndpointName="no-such-endpoint")
    assert said.startswith("Could not find endpoint")


def test_updating_to_the_configuration_in_use(
    line: Any, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = line.describe(endpoint)["EndpointConfigName"]
    monkeypatch.setenv("EMULATOR_UPDATE_TO_CONFIG_IN_USE", "refuse")
    said = _refusal(line.sagemaker.update_endpoint, EndpointName=endpoint, EndpointConfigName=config)
    assert "already uses" in said
    monkeypatch.delenv("EMULATOR_UPDATE_TO_CONFIG_IN_USE")
    line.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    assert line.settled(endpoint)["EndpointConfigName"] == config


def test_a_deleted_endpoint_leaves_no_process(line: Any, pace: Pace) -> None:
    marker = line.name("marker")
    wsgi = f"import os\nprint('{marker}', os.getpid(), flush=True)\n{WSGI}"
    name = line.endpoint(line.config({"champion": (line.model(1, wsgi=wsgi), 1)}))
    messages = wait_for(
        lambda: line.log(f"/aws/sagemaker/Endpoints/{name}"),
        lambda all_of_them: any(marker in message for message in all_of_them),
    )
    worker = next(int(message.split()[1]) for message in messages if marker in message)
    assert _runs(worker)
    pace.hold(name)
    line.sagemaker.delete_endpoint(EndpointName=name)
    assert line.describe(name)["EndpointStatus"] == "Deleting"
    pace.release(name)
    wait_for(lambda: _runs(worker), lambda runs: not runs)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
