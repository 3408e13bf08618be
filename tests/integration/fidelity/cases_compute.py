"""Lambda, Step Functions, API Gateway."""

from __future__ import annotations

import json

from tests.integration.fidelity.case import NEW_TAGS, TAGS, Case, Json, Look, World, pairs

ACCOUNT = "123456789012"
PLACE = f"us-east-1:{ACCOUNT}"
MACHINE = {"StartAt": "End", "States": {"End": {"Type": "Pass", "Result": "${what}", "End": True}}}


def function(look: Look) -> Json:
    told = look("lambda", "get_function", FunctionName=look.id)
    configuration = told["Configuration"]
    concurrency = look("lambda", "get_function_concurrency", FunctionName=look.id)
    return {
        **configuration,
        "Code": {"S3Bucket": look.world.bucket, "S3Key": f"{configuration['CodeSha256']}.zip"},
        "KmsKeyArn": configuration.get("KMSKeyArn"),
        "ReservedConcurrentExecutions": concurrency.get("ReservedConcurrentExecutions"),
        "Tags": pairs(told.get("Tags")),
    }


def permission(look: Look) -> Json:
    policy = json.loads(look("lambda", "get_policy", FunctionName=look.world.function)["Policy"])
    statement = next(one for one in policy["Statement"] if one["Sid"] == look.id)
    conditions = {
        key.lower(): value for test in statement.get("Condition", {}).values() for key, value in test.items()
    }
    principal = statement["Principal"]
    return {
        "Action": statement["Action"],
        "FunctionName": statement["Resource"],
        "Principal": principal if principal == "*" else principal["Service"],
        "SourceArn": conditions.get("aws:sourcearn"),
        "SourceAccount": conditions.get("aws:sourceaccount"),
        "EventSourceToken": conditions.get("lambda:eventsourcetoken"),
    }  # fmt: skip


def mapping(look: Look) -> Json:
    told = look("lambda", "get_event_source_mapping", UUID=look.id)
    tags = look("lambda", "list_tags", Resource=told["EventSourceMappingArn"])["Tags"]
    return {
        **told,
        "FunctionName": told["FunctionArn"],
        "Enabled": told["State"] in ("Enabled", "Enabling"),
        "Tags": pairs(tags),
    }


def invoke_config(look: Look) -> Json:
    told = look(
        "lambda", "get_function_event_invoke_config", FunctionName=look.world.function, Qualifier="$LATEST"
    )
    name, _, qualifier = told["FunctionArn"].rpartition(":")
    return {**told, "FunctionName": name, "Qualifier": qualifier}


def version(look: Look) -> Json:
    told = look("lambda", "get_function", FunctionName=look.id)["Configuration"]
    return {**told, "FunctionName": look.world.function}


def alias(look: Look) -> Json:
    name = look.id.rsplit(":", 1)[-1]
    told = look("lambda", "get_alias", FunctionName=look.world.function, Name=name)
    return {**told, "FunctionName": look.world.function}


def machine(look: Look) -> Json:
    told = look("stepfunctions", "describe_state_machine", stateMachineArn=look.id)
    tags = look("stepfunctions", "list_tags_for_resource", resourceArn=look.id)["tags"]
    asked = json.loads(json.dumps(MACHINE))
    said = json.loads(told["definition"])["States"]["End"]
    return {
        "StateMachineName": told["name"],
        "StateMachineType": told["type"],
        "RoleArn": told["roleArn"],
        "LoggingConfiguration": told.get("loggingConfiguration"),
        "TracingConfiguration": told.get("tracingConfiguration"),
        "DefinitionSubstitutions": {"what": said["Result"]},
        "DefinitionString": json.dumps(asked) if said["Result"] != "${what}" else told["definition"],
        "Definition": asked,
        "DefinitionS3Location": {"Bucket": look.world.bucket, "Key": f"{said.get('Comment')}.json"},
        "Tags": pairs(tags),
    }


def log_to(w: World, level: str = "ALL") -> Json:
    return {
        "Level": level,
        "IncludeExecutionData": True,
        "Destinations": [
            {"CloudWatchLogsLogGroup": {"LogGroupArn": f"arn:aws:logs:{PLACE}:log-group:{w.log_group}:*"}}
        ],
    }


def rest_api(look: Look) -> Json:
    told = look("apigateway", "get_rest_api", restApiId=look.id)
    tags = look("apigateway", "get_tags", resourceArn=f"arn:aws:apigateway:us-east-1::/restapis/{look.id}")
    return {**told, "ApiKeySourceType": told.get("apiKeySource"), "Tags": pairs(tags["tags"])}


