"""The HTTP API that predictions are asked of, and told what became of them."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import names
from sagemaker_lifecycle.encrypted_log_group import EncryptedLogGroup
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.nag import accept

STAGE = "v1"

# The handler's own shape of an error, for what API Gateway refuses itself (signature, throttle, path).
ERROR_BODY = '{"error":{"code":"$context.error.responseType","message":$context.error.messageString}}'


class PredictionApi(Construct):
    """`POST /models/{model}/predictions` and `…/feedback`, for callers that IAM allows to invoke it.

    Props:
        predict: answers the predictions.
        feedback: takes what became of them.
        environment: gives the throttle (requests a second, and at once) and the logs' retention.
        key: encrypts the logs.

    Logs say who asked for what and how it ended, never what was in it: bodies are logged nowhere.
    API Gateway writes logs under one role an account and region. This sets it, and leaves the role behind
    when the stack is deleted, because by then other APIs may log under it.

    Attributes: api, url (ends with a slash).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        predict: lambda_.IFunction,
        feedback: lambda_.IFunction,
        environment: Environment,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        access_log = EncryptedLogGroup(
            self, "AccessLog", key=key, retention_days=environment.log_retention_days
        )
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=f"{names.prefix(environment.name)}-predictions",
            description="Predictions of the models",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN,
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE,
                access_log_destination=apigateway.LogGroupLogDestination(access_log),
                access_log_format=_access_log_format(),
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                data_trace_enabled=False,
                metrics_enabled=True,
                tracing_enabled=True,
                throttling_rate_limit=environment.api_rate_limit,
                throttling_burst_limit=environment.api_burst_limit,
            ),
        )
        # An output under a generated name; the stack has one under a name that can be relied on.
        self.api.node.try_remove_child("Endpoint")
        self.url = self.api.url
        self._add_routes(predict, feedback)
        self._answer_errors_in_one_shape()
        self._keep_execution_log(environment, key)
        self._accept_findings()

    def _add_routes(self, predict: lambda_.IFunction, feedback: lambda_.IFunction) -> None:
        model = self.api.root.add_resource("models").add_resource("{model}")
        # Only that it is a JSON object: the function names the field that is wrong, API Gateway cannot.
        body = self.api.add_model(
            "Request",
            content_type="application/json",
            schema=apigateway.JsonSchema(
                schema=apigateway.JsonSchemaVersion.DRAFT4, type=apigateway.JsonSchemaType.OBJECT
            ),
        )
        validator = self.api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        for route, function, query in (("predictions", predict, ["variant"]), ("feedback", feedback, [])):
            model.add_resource(route).add_method(
                "POST",
                apigateway.LambdaIntegration(function, allow_test_invoke=False),
                authorization_type=apigateway.AuthorizationType.IAM,
                request_parameters={
                    "method.request.path.model": True,
                    **{f"method.request.querystring.{name}": False for name in query},
                },
                request_models={"application/json": body},
                request_validator=validator,
            )

    def _answer_errors_in_one_shape(self) -> None:
        for name, response in (
            ("ClientError", apigateway.ResponseType.DEFAULT_4_XX),
            ("ServerError", apigateway.ResponseType.DEFAULT_5_XX),
        ):
            self.api.add_gateway_response(name, type=response, templates={"application/json": ERROR_BODY})

    def _keep_execution_log(self, environment: Environment, key: kms.IKey) -> None:
        """API Gateway would make this group itself, unencrypted and kept for ever."""
        log = EncryptedLogGroup(
            self,
            "ExecutionLog",
            key=key,
            retention_days=environment.log_retention_days,
            name=f"API-Gateway-Execution-Logs_{self.api.rest_api_id}/{STAGE}",
        )
        self.api.deployment_stage.node.add_dependency(log)

    def _accept_findings(self) -> None:
        accept(
            self.api,
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
            because="API Gateway's account-wide logging role; AWS keeps this policy for exactly that purpose",
        )
        accept(
            self.api,
            "APIG3",
            "COG4",
            because="callers are AWS principals: the method authorizes by IAM, throttled; no web client",
        )


def _access_log_format() -> apigateway.AccessLogFormat:
    return apigateway.AccessLogFormat.custom(
        '{"requestId":"$context.requestId","time":"$context.requestTimeEpoch","caller":"$context.identity.userArn",'
        '"ip":"$context.identity.sourceIp","method":"$context.httpMethod","path":"$context.path",'
        '"status":"$context.status","latency":"$context.responseLatency","error":"$context.error.responseType"}'
    )
