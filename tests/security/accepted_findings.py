"""Every cdk-nag AwsSolutions finding that this project accepts, by construct. A new one needs a line here."""

HERE = "<AWS::Region>:<AWS::AccountId>"
SAGEMAKER = f"arn:<AWS::Partition>:sagemaker:{HERE}"
LOGS = f"arn:<AWS::Partition>:logs:{HERE}"
CLOUDWATCH = f"arn:<AWS::Partition>:cloudwatch:{HERE}"
CLOUDFORMATION = f"arn:<AWS::Partition>:cloudformation:{HERE}"
SCALING = f"arn:<AWS::Partition>:application-autoscaling:{HERE}"
PARAMETERS = f"arn:<AWS::Partition>:ssm:{HERE}:parameter/lifecycle/dev"
IMAGES = {
    f"IAM5[Resource::arn:<AWS::Partition>:ecr:*:*:repository/{repository}]"
    for repository in ("linear-learner", "sagemaker-scikit-learn", "sagemaker-xgboost")
}
_BUCKETS = "arn:<AWS::Partition>:s3:::lifecycle-dev-foundation:ExportsOutputRef"
ARTIFACTS = f"{_BUCKETS}ArtifactBucket7410C9EF659B6D66"
DATA = f"{_BUCKETS}DataBucketE3889A50250F5285"
GATEWAY_LOGS = "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"

# The policies of each function for actions that take no resource; no other policy of a function may say `*`.
WITHOUT_RESOURCE = {
    "inference/Predict": ["Tracing"],
    "inference/ReleaseCheck": ["Tracing", "Metrics"],
    "inference/Trials/Analysis": ["Tracing", "Metrics"],
    "inference/Trials/Feedback": ["Tracing"],
    "inference/Rotate": ["Tracing", "Listing", "Alarms"],
    "observability/LedgerWidget": ["Tracing"],
    "training/RegisterModel": ["Tracing", "Listing"],
    "training/SnapshotData": ["Tracing", "Listing"],
}

ACCEPTED: dict[str, set[str]] = {
    "lifecycle-dev-foundation/InferenceRole": {
        "IAM5[Resource::*]",
        "IAM5[Resource::<ArtifactBucket7410C9EF.Arn>/models/*]",
        *IMAGES,
        f"IAM5[Resource::{LOGS}:log-group:/aws/sagemaker/Endpoints/*]",
    },
    "lifecycle-dev-foundation/TrainingRole": {
        "IAM5[Resource::*]",
        "IAM5[Resource::<ArtifactBucket7410C9EF.Arn>/models/*]",
        "IAM5[Resource::<DataBucketE3889A50.Arn>/models/*]",
        *IMAGES,
        f"IAM5[Resource::{LOGS}:log-group:/aws/sagemaker/TrainingJobs:*]",
        f"IAM5[Resource::{LOGS}:log-group:/aws/sagemaker/ProcessingJobs:*]",
        f"IAM5[Resource::{LOGS}:log-group:/aws/sagemaker/TransformJobs:*]",
    },
    "lifecycle-dev-inference/Predict/Role": {
        f"IAM5[Resource::{CLOUDFORMATION}:stack/lifecycle-dev-endpoint-*/*]",
    },
    "lifecycle-dev-inference/Predictions/Api": {
        "APIG3",
        "COG4",
        f"IAM4[Policy::{GATEWAY_LOGS}]",
    },
    "lifecycle-dev-inference/ReleaseRole": {
        "IAM5[Resource::*]",
        f"IAM5[Resource::{SCALING}:scalable-target/*]",
        f"IAM5[Resource::{CLOUDWATCH}:alarm:TargetTracking-endpoint/dev-house-prices/*]",
        f"IAM5[Resource::{CLOUDWATCH}:alarm:dev-house-prices-*]",
        f"IAM5[Resource::{SAGEMAKER}:endpoint-config/*]",
        f"IAM5[Resource::{SAGEMAKER}:endpoint/dev-*]",
        f"IAM5[Resource::{SAGEMAKER}:model-package/lifecycle-dev-*/*]",
        f"IAM5[Resource::{SAGEMAKER}:model/*]",
    },
    "lifecycle-dev-inference/ReleaseCheck/Role": {
        f"IAM5[Resource::{CLOUDFORMATION}:stack/lifecycle-dev-endpoint-*/*]",
        f"IAM5[Resource::{PARAMETERS}/*/releases]",
    },
    "lifecycle-dev-inference/Rotate/Role": {
        f"IAM5[Resource::{CLOUDFORMATION}:stack/lifecycle-dev-endpoint-*/*]",
        f"IAM5[Resource::{SAGEMAKER}:model-package/lifecycle-dev-*/*]",
        f"IAM5[Resource::{PARAMETERS}/*/parked]",
        f"IAM5[Resource::{PARAMETERS}/*/releases]",
    },
    "lifecycle-dev-inference/Trials/Analysis/Role": {
        f"IAM5[Resource::{CLOUDFORMATION}:stack/lifecycle-dev-endpoint-*/*]",
    },
    "lifecycle-dev-inference/Trials/Feedback/Role": {
        "IAM5[Resource::lifecycle-dev-foundation:ExportsOutputFnGetAttDataBucketE3889A50Arn98F8399F/feedback/*]",
    },
    "lifecycle-dev-observability/LedgerWidget/Role": {
        f"IAM5[Resource::{CLOUDFORMATION}:stack/lifecycle-dev-endpoint-*/*]",
        f"IAM5[Resource::{PARAMETERS}/*/parked]",
        f"IAM5[Resource::{PARAMETERS}/*/releases]",
    },
    "lifecycle-dev-training/RegisterModel/Role": {
        f"IAM5[Resource::{ARTIFACTS}/models/*/jobs/manifests/*]",
        f"IAM5[Resource::{DATA}/models/*/data/*]",
        f"IAM5[Resource::{CLOUDFORMATION}:stack/lifecycle-dev-endpoint-*/*]",
        f"IAM5[Resource::{SAGEMAKER}:model-package/lifecycle-dev-*/*]",
        f"IAM5[Resource::{SAGEMAKER}:model-package-group/lifecycle-dev-*]",
        f"IAM5[Resource::{SAGEMAKER}:training-job/dev-house-prices-????????-*]",
    },
    "lifecycle-dev-training/SnapshotData/Role": {
        f"IAM5[Resource::{CLOUDFORMATION}:stack/lifecycle-dev-endpoint-*/*]",
        f"IAM5[Resource::{ARTIFACTS}/models/*/jobs/manifests/*]",
        f"IAM5[Resource::{DATA}/models/house-prices/data/*]",
        f"IAM5[Resource::{SAGEMAKER}:model-package/lifecycle-dev-*/*]",
    },
    "lifecycle-dev-training/house-prices/Definition/Role/Delivery": {"IAM5[Resource::*]"},
    "lifecycle-dev-training/house-prices/Definition/Role": {
        f"IAM5[Resource::{SAGEMAKER}:training-job/dev-house-prices-????????-*]",
    },
    **{
        f"lifecycle-dev-{function}/Role/{policy}": {"IAM5[Resource::*]"}
        for function, policies in WITHOUT_RESOURCE.items()
        for policy in policies
    },
}