def api(look: Look, operation: str, **parameters: str) -> Json:
    return look("apigateway", operation, restApiId=look.world.rest_api, **parameters)


def method(look: Look) -> Json:
    told = api(look, "get_method", resourceId=look.world.root_resource, httpMethod="POST")
    integration = told["methodIntegration"]
    responses = [dict(one) for one in integration.get("integrationResponses", {}).values()]
    return {
        **told,
        "RestApiId": look.world.rest_api,
        "ResourceId": look.world.root_resource,
        "MethodResponses": list(told.get("methodResponses", {}).values()),
        "Integration": {
            **integration,
            "IntegrationHttpMethod": integration["httpMethod"],
            "IntegrationResponses": responses,
        },
    }


def stage(look: Look) -> Json:
    told = api(look, "get_stage", stageName=look.id)
    settings = [
        {
            "HttpMethod": place.rsplit("/", 1)[1],
            "ResourcePath": "/" + place.rsplit("/", 1)[0].replace("~1", "/").strip("/"),
            **said,
            "DataTraceEnabled": said["dataTraceEnabled"],
        }
        for place, said in sorted(told.get("methodSettings", {}).items())
    ]
    return {
        **told,
        "RestApiId": look.world.rest_api,
        "AccessLogSetting": told.get("accessLogSettings"),
        "MethodSettings": settings,
        "Tags": pairs(told.get("tags")),
    }


def usage_plan(look: Look) -> Json:
    told = look("apigateway", "get_usage_plan", usagePlanId=look.id)
    return {**told, "UsagePlanName": told["name"], "Tags": pairs(told.get("tags"))}


def url(w: World) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{w.function}/invocations"


def deployed(w: World) -> Json:
    """A method, so that there is something to deploy, and a deployment of it."""
    return {
        "Other": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": w.rest_api,
                "ResourceId": w.root_resource,
                "HttpMethod": "GET",
                "AuthorizationType": "AWS_IAM",
                "Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": url(w)},
            },
        },
        "Deployed": {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": "Other",
            "Properties": {"RestApiId": w.rest_api},
        },
    }


