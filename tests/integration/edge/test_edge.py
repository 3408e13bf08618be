"""The front door: what handlers are given, what callers get back, and who is not let in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3.session
import pytest
import urllib3
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.wrappers import Response

from emulator import edge
from emulator.edge import Call
from emulator.errors import AwsError
from emulator.server import Emulator

Answer = dict[str, Any] | Response | None
Handle = Callable[[str, str, Callable[[Call], Answer]], None]


@pytest.fixture
def url(emulator: Emulator) -> str:
    return emulator.url


@pytest.fixture(scope="module")
def session() -> boto3.session.Session:
    return boto3.session.Session(
        region_name="eu-west-1", aws_access_key_id="developer", aws_secret_access_key="emulator"
    )


@pytest.fixture
def client(url: str, session: boto3.session.Session) -> Callable[..., Any]:
    def make(service: str, **config: Any) -> Any:
        chosen: Any = session.client
        return chosen(service, endpoint_url=url, config=Config(retries={"max_attempts": 0}, **config))

    return make


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Handle:
    """Puts a handler in an operation's place."""

    def put(service: str, operation: str, handler: Callable[[Call], Answer]) -> None:
        monkeypatch.setitem(edge._operations, (service, operation), handler)

    return put


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return status, answer["Error"]["Code"], answer["Error"]["Message"]


def seen(handle: Handle, service: str, operation: str, answer: Answer = None) -> list[Call]:
    """Collects what the handler of an operation is given."""
    calls: list[Call] = []

    def handler(call: Call) -> Answer:
        calls.append(call)
        return answer

    handle(service, operation, handler)
    return calls


def test_a_json_request_is_read_and_answered_by_the_model(client: Any, handle: Handle) -> None:
    calls = seen(handle, "ssm", "GetParameter", {"Parameter": {"Name": "n", "Version": 7}})
    told = client("ssm").get_parameter(Name="n", WithDecryption=True)
    assert calls[0].params == {"Name": "n", "WithDecryption": True}
    assert (calls[0].service, calls[0].operation, calls[0].region) == ("ssm", "GetParameter", "eu-west-1")
    assert told["Parameter"] == {"Name": "n", "Version": 7}


def test_a_query_request_is_read_and_answered_by_the_model(client: Any, handle: Handle) -> None:
    calls = seen(handle, "cloudformation", "CreateStack", {"StackId": "arn"})
    parameters = [
        {"ParameterKey": "A", "ParameterValue": "1"},
        {"ParameterKey": "B", "UsePreviousValue": True},
    ]
    told = client("cloudformation").create_stack(StackName="s", Parameters=parameters, TimeoutInMinutes=5)
    assert calls[0].params == {"StackName": "s", "Parameters": parameters, "TimeoutInMinutes": 5}
    assert told["StackId"] == "arn"


def test_a_rest_json_request_is_read_from_path_query_headers_and_body(client: Any, handle: Handle) -> None:
    calls = seen(handle, "lambda", "UpdateFunctionCode", {"FunctionName": "f", "CodeSize": 3})
    told = client("lambda").update_function_code(FunctionName="a/b c", ZipFile=b"\x00zip", Publish=True)
    assert calls[0].params == {"FunctionName": "a/b c", "ZipFile": b"\x00zip", "Publish": True}
    assert (told["FunctionName"], told["CodeSize"]) == ("f", 3)
    invoked = seen(handle, "lambda", "Invoke", Response("{}", status=200))
    client("lambda").invoke(FunctionName="f", Qualifier="1", InvocationType="DryRun", Payload=b"{}")
    assert {k: v for k, v in invoked[0].params.items() if v} == {
        "FunctionName": "f",
        "Qualifier": "1",
        "InvocationType": "DryRun",
        "Payload": b"{}",
    }


def test_a_request_to_an_object_store_keeps_its_body_unread(client: Any, handle: Handle) -> None:
    calls = seen(handle, "s3", "PutObject", {"ETag": '"1"'})
    told = client("s3").put_object(Bucket="b", Key="a/ü", Body=b"<not xml")
    assert calls[0].params == {"Bucket": "b", "Key": "a/ü"}
    assert b"<not xml" in calls[0].request.get_data()
    assert told["ETag"] == '"1"'


def test_a_rest_xml_answer_is_the_models(client: Any, handle: Handle) -> None:
    seen(handle, "s3", "ListBuckets", {"Buckets": [{"Name": "one"}]})
    assert client("s3").list_buckets()["Buckets"] == [{"Name": "one"}]


