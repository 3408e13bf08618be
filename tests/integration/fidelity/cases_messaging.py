"""SQS, SNS, Logs, EventBridge, Scheduler, CloudWatch."""

from __future__ import annotations

from tests.integration.fidelity.case import NEW_TAGS, TAGS, Case, Json, Look, World, document, pairs

ACCOUNT = "123456789012"
PLACE = f"us-east-1:{ACCOUNT}"


def queue(look: Look) -> Json:
    told = look("sqs", "get_queue_attributes", QueueUrl=look.id, AttributeNames=["All"])["Attributes"]
    tags = look("sqs", "list_queue_tags", QueueUrl=look.id).get("Tags")
    return {**told, "QueueName": look.id.rsplit("/", 1)[-1], "Tags": pairs(tags)}


def topic(look: Look) -> Json:
    told = look("sns", "get_topic_attributes", TopicArn=look.id)["Attributes"]
    subscriptions = look("sns", "list_subscriptions_by_topic", TopicArn=look.id)["Subscriptions"]
    return {
        **told,
        "TopicName": look.id.rsplit(":", 1)[-1],
        "Subscription": [{"Protocol": one["Protocol"], "Endpoint": one["Endpoint"]} for one in subscriptions],
        "Tags": pairs(look("sns", "list_tags_for_resource", ResourceArn=look.id)["Tags"]),
    }


def log_group(look: Look) -> Json:
    told = look("logs", "describe_log_groups", logGroupNamePrefix=look.id)["logGroups"][0]
    arn = f"arn:aws:logs:{PLACE}:log-group:{look.id}"
    tags = look("logs", "list_tags_for_resource", resourceArn=arn)["tags"]
    return {**told, "Tags": pairs(tags)}


def metric_filter(look: Look) -> Json:
    told = look("logs", "describe_metric_filters", filterNamePrefix=look.id)["metricFilters"][0]
    changes = told["metricTransformations"]
    for change in changes:
        change["dimensions"] = pairs(change.get("dimensions"))
    return told


def rule(look: Look) -> Json:
    bus, _, name = look.id.rpartition("|")
    where = {"EventBusName": bus} if bus else {}
    told = look("events", "describe_rule", Name=name, **where)
    targets = look("events", "list_targets_by_rule", Rule=name, **where)["Targets"]
    tags = look("events", "list_tags_for_resource", ResourceARN=told["Arn"])["Tags"]
    return {**told, "Targets": targets, "Tags": pairs(tags)}


def alarm(look: Look) -> Json:
    kinds = ["MetricAlarm", "CompositeAlarm"]
    answer = look("cloudwatch", "describe_alarms", AlarmNames=[look.id], AlarmTypes=kinds)
    told = [*answer["MetricAlarms"], *answer["CompositeAlarms"]][0]
    tags = look("cloudwatch", "list_tags_for_resource", ResourceARN=told["AlarmArn"])["Tags"]
    return {**told, "Tags": pairs(tags)}


def dashboard(look: Look) -> Json:
    told = look("cloudwatch", "get_dashboard", DashboardName=look.id)
    tags = look("cloudwatch", "list_tags_for_resource", ResourceARN=told["DashboardArn"])["Tags"]
    return {**told, "Tags": pairs(tags)}


def metric_alarm(w: World) -> Json:
    return {
        "AlarmName": "fidelity-metric",
        "AlarmDescription": "an alarm",
        "ActionsEnabled": True,
        "AlarmActions": [w.topic],
        "OKActions": [w.topic],
        "InsufficientDataActions": [w.topic],
        "ComparisonOperator": "GreaterThanThreshold",
        "DatapointsToAlarm": 2,
        "Dimensions": [{"Name": "EndpointName", "Value": "x"}],
        "EvaluationPeriods": 3,
        "ExtendedStatistic": "p99",
        "EvaluateLowSampleCountPercentile": "ignore",
        "MetricName": "ModelLatency",
        "Namespace": "AWS/SageMaker",
        "Period": 60,
        "Threshold": 2.5,
        "TreatMissingData": "notBreaching",
        "Unit": "Microseconds",
        "Tags": TAGS,
    }


MATH = [
    {
        "Id": "rate",
        "Expression": "errors / requests",
        "Label": "error rate",
        "ReturnData": True,
    },
    *(
        {
            "Id": name,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SageMaker",
                    "MetricName": metric,
                    "Dimensions": [{"Name": "EndpointName", "Value": "x"}],
                },
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for name, metric in (("errors", "Invocation5XXErrors"), ("requests", "Invocations"))
    ),
]

