"""API Gateway."""

from __future__ import annotations

from tests.integration.fidelity.case import NEW_TAGS, TAGS, Case, Json, Look, World, pairs

ACCOUNT = "123456789012"
PLACE = f"us-east-1:{ACCOUNT}"


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
