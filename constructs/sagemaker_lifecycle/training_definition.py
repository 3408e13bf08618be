"""A model's training definition: a state machine that makes a version in the registry of the model's data."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from sagemaker_lifecycle import names
from sagemaker_lifecycle.encrypted_log_group import EncryptedLogGroup
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.training_attempts import OVERHEAD_SECONDS
from sagemaker_lifecycle.training_request import TrainingJob, prepare_prefix
from sagemaker_lifecycle.training_state_machine_role import TrainingStateMachineRole
from sagemaker_lifecycle.training_states import Step, training_states


class TrainingDefinition(Construct):
    """State machine source -> train -> register, traced, with its executions logged.

    Props:
        job: the training job that it runs.
        source: names the version of the data; refuses when there is none.
        register: judges the finished job and puts the model into the registry.
        training_role: what the job runs as.
        key: encrypts the execution log.

    A new object's execution takes `{"new_data": "<its key>"}` and ends at once when a newer one came.
    Any other takes `{}`, or `{"force": true}` to train again on data that was trained on before. It gives
    `model`, `training_job`, `data` and `registration`. The cause of a failed one is the job's own reason.

    Attributes: state_machine.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        model: ModelSpec,
        job: TrainingJob,
        source: Step,
        register: Step,
        training_role: iam.IRole,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        name = names.state_machine_name(environment.name, model.name)
        role = TrainingStateMachineRole(
            self,
            "Role",
            functions=[source.function, register.function],
            job=job,
            preparations=None if job.prepare is None else f"{prepare_prefix(environment, model)}-*",
            training_role=training_role,
        )
        # The prefix keeps the account's one policy for log delivery from growing past its limit
        # (https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html).
        log_group = EncryptedLogGroup(
            self,
            "Logs",
            key=key,
            retention_days=environment.log_retention_days,
            name=f"/aws/vendedlogs/states/{name}",
        )
        states = training_states(
            self,
            model=model.name,
            job=job,
            source=source,
            register=register,
            debounce_seconds=model.training.debounce_seconds,
        )
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_chainable(states),
            # It holds all that it needs: the CDK would add rights on `*` among the others.
            role=role.without_policy_updates(),
            timeout=Duration.seconds(
                job.longest_seconds + model.training.debounce_seconds + OVERHEAD_SECONDS
            ),
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=True),
        )