CASES = [
    Case(
        "AWS::SQS::Queue",
        lambda w: {
            "QueueName": "fidelity-subject",
            "DelaySeconds": 5,
            "KmsMasterKeyId": w.key,
            "KmsDataKeyReusePeriodSeconds": 600,
            "MaximumMessageSize": 2048,
            "MessageRetentionPeriod": 1209600,
            "ReceiveMessageWaitTimeSeconds": 3,
            "RedriveAllowPolicy": {"redrivePermission": "denyAll"},
            "RedrivePolicy": {"deadLetterTargetArn": w.queue, "maxReceiveCount": 4},
            "VisibilityTimeout": 77,
            "Tags": TAGS,
        },
        queue,
        lambda w: {"DelaySeconds": 6, "RedrivePolicy": None, "VisibilityTimeout": 78, "Tags": NEW_TAGS},
    ),
    Case(
        "AWS::SQS::Queue",
        lambda w: {
            "QueueName": "fidelity-subject.fifo",
            "FifoQueue": True,
            "ContentBasedDeduplication": True,
            "SqsManagedSseEnabled": True,
        },
        queue,
        lambda w: {"ContentBasedDeduplication": False},
        label="fifo",
    ),
    Case(
        "AWS::SQS::QueuePolicy",
        lambda w: {
            "Queues": [w.queue_url],
            "PolicyDocument": document("sqs:SendMessage", "sns.amazonaws.com"),
        },
        lambda look: {
            "Queues": [look.world.queue_url],
            "PolicyDocument": queue(Look(look.world, look.world.queue_url))["Policy"],
        },
        lambda w: {"PolicyDocument": document("sqs:SendMessage", "events.amazonaws.com")},
    ),
    Case(
        "AWS::SNS::Topic",
        lambda w: {
            "TopicName": "fidelity-subject",
            "DisplayName": "shown",
            "KmsMasterKeyId": w.key,
            "SignatureVersion": "2",
            "TracingConfig": "Active",
            "Subscription": [{"Protocol": "sqs", "Endpoint": w.queue}],
            "Tags": TAGS,
        },
        topic,
        lambda w: {"DisplayName": "other", "Subscription": [], "Tags": NEW_TAGS},
    ),
    Case(
        "AWS::SNS::Topic",
        lambda w: {
            "TopicName": "fidelity-subject.fifo",
            "FifoTopic": True,
            "ContentBasedDeduplication": True,
        },
        topic,
        label="fifo",
    ),
    Case(
        "AWS::SNS::TopicPolicy",
        lambda w: {"Topics": [w.topic], "PolicyDocument": document("sns:Publish", "events.amazonaws.com")},
        lambda look: {
            "Topics": [look.world.topic],
            "PolicyDocument": topic(Look(look.world, look.world.topic))["Policy"],
        },
        lambda w: {"PolicyDocument": document("sns:Publish", "cloudwatch.amazonaws.com")},
    ),
    Case(
        "AWS::SNS::Subscription",
        lambda w: {
            "TopicArn": w.topic,
            "Protocol": "sqs",
            "Endpoint": w.queue,
            "RawMessageDelivery": True,
            "FilterPolicy": {"kind": ["a"]},
            "FilterPolicyScope": "MessageBody",
            "RedrivePolicy": {"deadLetterTargetArn": w.queue},
        },
        lambda look: look("sns", "get_subscription_attributes", SubscriptionArn=look.id)["Attributes"],
        lambda w: {"RawMessageDelivery": False, "FilterPolicy": {"kind": ["b"]}},
    ),
    Case(
        "AWS::Logs::LogGroup",
        lambda w: {
            "LogGroupName": "fidelity-subject",
            "KmsKeyId": w.key,
            "LogGroupClass": "STANDARD",
            "RetentionInDays": 30,
            "Tags": TAGS,
        },
        log_group,
        lambda w: {"RetentionInDays": 90, "Tags": NEW_TAGS},
    ),
    Case(
        "AWS::Logs::ResourcePolicy",
        lambda w: {
            "PolicyName": "fidelity",
            "PolicyDocument": document("logs:PutLogEvents", "es.amazonaws.com"),
        },
        lambda look: next(
            one for one in look("logs", "describe_resource_policies")["resourcePolicies"]
            if one["policyName"] == look.id
        ),
        lambda w: {"PolicyDocument": document("logs:CreateLogStream", "es.amazonaws.com")},
    ),
    Case(
        "AWS::Logs::MetricFilter",
        lambda w: {
            "FilterName": "fidelity",
            "LogGroupName": w.log_group,
            "FilterPattern": "{ $.level = ERROR }",
            "MetricTransformations": [
                {
                    "MetricName": "errors",
                    "MetricNamespace": "Mine",
                    "MetricValue": "1",
                    "Unit": "Count",
                    "Dimensions": [{"Key": "level", "Value": "$.level"}],
                }
            ],
        },
        metric_filter,
        lambda w: {"FilterPattern": "ERROR"},
    ),
    Case(
        "AWS::Events::Rule",
        lambda w: {
            "Name": "fidelity-pattern",
            "Description": "a rule",
            "EventBusName": "default",
            "EventPattern": {"source": ["aws.sagemaker"], "detail": {"name": [{"prefix": "a"}]}},
            "RoleArn": w.role,
            "State": "ENABLED",
            "Targets": [
                {
                    "Id": "one",
                    "Arn": w.queue,
                    "DeadLetterConfig": {"Arn": w.queue},
                    "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 600},
                    "InputTransformer": {"InputPathsMap": {"a": "$.detail"}, "InputTemplate": "<a>"},
                },
                {"Id": "two", "Arn": w.function, "Input": "{}"},
            ],
            "Tags": TAGS,
        },
        rule,
        lambda w: {
            "Description": "another",
            "State": "DISABLED",
            "EventPattern": {"source": ["mine"]},
            "Targets": [{"Id": "two", "Arn": w.function, "InputPath": "$.detail"}],
            "Tags": NEW_TAGS,
        },
    ),
    Case(
        "AWS::Events::Rule",
        lambda w: {
            "ScheduleExpression": "rate(7 days)",
            "Targets": [{"Id": "one", "Arn": w.function, "RoleArn": w.role}],
        },
        rule,
        lambda w: {"ScheduleExpression": "rate(8 days)"},
        label="schedule",
    ),
    Case(
        "AWS::Scheduler::Schedule",
        lambda w: {
            "Name": "fidelity",
            "GroupName": "default",
            "Description": "a schedule",
            "ScheduleExpression": "rate(7 days)",
            "ScheduleExpressionTimezone": "UTC",
            "StartDate": "2030-01-01T00:00:00Z",
            "EndDate": "2031-01-01T00:00:00Z",
            "State": "DISABLED",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "KmsKeyArn": w.key,
            "Target": {"Arn": w.function, "RoleArn": w.role},
        },
        lambda look: dates(look("scheduler", "get_schedule", Name=look.id)),
        lambda w: {"ScheduleExpression": "rate(8 days)", "State": "ENABLED"},
    ),
    Case(
        "AWS::CloudWatch::Alarm",
        metric_alarm,
        alarm,
        lambda w: {"Threshold": 3, "OKActions": [], "ActionsEnabled": False, "Tags": NEW_TAGS},
    ),
    Case(
        "AWS::CloudWatch::Alarm",
        lambda w: {
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Threshold": 0.01,
            "Metrics": MATH,
        },
        alarm,
        lambda w: {"Threshold": 0.02},
        label="math",
    ),
    Case(
        "AWS::CloudWatch::Alarm",
        lambda w: {
            "ComparisonOperator": "LessThanThreshold",
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "MetricName": "Invocations",
            "Namespace": "AWS/SageMaker",
            "Period": 60,
            "Statistic": "Sum",
        },
        alarm,
        label="statistic",
    ),
    Case(
        "AWS::CloudWatch::Alarm",
        lambda w: {
            "ComparisonOperator": "GreaterThanUpperThreshold",
            "EvaluationPeriods": 1,
            "ThresholdMetricId": "band",
            "Metrics": [
                {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(requests, 2)", "ReturnData": True},
                {**MATH[2], "ReturnData": True},
            ],
        },
        alarm,
        label="band",
    ),
    Case(
        "AWS::CloudWatch::CompositeAlarm",
        lambda w: {
            "AlarmName": "fidelity-composite",
            "AlarmDescription": "all of it",
            "AlarmRule": "ALARM(a) OR ALARM(b)",
            "ActionsEnabled": True,
            "AlarmActions": [w.topic],
            "OKActions": [w.topic],
            "InsufficientDataActions": [w.topic],
            "Tags": TAGS,
        },
        alarm,
        lambda w: {"AlarmRule": "ALARM(a)", "AlarmDescription": "less", "Tags": NEW_TAGS},
        lambda w: {
            f"Alarm{name}": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "AlarmName": name,
                    "Metrics": MATH,
                    "Threshold": 1,
                    "EvaluationPeriods": 1,
                    "ComparisonOperator": "GreaterThanThreshold",
                },
            }
            for name in ("a", "b")
        },
    ),
    Case(
        "AWS::CloudWatch::Dashboard",
        lambda w: {"DashboardName": "fidelity", "DashboardBody": '{"widgets":[]}', "Tags": TAGS},
        dashboard,
        lambda w: {"DashboardBody": '{"widgets":[{"type":"text"}]}', "Tags": NEW_TAGS},
    ),
]  # fmt: skip


def dates(told: Json) -> Json:
    """Dates as the template spells them."""
    return {
        **told,
        **{name: told[name].strftime("%Y-%m-%dT%H:%M:%SZ") for name in ("StartDate", "EndDate")},
    }
