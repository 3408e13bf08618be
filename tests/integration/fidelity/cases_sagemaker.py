"""SageMaker and the autoscaling of its endpoints."""

from __future__ import annotations

from tests.integration.fidelity.case import NEW_TAGS, TAGS, Case, Json, Look, World, pairs


def tags_of(look: Look) -> list[Json]:
    return pairs(look("sagemaker", "list_tags", ResourceArn=look.id)["Tags"])


def group(look: Look) -> Json:
    told = look("sagemaker", "describe_model_package_group", ModelPackageGroupName="Fidelity-Subject")
    return {**told, "Tags": tags_of(look)}


def model(look: Look) -> Json:
    told = look("sagemaker", "describe_model", ModelName=look.id.rsplit("/", 1)[-1])
    return {**told, "Tags": tags_of(look)}


def config(look: Look) -> Json:
    name = look.id.rsplit("/", 1)[-1]
    told = look("sagemaker", "describe_endpoint_config", EndpointConfigName=name)
    return {**told, "Tags": tags_of(look)}


def endpoint(look: Look) -> Json:
    told = look("sagemaker", "describe_endpoint", EndpointName=look.id.rsplit("/", 1)[-1])
    return {**told, "DeploymentConfig": told.get("LastDeploymentConfig"), "Tags": tags_of(look)}


def target(look: Look) -> Json:
    resource, dimension, namespace = look.id.split("|")
    told = look(
        "application-autoscaling",
        "describe_scalable_targets",
        ServiceNamespace=namespace,
        ResourceIds=[resource],
        ScalableDimension=dimension,
    )["ScalableTargets"][0]
    tags = look("application-autoscaling", "list_tags_for_resource", ResourceARN=told["ScalableTargetARN"])
    return {**told, "Tags": pairs(tags["Tags"])}


def policy(look: Look) -> Json:
    told = next(
        one
        for one in look("application-autoscaling", "describe_scaling_policies", ServiceNamespace="sagemaker")[
            "ScalingPolicies"
        ]
        if one["PolicyARN"] == look.id
    )
    parts = ("ResourceId", "ScalableDimension", "ServiceNamespace")
    return {**told, "ScalingTargetId": "|".join(told[part] for part in parts)}


def variant(model_name: str, name: str = "champion") -> Json:
    return {
        "VariantName": name,
        "ModelName": model_name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1.0,
    }


def resource(w: World) -> str:
    return f"endpoint/{w.endpoint}/variant/champion"


ROLE = (
    "arn:aws:iam::123456789012:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)


def scaled(w: World) -> Json:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": resource(w),
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "MinCapacity": 1,
        "MaxCapacity": 2,
        "RoleARN": ROLE,
    }


CASES = [
    Case(
        "AWS::SageMaker::ModelPackageGroup",
        lambda w: {
            "ModelPackageGroupName": "Fidelity-Subject",
            "ModelPackageGroupDescription": "a group",
            "Tags": TAGS,
        },
        group,
        lambda w: {"Tags": NEW_TAGS},
    ),
    Case(
        "AWS::SageMaker::Model",
        lambda w: {
            "ModelName": "fidelity-subject",
            "ExecutionRoleArn": w.role,
            "EnableNetworkIsolation": True,
            "PrimaryContainer": {
                "Image": w.tags["image"],
                "ModelDataUrl": f"s3://{w.bucket}/model.tar.gz",
                "Environment": {"A": "b"},
            },
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
            "Tags": TAGS,
        },
        model,
        lambda w: {"Tags": NEW_TAGS},
    ),
    Case(
        "AWS::SageMaker::Model",
        lambda w: {
            "ExecutionRoleArn": w.role,
            "Containers": [
                {
                    "Image": w.tags["image"],
                    "ModelDataUrl": f"s3://{w.bucket}/model.tar.gz",
                    "ContainerHostname": "one",
                }
            ],
            "InferenceExecutionConfig": {"Mode": "Direct"},
        },
        model,
        label="containers",
    ),
    Case(
        "AWS::SageMaker::EndpointConfig",
        lambda w: {
            "EndpointConfigName": "fidelity-subject",
            "KmsKeyId": w.key,
            "ProductionVariants": [variant(w.model)],
            "ShadowProductionVariants": [variant(w.model, "challenger")],
            "DataCaptureConfig": {
                "EnableCapture": True,
                "InitialSamplingPercentage": 50,
                "DestinationS3Uri": f"s3://{w.bucket}/capture",
                "CaptureOptions": [{"CaptureMode": "Input"}],
            },
            "Tags": TAGS,
        },
        config,
        lambda w: {"Tags": NEW_TAGS},
    ),
    Case(
        "AWS::SageMaker::Endpoint",
        lambda w: {
            "EndpointName": "fidelity-subject",
            "EndpointConfigName": w.endpoint_config,
            "Tags": TAGS,
        },
        endpoint,
        lambda w: {
            "EndpointConfigName": w.tags["second_config"],
            "DeploymentConfig": {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
                    "TerminationWaitInSeconds": 0,
                    "MaximumExecutionTimeoutInSeconds": 600,
                }
            },
            "Tags": NEW_TAGS,
        },
    ),
    Case(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        lambda w: {
            **scaled(w),
            "SuspendedState": {
                "DynamicScalingInSuspended": True,
                "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": False,
            },
            "Tags": TAGS,
        },
        target,
        lambda w: {"MaxCapacity": 3, "Tags": NEW_TAGS},
    ),
    Case(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        lambda w: {
            "PolicyName": "requests",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": {"Ref": "Target"},
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 100,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
                },
                "ScaleInCooldown": 300,
                "ScaleOutCooldown": 60,
            },
        },
        policy,
        lambda w: {
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 200,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
                },
            }
        },
        lambda w: {
            "Target": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": scaled(w)}
        },
    ),
    Case(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        lambda w: {
            "PolicyName": "steps",
            "PolicyType": "StepScaling",
            **{
                name: value
                for name, value in scaled(w).items()
                if name in ("ServiceNamespace", "ResourceId", "ScalableDimension")
            },
            "StepScalingPolicyConfiguration": {
                "AdjustmentType": "ChangeInCapacity",
                "Cooldown": 60,
                "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
            },
        },
        policy,
        others=lambda w: {
            "Target": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": scaled(w)}
        },
        label="steps",
    ),
]