REFUSED = [
    # service, call, operation, error, status that the caller sees
    ("ssm", lambda c: c.get_parameter(Name="n"), "GetParameter", "ParameterNotFound", 400),
    ("iam", lambda c: c.get_role(RoleName="n"), "GetRole", "NoSuchEntity", 404),
    ("lambda", lambda c: c.get_function(FunctionName="n"), "GetFunction", "ResourceNotFoundException", 404),
    ("s3", lambda c: c.list_objects_v2(Bucket="bbb"), "ListObjectsV2", "NoSuchBucket", 404),
    ("cloudformation", lambda c: c.describe_stacks(), "DescribeStacks", "ValidationError", 418),
]


@pytest.mark.parametrize(("service", "call", "operation", "code", "status"), REFUSED, ids=lambda v: str(v))
def test_an_error_takes_its_protocols_form_and_its_modelled_status(
    client: Any, handle: Handle, service: str, call: Any, operation: str, code: str, status: int
) -> None:
    def refuse(_call: Call) -> Answer:
        raise AwsError(code, "it <is> so", status=418)

    handle(service, operation, refuse)
    assert refusal(lambda: call(client(service))) == (status, code, "it <is> so")


@pytest.mark.parametrize(
    ("service", "call", "operation"), [case[:3] for case in REFUSED], ids=lambda v: str(v)
)
def test_a_handler_that_breaks_is_an_internal_failure(
    client: Any, handle: Handle, service: str, call: Any, operation: str
) -> None:
    handle(service, operation, lambda _call: {}["what was forgotten"])
    status, code, message = refusal(lambda: call(client(service)))
    assert (status, code) == (500, "InternalFailure")
    assert "what was forgotten" in message


@pytest.mark.parametrize("body", ["{", "[1]", '"text"', '{"MaxResults": "many"}'])
def test_a_body_that_is_not_of_the_protocol_is_refused(url: str, session: Any, body: str) -> None:
    target = {"X-Amz-Target": "AmazonSSM.DescribeParameters"}
    answer = signed(url, session, "ssm", "POST", "/", body, target)
    assert (answer.status, answer.json()["__type"]) == (400, "SerializationException")
    rest = signed(
        url, session, "lambda", "POST", "/2015-03-31/functions", body.replace("MaxResults", "Timeout")
    )
    assert rest.status == 400
    assert rest.headers["x-amzn-ErrorType"] == "SerializationException"


