"""Models: what an endpoint can load."""

from __future__ import annotations

from botocore.exceptions import ClientError

from emulator.edge import Call
from emulator.sagemaker import packages, tags
from emulator.sagemaker.happenings import announce
from emulator.sagemaker.requests import Params, answers, arn, echo, invalid, lines, now, page
from emulator.sagemaker.roles import RoleSession, require_trust, split_s3

KIND = "model"
_models: dict[tuple[str, str], Params] = {}


def find(region: str, name: str) -> Params:
    """The model. Raises ValidationException "Could not find model"."""
    model = _models.get((region, name))
    if model is None:
        raise invalid(f'Could not find model "{arn(region, KIND, name)}".')
    return model


def resolved_container(region: str, model: Params) -> Params:
    """Image, ModelDataUrl and Environment that the model runs with; its own environment wins."""
    asked = model.get("PrimaryContainer") or (model.get("Containers") or [{}])[0]
    if not asked.get("ModelPackageName"):
        return asked
    packaged = packages.container(packages.find(region, asked["ModelPackageName"]))
    environment = {**(packaged.get("Environment") or {}), **(asked.get("Environment") or {})}
    own = {name: value for name, value in asked.items() if name != "ModelPackageName"}
    return {**packaged, **own, "Environment": environment}


@answers("CreateModel")
def _create(call: Call) -> Params:
    params, region = call.params, call.region
    name = params["ModelName"]
    model_arn = arn(region, KIND, name)
    if (region, name) in _models:
        raise invalid(f'Cannot create already existing model "{model_arn}".')
    _validate(params, region)
    model = {
        **echo(params),
        "ModelArn": model_arn,
        "CreationTime": now(),
        "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
    }
    if params.get("ExecutionRoleArn"):
        # The condition that the hosting documentation gives for the trust policy.
        require_trust(params["ExecutionRoleArn"], arn(region, "", "").removesuffix("/") + "*")
        _require_data(resolved_container(region, model), params["ExecutionRoleArn"], region)
    _models[region, name] = model
    tags.remember(model_arn, params)
    announce("SageMaker Model State Change", {**model, "Tags": tags.of(model_arn)}, model_arn, region)
    return {"ModelArn": model_arn}


def _validate(params: Params, region: str) -> None:
    if bool(params.get("PrimaryContainer")) == bool(params.get("Containers")):
        raise invalid("Exactly one of PrimaryContainer and Containers must be specified.")
    for container in [params.get("PrimaryContainer"), *(params.get("Containers") or ())]:
        if container is None:
            continue
        package_name, image = container.get("ModelPackageName"), container.get("Image")
        if bool(package_name) == bool(image):
            raise invalid("Exactly one of Image and ModelPackageName must be specified for a container.")
        if package_name and (container.get("ModelDataUrl") or container.get("ModelDataSource")):
            raise invalid("ModelDataUrl cannot be specified together with ModelPackageName.")
        if package_name:
            _require_approved(packages.find(region, package_name))


def _require_approved(package: Params) -> None:
    """CreateModelPackage's reference: ModelApprovalStatus "must be set to Approved to deploy the model".

    AWS's own words for the refusal are not published.
    """
    status = package.get("ModelApprovalStatus", "Approved")
    if package["ModelPackageStatus"] != "Completed" or status != "Approved":
        raise invalid(
            f"Cannot create a model from model package {package['ModelPackageArn']}: its status is "
            f"{package['ModelPackageStatus']} and its approval status is {status}; it must be Completed and "
            "Approved."
        )


def _require_data(container: Params, role_arn: str, region: str) -> None:
    url = container.get("ModelDataUrl")
    if not url:
        return
    bucket, key = split_s3(url)
    try:
        RoleSession(role_arn, region).client("s3").head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
            raise invalid(f"Could not find model data at {url}.") from error
        raise invalid(
            f'Could not access model data at {url}. Please ensure that the role "{role_arn}" exists and '
            'that its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that '
            f"the object is located in {region}."
        ) from error


@answers("DescribeModel")
def _describe(call: Call) -> Params:
    return find(call.region, call.params["ModelName"])


@answers("DeleteModel")
def _delete(call: Call) -> None:
    model = find(call.region, call.params["ModelName"])
    del _models[call.region, model["ModelName"]]
    tags.forget(model["ModelArn"])
    announce("SageMaker Model State Change", model, model["ModelArn"], call.region)


@answers("ListModels")
def _list(call: Call) -> Params:
    found = lines(_models, call.region, "ModelName", "ModelArn", "CreationTime")
    return page(call.params, found, "Models", name="ModelName")
