"""What is seen and told of the models."""

import json
from typing import Any

from tests.unit.stacks.whole_app import imports, model, templates
from tests.unit.synthesis import written
from tests.unit.template_values import of_type, only


def template(*names: str) -> dict[str, Any]:
    return templates(*(model(name) for name in names or ("houses",)))["observability"]


def widgets() -> dict[str, dict[str, Any]]:
    body = written(only(template()["Resources"], "AWS::CloudWatch::Dashboard")["DashboardBody"])
    return {it["properties"]["title"]: it["properties"] for it in json.loads(body)["widgets"]}


def test_there_is_a_dashboard_and_a_composite_alarm_a_model() -> None:
    resources = template("houses", "flats")["Resources"]
    dashboards = of_type(resources, "AWS::CloudWatch::Dashboard")
    composites = of_type(resources, "AWS::CloudWatch::CompositeAlarm")
    assert [it["DashboardName"] for it in dashboards] == ["lifecycle-dev-houses", "lifecycle-dev-flats"]
    assert [it["AlarmName"] for it in composites] == ["lifecycle-dev-houses", "lifecycle-dev-flats"]


def test_a_model_is_unwell_when_its_champion_or_its_training_is() -> None:
    rule = written(only(template()["Resources"], "AWS::CloudWatch::CompositeAlarm")["AlarmRule"])
    for name in (
        "dev-houses-champion-errors",
        "dev-houses-champion-latency",
        "lifecycle-dev-train-houses-failed",
        "lifecycle-dev-train-houses-timed-out",
    ):
        assert f":alarm:{name}" in rule
    assert rule.count(" OR ") == 7


def test_a_model_is_unwell_when_its_challenger_is() -> None:
    rule = written(only(template()["Resources"], "AWS::CloudWatch::CompositeAlarm")["AlarmRule"])
    for name in ("dev-houses-challenger-errors", "dev-houses-challenger-latency"):
        assert f":alarm:{name}" in rule


def test_a_release_that_is_rolled_back_is_told() -> None:
    resources = template()["Resources"]
    rule = rule_from(resources, "aws.cloudformation")
    detail = rule["EventPattern"]["detail"]
    assert detail["status-details"] == {"status": ["UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"]}
    [prefix] = detail["stack-id"]
    assert written(prefix["prefix"]).endswith(":stack/lifecycle-dev-endpoint-")
    [topic_id] = [key for key, it in resources.items() if it["Type"] == "AWS::SNS::Topic"]
    assert [it["Arn"] for it in rule["Targets"]] == [{"Ref": topic_id}]


def test_a_verdict_on_a_trial_is_told() -> None:
    resources = template()["Resources"]
    [topic_id] = [key for key, it in resources.items() if it["Type"] == "AWS::SNS::Topic"]
    targets = rule_from(resources, "sagemaker-lifecycle")["Targets"]
    assert [it["Arn"] for it in targets] == [{"Ref": topic_id}]


def rule_from(resources: dict[str, Any], source: str) -> dict[str, Any]:
    """The one rule about events of this source."""
    rules = of_type(resources, "AWS::Events::Rule")
    [rule] = [it for it in rules if it["EventPattern"]["source"] == [source]]
    return rule


def test_every_alarm_that_stands_for_itself_and_every_composite_tells_the_topic() -> None:
    resources = template()["Resources"]
    composite = only(resources, "AWS::CloudWatch::CompositeAlarm")
    told = [
        it
        for it in of_type(resources, "AWS::CloudWatch::Alarm")
        if it["MetricName"] in ("ApproximateNumberOfMessagesVisible", "Errors", "5XXError")
    ]
    # The queue, the functions of releases, of their checks, outcomes and looks, and the API.
    assert len(told) == 6
    [topic_id] = [key for key, it in resources.items() if it["Type"] == "AWS::SNS::Topic"]
    assert [it["AlarmActions"] for it in [composite, *told]] == [[{"Ref": topic_id}]] * 7


