"""Every name that two parts of the project must agree on, as pure functions. Imports nothing of aws_cdk.

`environment` is an environment's name (`dev`), `model` a model's name (`house-prices`). Names with a limit
are cut and given a hash of the whole, so that two long names that begin alike stay apart.
"""

import hashlib
import re

MODEL_NAME_PATTERN = r"^[a-z]([a-z0-9-]*[a-z0-9])?$"
# The same as SageMaker's own limit of endpoint, model and training-job names.
MODEL_NAME_LIMIT = 63

SAGEMAKER_NAME_LIMIT = 63
STATE_MACHINE_NAME_LIMIT = 80
RULE_NAME_LIMIT = 64

CHAMPION = "champion"
CHALLENGER = "challenger"

TRIAL_EVENT_SOURCE = "sagemaker-lifecycle"
TRIAL_EVENT_TYPE = "Trial Verdict"

METRIC_NAMESPACE = "SageMakerLifecycle"
RELEASES_METRIC = "Releases"
PREDICTION_METRIC = "Prediction"

# What a training job's name ends with: digits of the data's version, and of a forced run if it was one.
DATA_VERSION_DIGITS = 12
FORCED_RUN_DIGITS = 8
JOB_SUFFIX_LENGTH = DATA_VERSION_DIGITS + 1 + FORCED_RUN_DIGITS
_JOB_SUFFIX = f"[0-9a-f]{{{DATA_VERSION_DIGITS}}}(-[0-9a-f]{{{FORCED_RUN_DIGITS}}})?"
JOB_DEFINITION_DIGITS = 8
# A tuning job's name has 32 characters, of them the suffix and a hyphen: API reference,
# HyperParameterTuningJobName.
_TUNING_MODEL_DIGITS = 5
TUNING_DEFINITION_DIGITS = 5

_HASH_LENGTH = 8


def tags(environment: str) -> dict[str, str]:
    """Tags of every resource of the environment; the release role may delete only what carries them."""
    return {"project": "sagemaker-lifecycle", "environment": environment}


def is_model_name(name: str) -> bool:
    """Whether `name` may name a model: lower-case letters, digits and hyphens, at most 63 characters."""
    return len(name) <= MODEL_NAME_LIMIT and re.fullmatch(MODEL_NAME_PATTERN, name) is not None


def cut(name: str, limit: int) -> str:
    """`name` itself when it has at most `limit` characters, else its beginning, `-`, 8 hash digits."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: limit - _HASH_LENGTH - 1].rstrip('-')}-{digest}"


def prefix(environment: str) -> str:
    """What every stack of the environment begins with: `lifecycle-dev`."""
    return f"lifecycle-{environment}"


def stack_name(environment: str, stack: str) -> str:
    """Name (and construct id) of the stack `foundation`, `training`, `inference` or `observability`."""
    return f"{prefix(environment)}-{stack}"


def endpoint_stack_prefix(environment: str) -> str:
    """What the names of the endpoint stacks begin with: `lifecycle-dev-endpoint-`."""
    return f"{prefix(environment)}-endpoint-"


def endpoint_stack_name(environment: str, model: str) -> str:
    """Name (and construct id) of the model's endpoint stack: at most 128 characters for every legal name."""
    return f"{endpoint_stack_prefix(environment)}{model}"


def endpoint_name(environment: str, model: str) -> str:
    """Name of the model's endpoint, the same for ever: `dev-house-prices`, at most 63 characters."""
    return cut(f"{environment}-{model}", SAGEMAKER_NAME_LIMIT)


def model_package_group_name(environment: str, model: str) -> str:
    """Name of the model's group in the registry: `lifecycle-dev-house-prices`, at most 63 characters."""
    return cut(f"{prefix(environment)}-{model}", SAGEMAKER_NAME_LIMIT)


def every_package_group(environment: str) -> str:
    """Pattern of the names of the environment's groups: no other environment's name has a hyphen in it."""
    return f"{prefix(environment)}-*"


def state_machine_name(environment: str, model: str) -> str:
    """Name of the model's training state machine: `lifecycle-dev-train-<model>`, at most 80 characters."""
    return cut(f"{prefix(environment)}-train-{model}", STATE_MACHINE_NAME_LIMIT)


