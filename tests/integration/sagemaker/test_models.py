"""Models and endpoint configurations: echoed as asked, refused where SageMaker refuses."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.errors import AwsError
from emulator.sagemaker.local_storage import refuse_local_storage
from sagemaker_lifecycle.spec.instance_types import has_local_storage, instance_types

from .conftest import BUCKET


def _refusal(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return error["Message"]


def _variant(line: Any, name: str = "champion", **changes: Any) -> dict[str, Any]:
    variant = {
        "VariantName": name,
        "ModelName": changes.pop("ModelName", None) or line.model(1),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1.0,
    } | changes
    return {member: value for member, value in variant.items() if value is not None}


def _create(line: Any, *variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"EndpointConfigName": line.name("config"), "ProductionVariants": list(variants), **more}


def test_a_model_is_described_as_it_was_created(line: Any) -> None:
    request = {
        "ModelName": line.name("model"),
        "ExecutionRoleArn": line.role,
        "PrimaryContainer": line.container(line.artefact(1)),
        "EnableNetworkIsolation": True,
    }
    line.sagemaker.create_model(**request, Tags=[{"Key": "a", "Value": "b"}])
    described = line.sagemaker.describe_model(ModelName=request["ModelName"])
    assert {name: described[name] for name in request} == request
    assert line.sagemaker.list_tags(ResourceArn=described["ModelArn"])["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_model_name_is_used_once_and_can_be_deleted(line: Any) -> None:
    name = line.model(1)
    again = {"ModelName": name, "ExecutionRoleArn": line.role}
    container = line.container(line.artefact(1))
    said = _refusal(line.sagemaker.create_model, **again, PrimaryContainer=container)
    assert said.startswith("Cannot create already existing model")
    line.sagemaker.delete_model(ModelName=name)
    assert _refusal(line.sagemaker.describe_model, ModelName=name).startswith("Could not find model")


def test_a_model_without_data_is_refused(line: Any) -> None:
    url = f"s3://{BUCKET}/artefacts/none.tar.gz"
    said = _refusal(
        line.sagemaker.create_model,
        ModelName=line.name("model"),
        ExecutionRoleArn=line.role,
        PrimaryContainer=line.container(url),
    )
    assert said == f"Could not find model data at {url}."


def test_a_name_outside_the_models_pattern_is_refused(line: Any) -> None:
    said = _refusal(
        line.sagemaker.create_model, ModelName="under_score", PrimaryContainer=line.container("s3://b/k")
    )
    assert "'under_score' at 'modelName' failed to satisfy constraint" in said


def test_a_configuration_is_described_as_it_was_created(line: Any) -> None:
    request = _create(
        line,
        _variant(line, "champion", InitialVariantWeight=0.9),
        _variant(line, "challenger", InitialVariantWeight=0.1),
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 50,
            "DestinationS3Uri": f"s3://{BUCKET}/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        },
        KmsKeyId="alias/storage",
    )
    line.sagemaker.create_endpoint_config(**request)
    described = line.sagemaker.describe_endpoint_config(EndpointConfigName=request["EndpointConfigName"])
    assert described["ProductionVariants"][0]["InitialVariantWeight"] == pytest.approx(0.9)
    for name in ("DataCaptureConfig", "KmsKeyId", "EndpointConfigName"):
        assert described[name] == request[name]


def test_configurations_are_listed_and_deleted(line: Any) -> None:
    name = line.config({"champion": (line.model(1), 1)})
    listed = line.sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"]
    assert name in [one["EndpointConfigName"] for one in listed]
    line.sagemaker.delete_endpoint_config(EndpointConfigName=name)
    said = _refusal(line.sagemaker.describe_endpoint_config, EndpointConfigName=name)
    assert said.startswith("Could not find endpoint configuration")


def test_a_variant_needs_a_model_that_exists(line: Any) -> None:
    request = _create(line, _variant(line, ModelName="no-such-model"))
    assert _refusal(line.sagemaker.create_endpoint_config, **request).startswith("Could not find model")


def test_variant_names_are_unique(line: Any) -> None:
    model = line.model(1)
    request = _create(line, _variant(line, ModelName=model), _variant(line, ModelName=model))
    assert "must be unique" in _refusal(line.sagemaker.create_endpoint_config, **request)


def test_more_than_ten_variants_are_refused(line: Any) -> None:
    model = line.model(1)
    variants = [_variant(line, f"v{number}", ModelName=model) for number in range(11)]
    said = _refusal(line.sagemaker.create_endpoint_config, **_create(line, *variants))
    assert "length less than or equal to 10" in said


def test_a_shadow_stands_beside_exactly_one_variant(line: Any) -> None:
    model = line.model(1)
    production = [_variant(line, name, ModelName=model) for name in ("champion", "other")]
    shadow = [_variant(line, "challenger", ModelName=model)]
    request = _create(line, *production, ShadowProductionVariants=shadow)
    assert "exactly one" in _refusal(line.sagemaker.create_endpoint_config, **request)


def _takes_no_key(instance_type: str) -> bool:
    try:
        refuse_local_storage("KmsKeyId", instance_type)
    except AwsError:
        return True
    return False


def test_a_storage_key_is_refused_just_where_the_project_gives_none() -> None:
    known = instance_types("ProductionVariantInstanceType")
    assert [it for it in known if _takes_no_key(it)] == [it for it in known if has_local_storage(it)]


def test_a_storage_key_for_an_instance_with_disks_of_its_own_is_refused(line: Any) -> None:
    request = _create(line, _variant(line, InstanceType="ml.m5d.large"), KmsKeyId="alias/storage")
    assert "KmsKeyId is not supported" in _refusal(line.sagemaker.create_endpoint_config, **request)


def test_serverless_excludes_an_instance_type(line: Any) -> None:
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    request = _create(line, _variant(line, ServerlessConfig=serverless))
    assert "ServerlessConfig" in _refusal(line.sagemaker.create_endpoint_config, **request)


def test_serverless_excludes_data_capture(line: Any) -> None:
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    variant = _variant(line, ServerlessConfig=serverless, InstanceType=None, InitialInstanceCount=None)
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    said = _refusal(
        line.sagemaker.create_endpoint_config, **_create(line, variant, DataCaptureConfig=capture)
    )
    assert said == "Data capture is not supported for serverless endpoints."