def test_memory_is_compared_in_percent_and_the_rate_of_client_errors_as_a_part_of_one() -> None:
    alarms = {it.get("MetricName"): it for it in of_type(template()["Resources"], "AWS::CloudWatch::Alarm")}
    for name, namespace, limit in (
        ("MemoryUtilization", "/aws/sagemaker/Endpoints", 90),
        ("Invocation4XXErrors", "AWS/SageMaker", 0.25),
    ):
        alarm = alarms[name]
        assert (alarm["Namespace"], alarm["Statistic"], alarm["Threshold"]) == (namespace, "Average", limit)
        assert (alarm["Period"], alarm["EvaluationPeriods"]) == (60, 15)
        assert alarm["TreatMissingData"] == "notBreaching"
        assert {it["Name"]: it["Value"] for it in alarm["Dimensions"]} == {
            "EndpointName": "dev-houses",
            "VariantName": "champion",
        }


def test_the_dashboard_has_every_view() -> None:
    assert set(widgets()) == {
        "Alarms",
        "Releases",
        "Ledger of releases",
        "Invocations by variant",
        "Model latency",
        "Errors of the model",
        "Instances",
    }


def test_the_ledger_is_asked_for_by_the_models_name_and_not_for_other_ranges_of_time() -> None:
    ledger = widgets()["Ledger of releases"]
    [function] = [key for key, it in template()["Resources"].items() if it["Type"] == "AWS::Lambda::Function"]
    assert ledger["endpoint"] == f"<{function}.Arn>"
    assert ledger["params"] == {"model": "houses"}
    assert ledger["updateOn"] == {"refresh": True, "resize": False, "timeRange": False}


def test_releases_are_counted_over_the_whole_range_of_time_that_is_shown() -> None:
    releases = widgets()["Releases"]
    assert (releases["view"], releases["setPeriodToTimeRange"]) == ("bar", True)
    assert releases["metrics"][0][-1]["stat"] == "Sum"


def test_requests_are_drawn_by_the_minute_whatever_the_period_of_the_points() -> None:
    for title, drawn in (
        ("Invocations by variant", ("Invocations",)),
        ("Errors of the model", ("Invocation4XXErrors", "Invocation5XXErrors")),
    ):
        graph = widgets()[title]
        assert graph["yAxis"]["left"]["label"] == "requests a minute"
        expressions = [it[0]["expression"] for it in graph["metrics"] if "expression" in it[0]]
        assert expressions == [
            f"60 * {variant}_{name} / PERIOD({variant}_{name})"
            for variant in ("champion", "challenger")
            for name in drawn
        ]
        assert {it[-1]["stat"] for it in graph["metrics"] if "expression" not in it[0]} == {"Sum"}


def test_latency_is_drawn_in_milliseconds_with_its_limit() -> None:
    latency = widgets()["Model latency"]
    expressions = [it[0]["expression"] for it in latency["metrics"] if "expression" in it[0]]
    assert expressions == [
        f"{variant}_{percentile} / 1000"
        for variant in ("champion", "challenger")
        for percentile in ("p50", "p90", "p99")
    ]
    assert latency["annotations"]["horizontal"][0]["value"] == 500
    assert latency["yAxis"]["left"]["label"] == "milliseconds"


def test_instances_are_watched_in_their_own_namespace() -> None:
    shown = {(it[0], it[1]) for it in widgets()["Instances"]["metrics"]}
    assert shown == {
        ("/aws/sagemaker/Endpoints", "CPUUtilization"),
        ("/aws/sagemaker/Endpoints", "MemoryUtilization"),
    }


def test_cloudwatch_and_eventbridge_may_publish_to_the_encrypted_topic() -> None:
    statements = only(template()["Resources"], "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    allowed = [it for it in statements if it["Effect"] == "Allow"]
    assert [(it["Action"], it["Principal"]) for it in allowed] == [
        ("sns:Publish", {"Service": f"{service}.amazonaws.com"}) for service in ("cloudwatch", "events")
    ]
    key = only(templates(model())["foundation"]["Resources"], "AWS::KMS::Key")
    principals = [
        json.dumps(it["Principal"])
        for it in key["KeyPolicy"]["Statement"]
        if "kms:GenerateDataKey*" in it["Action"]
    ]
    for service in ("cloudwatch.amazonaws.com", "events.amazonaws.com"):
        assert any(service in it for it in principals)


def test_the_topic_takes_tls_only() -> None:
    statements = only(template()["Resources"], "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    [denied] = [it for it in statements if it["Effect"] == "Deny"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_further_model_changes_no_tie_to_another_stack() -> None:
    assert imports(template("houses")) == imports(template("houses", "flats"))