def test_an_operation_of_a_service_that_is_ours_alone_is_not_left_to_moto(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(edge._whole_services, "ecr", "it has no images")
    status, code, message = refusal(lambda: client("ecr").describe_repositories())
    assert (status, code) == (501, "NotImplemented")
    assert message == "the emulator does not do ecr:DescribeRepositories: it has no images"


def test_what_moto_does_not_do_is_501(client: Any) -> None:
    gateway = client("apigateway")
    status, code, message = refusal(
        lambda: gateway.update_method(restApiId="a", resourceId="b", httpMethod="GET")
    )
    assert (status, code) == (501, "NotImplemented")
    assert "update_method" in message


def test_an_operation_has_one_handler() -> None:
    with pytest.raises(RuntimeError, match="lambda:Invoke has two handlers"):
        edge.operation("lambda", "Invoke")(lambda _call: None)


def test_an_interceptor_can_fail_a_call(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(call: Call) -> None:
        raise AwsError("TooMuch", f"{call.operation} is too much", status=429)

    monkeypatch.setattr(edge, "interceptors", [fail])
    refused = refusal(lambda: client("ssm").get_parameter(Name="n"))
    assert refused == (429, "TooMuch", "GetParameter is too much")


def plain(
    url: str, method: str, path: str, body: Any = None, headers: Any = None
) -> urllib3.BaseHTTPResponse:
    return urllib3.request(method, url + path, body=body, headers=headers, retries=False)


def signed(
    url: str, session: Any, service: str, method: str, path: str, body: Any = None, headers: Any = None
) -> urllib3.BaseHTTPResponse:
    request = AWSRequest(method, url + path, data=body, headers=headers)
    SigV4Auth(session.get_credentials(), service, "eu-west-1").add_auth(request)
    return plain(url, method, path, body, dict(request.headers.items()))


def test_an_unsigned_json_request_is_refused(url: str) -> None:
    answer = plain(url, "POST", "/", "{}", {"X-Amz-Target": "SageMaker.ListEndpoints"})
    assert (answer.status, answer.json()) == (
        403,
        {"__type": "MissingAuthenticationTokenException", "message": "Missing Authentication Token"},
    )


def test_an_unsigned_query_request_is_refused(url: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = plain(url, "POST", "/", "Action=ListRoles&Version=2010-05-08", form)
    assert answer.status == 403
    assert b"<ErrorResponse><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code>" in answer.data


def test_an_unsigned_rest_json_request_is_refused(url: str) -> None:
    answer = plain(url, "GET", "/2015-03-31/functions/")
    assert (answer.status, answer.json()["message"]) == (403, "Missing Authentication Token")
    assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"


def test_an_unsigned_client_sees_the_code_of_its_service(client: Any) -> None:
    anonymous = {"signature_version": UNSIGNED}
    s3 = client("s3", **anonymous)
    assert refusal(lambda: s3.list_objects_v2(Bucket="bbb")) == (403, "AccessDenied", "Access Denied")
    for service, call in (
        ("ssm", lambda c: c.describe_parameters()),
        ("lambda", lambda c: c.list_functions()),
        ("iam", lambda c: c.list_roles()),
    ):
        status, code, _ = refusal(lambda service=service, call=call: call(client(service, **anonymous)))
        assert (status, code.removesuffix("Exception")) == (403, "MissingAuthenticationToken")


def test_an_unsigned_request_to_anything_else_is_access_denied(url: str) -> None:
    for path in ("/", "/bucket/key", "/moto-api/reset"):
        answer = plain(url, "GET", path)
        assert (answer.status, answer.data) == (
            403,
            b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
        )


def test_sts_takes_a_web_identity_without_a_signature(client: Any) -> None:
    answer = client("sts", signature_version=UNSIGNED).assume_role_with_web_identity(
        RoleArn="arn:aws:iam::123456789012:role/ci", RoleSessionName="ci", WebIdentityToken="a.b.c"
    )
    assert answer["Credentials"]["SessionToken"]


@pytest.mark.parametrize("version", [None, "s3v4"], ids=["old", "new"])  # boto3 still makes old ones
def test_a_presigned_url_needs_no_header_until_it_expires(client: Any, version: str | None) -> None:
    s3 = client("s3", signature_version=version)
    place = {"Bucket": f"presigned-{version}", "Key": "k"}
    s3.create_bucket(Bucket=place["Bucket"], CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(**place, Body=b"x")
    good = s3.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
    assert plain(good, "GET", "").data == b"x"
    expired = plain(s3.generate_presigned_url("get_object", Params=place, ExpiresIn=-60), "GET", "")
    assert expired.status == 403
    assert b"<Code>AccessDenied</Code><Message>Request has expired</Message>" in expired.data.replace(
        b"\n", b""
    )


def test_a_presigned_url_without_a_readable_date_is_refused(client: Any) -> None:
    s3 = client("s3", signature_version="s3v4")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bbb", "Key": "k"})
    answer = plain(url.replace("X-Amz-Date=2", "X-Amz-Date=x"), "GET", "")
    assert answer.status == 400
    assert b"AuthorizationQueryParametersError" in answer.data


@pytest.mark.parametrize("version", [None, "s3v4"], ids=["old", "new"])  # boto3 still makes old ones
def test_a_presigned_url_has_the_rights_of_who_signed_it(
    client: Any, session: Any, version: str | None
) -> None:
    iam, sts = client("iam"), client("sts")
    trust = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
        '"Principal":{"AWS":"arn:aws:iam::123456789012:root"}}]}'
    )
    role = iam.create_role(RoleName=f"signer-{version}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    keys = sts.assume_role(RoleArn=role, RoleSessionName="signer")["Credentials"]
    signer = session.client(
        "s3",
        endpoint_url=client("s3").meta.endpoint_url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(signature_version=version),
    )
    url = signer.generate_presigned_url("get_object", Params={"Bucket": "bbb", "Key": "k"})
    answer = plain(url, "GET", "")
    assert answer.status == 403
    assert b"is not authorized to perform: s3:GetObject" in answer.data


def test_a_role_is_refused_what_cannot_be_told(url: str, client: Any) -> None:
    iam, sts = client("iam"), client("sts")
    trust = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}]}'
    )
    role = iam.create_role(RoleName="strange", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    keys = sts.assume_role(RoleArn=role, RoleSessionName="strange")["Credentials"]
    session = boto3.session.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    target = {"X-Amz-Target": "Nothing.Known"}
    answer = signed(url, session, "unheard-of", "POST", "/", "{}", target)
    assert answer.status == 403
    assert answer.json()["message"] == "emulator: the operation of this request to unheard-of is not known"


def test_a_large_report_of_metrics_arrives_though_it_is_compressed(client: Callable[..., Any]) -> None:
    cloudwatch = client("cloudwatch", request_min_compression_size_bytes=1000)
    data = [{"MetricName": f"m{number}", "Value": 1.0} for number in range(200)]
    cloudwatch.put_metric_data(Namespace="Compressed", MetricData=data)
    assert len(cloudwatch.list_metrics(Namespace="Compressed")["Metrics"]) == 200