CASES = [
    Case(
        "AWS::Lambda::Function",
        lambda w: {
            "FunctionName": "fidelity-subject",
            "Description": "a function",
            "Architectures": ["arm64"],
            "Code": {"S3Bucket": w.bucket, "S3Key": f"{w.tags['first']}.zip"},
            "DeadLetterConfig": {"TargetArn": w.queue},
            "Environment": {"Variables": {"A": "b"}},
            "EphemeralStorage": {"Size": 1024},
            "Handler": "main.handler",
            "KmsKeyArn": w.key,
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": w.log_group, "SystemLogLevel": "WARN"},
            "MemorySize": 256,
            "PackageType": "Zip",
            "ReservedConcurrentExecutions": 3,
            "Role": w.role,
            "Runtime": "python3.12",
            "Tags": TAGS,
            "Timeout": 17,
            "TracingConfig": {"Mode": "Active"},
        },
        function,
        lambda w: {
            "Description": "another",
            "Code": {"S3Bucket": w.bucket, "S3Key": f"{w.tags['second']}.zip"},
            "Environment": {"Variables": {"C": "d"}},
            "MemorySize": 512,
            "ReservedConcurrentExecutions": 4,
            "Timeout": 18,
            "TracingConfig": {"Mode": "PassThrough"},
            "Tags": NEW_TAGS,
        },
    ),
    Case(
        "AWS::Lambda::Permission",
        lambda w: {
            "Action": "lambda:InvokeFunction",
            "FunctionName": w.function,
            "Principal": "events.amazonaws.com",
            "SourceArn": f"arn:aws:events:{PLACE}:rule/x",
            "SourceAccount": ACCOUNT,
        },
        permission,
    ),
    Case(
        "AWS::Lambda::Permission",
        lambda w: {
            "Action": "lambda:InvokeFunction",
            "FunctionName": w.function,
            "Principal": "*",
            "EventSourceToken": "token",
        },
        permission,
        label="token",
    ),
    Case(
        "AWS::Lambda::EventSourceMapping",
        lambda w: {
            "EventSourceArn": w.queue,
            "FunctionName": w.function,
            "BatchSize": 5,
            "Enabled": False,
            "FilterCriteria": {"Filters": [{"Pattern": '{"body":{"a":[1]}}'}]},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "MaximumBatchingWindowInSeconds": 2,
            "ScalingConfig": {"MaximumConcurrency": 2},
            "Tags": TAGS,
        },
        mapping,
        lambda w: {"BatchSize": 6, "ScalingConfig": {"MaximumConcurrency": 3}, "Tags": NEW_TAGS},
    ),
    Case(
        "AWS::Lambda::EventInvokeConfig",
        lambda w: {
            "FunctionName": w.function,
            "Qualifier": "$LATEST",
            "MaximumEventAgeInSeconds": 600,
            "MaximumRetryAttempts": 1,
            "DestinationConfig": {"OnFailure": {"Destination": w.queue}},
        },
        invoke_config,
        lambda w: {"MaximumRetryAttempts": 0},
    ),
    Case(
        "AWS::Lambda::Version",
        lambda w: {"FunctionName": w.function, "Description": "one", "CodeSha256": w.tags["first"]},
        version,
    ),
    Case(
        "AWS::Lambda::Alias",
        lambda w: {
            "FunctionName": w.function,
            "Name": "live",
            "Description": "an alias",
            "FunctionVersion": "$LATEST",
        },
        alias,
        lambda w: {"Description": "another"},
    ),
    Case(
        "AWS::StepFunctions::StateMachine",
        lambda w: {
            "StateMachineName": "fidelity-subject",
            "StateMachineType": "STANDARD",
            "RoleArn": w.role,
            "DefinitionString": json.dumps(MACHINE),
            "DefinitionSubstitutions": {"what": "this"},
            "LoggingConfiguration": log_to(w),
            "TracingConfiguration": {"Enabled": True},
            "Tags": TAGS,
        },
        machine,
        lambda w: {
            "DefinitionSubstitutions": {"what": "that"},
            "LoggingConfiguration": log_to(w, "ERROR"),
            "TracingConfiguration": {"Enabled": False},
            "Tags": NEW_TAGS,
        },
    ),
    Case(
        "AWS::StepFunctions::StateMachine",
        lambda w: {"RoleArn": w.role, "Definition": MACHINE},
        machine,
        label="object",
    ),
    Case(
        "AWS::StepFunctions::StateMachine",
        lambda w: {"RoleArn": w.role, "DefinitionS3Location": {"Bucket": w.bucket, "Key": "machine.json"}},
        machine,
        label="s3",
    ),
    Case(
        "AWS::ApiGateway::RestApi",
        lambda w: {
            "Name": "fidelity-subject",
            "Description": "an API",
            "ApiKeySourceType": "HEADER",
            "BinaryMediaTypes": ["image/png"],
            "DisableExecuteApiEndpoint": True,
            "EndpointConfiguration": {"Types": ["REGIONAL"]},
            "MinimumCompressionSize": 1024,
            "Policy": {"Version": "2012-10-17", "Statement": []},
            "Tags": TAGS,
        },
        rest_api,
        lambda w: {
            "Description": "another",
            "BinaryMediaTypes": ["image/gif"],
            "DisableExecuteApiEndpoint": False,
            "MinimumCompressionSize": 2048,
            "Tags": NEW_TAGS,
        },
    ),
    Case(
        "AWS::ApiGateway::Resource",
        lambda w: {"RestApiId": w.rest_api, "ParentId": w.root_resource, "PathPart": "{model}"},
        lambda look: {**api(look, "get_resource", resourceId=look.id), "RestApiId": look.world.rest_api},
    ),
    Case(
        "AWS::ApiGateway::Method",
        lambda w: {
            "RestApiId": w.rest_api,
            "ResourceId": w.root_resource,
            "HttpMethod": "POST",
            "AuthorizationType": "AWS_IAM",
            "AuthorizationScopes": ["a/b"],
            "ApiKeyRequired": True,
            "OperationName": "predict",
            "RequestParameters": {"method.request.querystring.variant": False},
            "RequestModels": {"application/json": {"Ref": "Model"}},
            "RequestValidatorId": {"Ref": "Validator"},
            "MethodResponses": [{"StatusCode": "200", "ResponseModels": {"application/json": "Empty"}}],
            "Integration": {
                "Type": "AWS",
                "IntegrationHttpMethod": "POST",
                "Uri": url(w),
                "Credentials": w.role,
                "PassthroughBehavior": "NEVER",
                "RequestTemplates": {"application/json": "$input.body"},
                "TimeoutInMillis": 5000,
                "IntegrationResponses": [
                    {"StatusCode": "200", "ResponseTemplates": {"application/json": "$input.body"}}
                ],
            },
        },
        method,
        lambda w: {"ApiKeyRequired": False, "MethodResponses": None, "AuthorizationScopes": None},
        lambda w: {
            "Model": {
                "Type": "AWS::ApiGateway::Model",
                "Properties": {"RestApiId": w.rest_api, "Name": "Ask", "Schema": {"type": "object"}},
            },
            "Validator": {
                "Type": "AWS::ApiGateway::RequestValidator",
                "Properties": {"RestApiId": w.rest_api, "ValidateRequestBody": True},
            },
        },
    ),
    Case(
        "AWS::ApiGateway::Method",
        lambda w: {
            "RestApiId": w.rest_api,
            "ResourceId": w.root_resource,
            "HttpMethod": "POST",
            "AuthorizationType": "CUSTOM",
            "AuthorizerId": w.tags["authorizer"],
            "Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": url(w)},
        },
        method,
        label="authorizer",
    ),
    Case(
        "AWS::ApiGateway::Model",
        lambda w: {
            "RestApiId": w.rest_api,
            "Name": "Subject",
            "Description": "a model",
            "ContentType": "application/json",
            "Schema": {"type": "object"},
        },
        lambda look: {**api(look, "get_model", modelName=look.id), "RestApiId": look.world.rest_api},
        lambda w: {"Description": "another", "Schema": {"type": "array"}},
    ),
    Case(
        "AWS::ApiGateway::RequestValidator",
        lambda w: {
            "RestApiId": w.rest_api,
            "Name": "strict",
            "ValidateRequestBody": True,
            "ValidateRequestParameters": True,
        },
        lambda look: {
            **api(look, "get_request_validator", requestValidatorId=look.id),
            "RestApiId": look.world.rest_api,
        },
        lambda w: {"ValidateRequestBody": False},
    ),
    Case(
        "AWS::ApiGateway::Deployment",
        lambda w: {"RestApiId": w.rest_api, "Description": "first"},
        lambda look: {
            **api(look, "get_deployment", deploymentId=look.id),
            "RestApiId": look.world.rest_api,
        },
        lambda w: {"Description": "second"},
        deployed,
    ),
    Case(
        "AWS::ApiGateway::Stage",
        lambda w: {
            "RestApiId": w.rest_api,
            "StageName": "v1",
            "DeploymentId": {"Ref": "Deployed"},
            "Description": "a stage",
            "AccessLogSetting": {
                "DestinationArn": f"arn:aws:logs:{PLACE}:log-group:x",
                "Format": "$context.status",
            },
            "CacheClusterEnabled": True,
            "CacheClusterSize": "0.5",
            "MethodSettings": [
                {
                    "HttpMethod": "*",
                    "ResourcePath": "/*",
                    "DataTraceEnabled": False,
                    "LoggingLevel": "ERROR",
                    "MetricsEnabled": True,
                    "ThrottlingBurstLimit": 100,
                    "ThrottlingRateLimit": 50,
                },
            ],
            "TracingEnabled": True,
            "Variables": {"a": "b"},
            "Tags": TAGS,
        },
        stage,
        lambda w: {
            "Description": "another",
            "CacheClusterEnabled": False,
            "CacheClusterSize": None,
            "TracingEnabled": False,
            "Variables": {"c": "d"},
            "MethodSettings": [{"HttpMethod": "POST", "ResourcePath": "/models", "LoggingLevel": "INFO"}],
            "Tags": NEW_TAGS,
        },
        deployed,
    ),
    Case(
        "AWS::ApiGateway::Account",
        lambda w: {"CloudWatchRoleArn": w.role},
        lambda look: look("apigateway", "get_account"),
    ),
    Case(
        "AWS::ApiGateway::UsagePlan",
        lambda w: {
            "UsagePlanName": "fidelity",
            "Description": "a plan",
            "Quota": {"Limit": 100, "Period": "DAY"},
            "Throttle": {"BurstLimit": 10, "RateLimit": 5},
            "ApiStages": [],
            "Tags": TAGS,
        },
        usage_plan,
        lambda w: {"Tags": NEW_TAGS},
    ),
    Case(
        "AWS::ApiGateway::GatewayResponse",
        lambda w: {
            "RestApiId": w.rest_api,
            "ResponseType": "DEFAULT_4XX",
            "StatusCode": "418",
            "ResponseParameters": {"gatewayresponse.header.x": "'y'"},
            "ResponseTemplates": {"application/json": "{}"},
        },
        lambda look: {
            **api(look, "get_gateway_response", responseType="DEFAULT_4XX"),
            "RestApiId": look.world.rest_api,
        },
        lambda w: {"ResponseTemplates": {"application/json": "[]"}},
    ),
]
