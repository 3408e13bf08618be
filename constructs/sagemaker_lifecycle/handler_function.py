"""A Python Lambda function of this project: one package of lambda/, its own role, log group and traces."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import arns
from sagemaker_lifecycle.encrypted_log_group import EncryptedLogGroup
from sagemaker_lifecycle.nag import accept
from sagemaker_lifecycle.service_principal import service_principal

LAMBDA_ROOT = Path(__file__).resolve().parents[2] / "lambda"
SHARED_PACKAGE = "handler_common"
# Of all together (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), as JSON: Lambda's
# refusal shows what it measured (https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3594).
VARIABLES_LIMIT = 4096


class HandlerFunction(Construct):
    """Lambda function that runs `<package>.handler.handler`.

    Props:
        package: folder of lambda/ that becomes the asset, beside `handler_common`; nothing else is shipped,
            so a change in one handler changes one asset.
        description: shown in the console.
        key: encrypts the log group.
        name: of the function; by default CloudFormation makes a unique one.
        log_retention_days: days that the log group keeps.
        environment: the handler's environment variables.
        timeout: default 30 s, at most 15 min.
        memory_mb: default 256, 128..10240; a CPU's share grows with it.
        statements: what the function may do besides its logs and traces. The role has no AWS managed policy.
            Actions that take no resource go through `allow_without_resource`.
        generated_files: text files written at synth into the root of the asset, by name.

    Attributes: function, role, log_group.

    Raises FileNotFoundError when the package does not exist, ValueError for variables that Lambda refuses.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: str,
        description: str,
        key: kms.IKey,
        log_retention_days: int,
        name: str | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: Duration | None = None,
        memory_mb: int = 256,
        statements: Sequence[iam.PolicyStatement] = (),
        generated_files: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        variables = dict(environment or {})
        taken = arns.longest(json.dumps(variables, separators=(",", ":")))
        if taken > VARIABLES_LIMIT:
            raise ValueError(
                f"{self.node.path}: its variables may take {taken} characters; Lambda allows "
                f"{VARIABLES_LIMIT}. Deploy fewer models in one environment, or shorten names"
            )
        self.log_group = EncryptedLogGroup(self, "Logs", key=key, retention_days=log_retention_days)
        self.role = iam.Role(self, "Role", assumed_by=service_principal("lambda.amazonaws.com"))
        self.allow(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self.log_group.log_group_arn],
            ),
            *statements,
        )
        with TemporaryDirectory() as staging:
            stage_handler(Path(staging), package, generated_files or {})
            function = lambda_.Function(
                self,
                "Function",
                function_name=name,
                description=description,
                runtime=lambda_.Runtime.PYTHON_3_14,
                architecture=lambda_.Architecture.ARM_64,
                code=lambda_.Code.from_asset(staging),
                handler=f"{package}.handler.handler",
                environment=variables,
                timeout=timeout or Duration.seconds(30),
                memory_size=memory_mb,
                role=cast("iam.IRole", self.role),
                log_group=self.log_group,
                logging_format=lambda_.LoggingFormat.JSON,
            )
        self.function = cast("lambda_.IFunction", function)
        self._trace(function)

    def allow(self, *statements: iam.PolicyStatement) -> None:
        """Add statements to the function's own role. A `*` among their resources fails the synth."""
        for statement in statements:
            self.role.add_to_policy(statement)

    def allow_without_resource(
        self, policy_id: str, *actions: str, because: str, conditions: Mapping[str, Any] | None = None
    ) -> None:
        """Allow actions on `*`, in a policy of their own: the only place where that is accepted.

        policy_id: of the policy, unique below the role. because: why no resource can be named.
        """
        policy = iam.Policy(
            self.role,
            policy_id,
            statements=[iam.PolicyStatement(actions=list(actions), resources=["*"], conditions=conditions)],
            roles=[cast("iam.IRole", self.role)],
        )
        accept(policy, "IAM5[Resource::*]", because=because)

    def _trace(self, function: lambda_.Function) -> None:
        # `tracing=` would put X-Ray's actions among the role's other statements.
        resource = cast("lambda_.CfnFunction", function.node.default_child)
        resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
        self.allow_without_resource(
            "Tracing",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
            because="X-Ray's actions take no resource",
        )


def stage_handler(target: Path, package: str, generated_files: Mapping[str, str]) -> None:
    """Lay out a function's asset in `target`: its package, the shared package, the generated files.

    Copied file by file instead of excluded from lambda/ as a whole, so that nothing which lies there by
    accident (another handler, bytecode, an editor's backup) can change the asset's hash.
    """
    for name in (package, SHARED_PACKAGE):
        source = LAMBDA_ROOT / name
        if not source.is_dir():
            raise FileNotFoundError(
                f"{source}: no such package in lambda/, needed by the function {package!r}"
            )
        for path in sorted(source.rglob("*.py")):
            copy = target / path.relative_to(LAMBDA_ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    for name, text in generated_files.items():
        (target / name).write_text(text, encoding="utf-8")
