"""An API in front of two functions, made once, and plain HTTP requests to it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator.server import Emulator
from tests.integration.conftest import allow

ClientFactory = Callable[..., Any]
REGION, ACCOUNT = "us-east-1", "123456789012"
STAGE = "live"
LOG_FORMAT = (
    '{"caller":"$context.identity.userArn","method":"$context.httpMethod","path":"$context.path",'
    '"status":"$context.status","error":"$context.error.responseType","odd":"$context.unheardOf"}'
)
ERROR = '{"error":{"code":"$context.error.responseType","message":$context.error.messageString}}'
BYTES = "application/octet-stream"

# /echo answers the event it got; /say answers what it is told to, or fails.
FUNCTION = """
import json, time

def handler(event, context):
    if not event["resource"].startswith("/say"):
        return {"statusCode": 200, "body": json.dumps(event)}
    told = json.loads(event["body"])
    if "fail" in told:
        raise ValueError(told["fail"])
    time.sleep(told.get("sleep", 0))
    return told["answer"]
"""


@dataclass
class Api:
    """A REST API, its resources by path, and requests to its stage."""

    gateway: Any
    url: str
    id: str
    log_group: str
    resources: dict[str, str] = field(default_factory=dict)
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False))

    def add(self, http_method: str, path: str, function_arn: str, **settings: Any) -> None:
        """A method with a Lambda proxy integration."""
        timeout = settings.pop("timeoutInMillis", 29000)
        where = {"restApiId": self.id, "resourceId": self._resource(path), "httpMethod": http_method}
        self.gateway.put_method(**where, **{"authorizationType": "NONE", **settings})
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn}/invocations"
        self.gateway.put_integration(
            **where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri, timeoutInMillis=timeout
        )

    def deploy(self) -> str:
        return self.gateway.create_deployment(restApiId=self.id)["id"]

    def serve(self, deployment: str) -> None:
        patch = {"op": "replace", "path": "/deploymentId", "value": deployment}
        self.gateway.update_stage(restApiId=self.id, stageName=STAGE, patchOperations=[patch])

    def ask(
        self,
        http_method: str,
        path: str,
        body: Any = None,
        *,
        signed: dict[str, Any] | None = None,
        service: str = "execute-api",
        region: str = REGION,
        stage: str = STAGE,
        headers: dict[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """One request; signed with the credentials ``signed`` where there are some."""
        host = f"{self.id}.execute-api.{REGION}.amazonaws.com"
        data = json.dumps(body) if isinstance(body, dict | list) else body
        request = AWSRequest(
            http_method, f"https://{host}/{stage}{path}", headers={**(headers or {}), "Host": host}, data=data
        )
        if signed is not None:
            keys = (signed["AccessKeyId"], signed["SecretAccessKey"], signed.get("SessionToken"))
            SigV4Auth(Credentials(*keys), service, region).add_auth(request)
        return self.pool.request(
            http_method, f"{self.url}/{stage}{path}", body=data, headers=dict(request.headers.items())
        )

    def _resource(self, path: str) -> str:
        if path not in self.resources:
            parent, _, part = path.rpartition("/")
            made = self.gateway.create_resource(
                restApiId=self.id, parentId=self._resource(parent), pathPart=part
            )
            self.resources[path] = made["id"]
        return self.resources[path]


DEVELOPER = {"AccessKeyId": "developer", "SecretAccessKey": "emulator"}


def _function(client: ClientFactory, name: str, role: str) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", FUNCTION)
    return client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": package.getvalue()},
    )["FunctionArn"]


@pytest.fixture(scope="session")
def api(emulator: Emulator, client: ClientFactory) -> Iterator[Api]:
    name = f"gateway-{uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    logging = {"Version": "2012-10-17", "Statement": [allow("logs:*")]}
    client("iam").put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=json.dumps(logging))
    function, closed = (_function(client, f"{name}-{kind}", role) for kind in ("open", "closed"))
    client("logs").create_log_group(logGroupName=name)

    gateway = client("apigateway")
    made = gateway.create_rest_api(name=name, binaryMediaTypes=[BYTES])
    api = Api(gateway, emulator.url, made["id"], name, {"": made["rootResourceId"]})
    client("lambda").add_permission(
        FunctionName=function,
        StatementId="gateway",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/*/*/*",
    )
    api.add("POST", "/echo/{id}", function)
    api.add("POST", "/echo/fixed", function)
    api.add("GET", "/files/{path+}", function)
    api.add("POST", "/say", function)
    api.add("POST", "/say/impatient", function, timeoutInMillis=50)
    api.add("POST", "/guarded/{id}", function, authorizationType="AWS_IAM")
    api.add("POST", "/closed", closed)
    api.add("GET", "/throttled", function)
    _checked(api, function)
    _stage(api, api.deploy())
    yield api
    gateway.delete_rest_api(restApiId=api.id)
    for arn in (function, closed):
        client("lambda").delete_function(FunctionName=arn)


def _checked(api: Api, function: str) -> None:
    """A method whose body and parameters are validated, and templates of gateway responses."""
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "number", "minimum": 1}}}
    api.gateway.create_model(
        restApiId=api.id, name="Checked", contentType="application/json", schema=json.dumps(schema)
    )
    validator = api.gateway.create_request_validator(
        restApiId=api.id, name="all", validateRequestBody=True, validateRequestParameters=True
    )
    api.add(
        "POST",
        "/checked",
        function,
        requestValidatorId=validator["id"],
        requestModels={"application/json": "Checked"},
        requestParameters={
            "method.request.querystring.must": True,
            "method.request.header.X-Must": True,
            "method.request.querystring.may": False,
        },
    )
    for kind, more in (("DEFAULT_4XX", {}), ("BAD_REQUEST_BODY", {"statusCode": "422"})):
        api.gateway.put_gateway_response(
            restApiId=api.id, responseType=kind, responseTemplates={"application/json": ERROR}, **more
        )


def _stage(api: Api, deployment: str) -> None:
    api.gateway.create_stage(restApiId=api.id, stageName=STAGE, deploymentId=deployment)
    destination = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{api.log_group}"
    settings = {
        "/accessLogSettings/destinationArn": destination,
        "/accessLogSettings/format": LOG_FORMAT,
        "/~1throttled/GET/throttling/rateLimit": "0.001",
        "/~1throttled/GET/throttling/burstLimit": "2",
    }
    api.gateway.update_stage(
        restApiId=api.id,
        stageName=STAGE,
        patchOperations=[{"op": "replace", "path": path, "value": value} for path, value in settings.items()],
    )