def training_alarm_names(environment: str, model: str) -> dict[str, str]:
    """Alarm names by what happened to an execution of the model's training: Failed, TimedOut."""
    machine = state_machine_name(environment, model)
    return {"Failed": f"{machine}-failed", "TimedOut": f"{machine}-timed-out"}


def training_job_prefix(environment: str, model: str) -> str:
    """What the model's training jobs are called before `-<digits of the definition>-<suffix>`."""
    rest = 1 + JOB_DEFINITION_DIGITS + 1 + JOB_SUFFIX_LENGTH
    return cut(f"{environment}-{model}", SAGEMAKER_NAME_LIMIT - rest)


def training_job_pattern(environment: str, model: str) -> str:
    """Regular expression of the whole names of the model's training jobs, and of no other model's."""
    prefix = re.escape(training_job_prefix(environment, model))
    return f"{prefix}-[0-9a-f]{{{JOB_DEFINITION_DIGITS}}}-{_JOB_SUFFIX}"


def tuning_prefix(environment: str, model: str) -> str:
    """What the model's tuning jobs, and so their trials, are called before digits of the definition."""
    digits = hashlib.sha256(f"{environment}/{model}".encode()).hexdigest()
    # A letter first: a name of digits alone would be read as a number somewhere.
    return f"t{digits[: _TUNING_MODEL_DIGITS - 1]}"


def tuning_trial_pattern(environment: str, model: str) -> str:
    """Regular expression of the whole names of the model's trials: SageMaker adds a number and a mark."""
    digits = f"[0-9a-f]{{{TUNING_DEFINITION_DIGITS}}}"
    return f"{tuning_prefix(environment, model)}{digits}-{_JOB_SUFFIX}-[0-9]{{3}}-[0-9a-z]+"


def parameter_prefix(environment: str) -> str:
    """What the environment's SSM parameters begin with: `/lifecycle/dev/`."""
    return f"/lifecycle/{environment}/"


def releases_parameter(environment: str, model: str) -> str:
    """SSM parameter with the JSON list of what was verified live, newest last; release_check makes it."""
    return f"{parameter_prefix(environment)}{model}/releases"


def parked_parameter(environment: str, model: str) -> str:
    """SSM parameter with the package that was live when the model was last parked.

    The model is parked when, besides, its endpoint stack has no champion. The rotate function makes it: a
    parameter that CloudFormation declares would get the template's value again with any update of it.
    """
    return f"{parameter_prefix(environment)}{model}/parked"


def parking_rule_prefix(environment: str) -> str:
    """What the names of the rules that park and wake begin with: `lifecycle-dev-parking-`."""
    return f"{prefix(environment)}-parking-"


def parking_rule_name(environment: str, model: str, kind: str) -> str:
    """Name of the model's rule that parks, wakes or looks for idleness: at most 64 characters."""
    return cut(f"{parking_rule_prefix(environment)}{model}-{kind}", RULE_NAME_LIMIT)


def resize_rule_prefix(environment: str) -> str:
    """What the names of the rules that ask for another instance type begin with: `lifecycle-dev-resize-`."""
    return f"{prefix(environment)}-resize-"


def resize_rule_name(environment: str, model: str) -> str:
    """Name of the model's rule that asks for another instance type: at most 64 characters."""
    return cut(f"{resize_rule_prefix(environment)}{model}", RULE_NAME_LIMIT)


def ledger_widget_name(environment: str) -> str:
    """Name of the function behind the dashboards' ledgers: at most 64 characters for every environment.

    The prefix tells people which functions are meant to be asked by dashboards:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard.html
    """
    return f"customWidget-{prefix(environment)}-ledger"


def data_prefix(model: str) -> str:
    """Key prefix of the model's training CSV files in the data bucket."""
    return f"models/{model}/data/"


FEEDBACK_PREFIX = "feedback/"


def feedback_prefix(model: str) -> str:
    """Key prefix of the files of outcomes of the model's predictions in the data bucket."""
    return f"{FEEDBACK_PREFIX}{model}/"


def manifests_prefix(model: str) -> str:
    """Key prefix of the manifests of versions of the model's data in the artifact bucket."""
    return f"{jobs_prefix(model)}manifests/"


def jobs_prefix(model: str) -> str:
    """Key prefix of the model's training output in the artifact bucket."""
    return f"models/{model}/jobs/"
