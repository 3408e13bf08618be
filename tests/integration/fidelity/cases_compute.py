"""Lambda and Step Functions."""

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
]
