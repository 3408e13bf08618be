"""Schedule expressions: the rules of Amazon EventBridge."""

import pytest

from sagemaker_lifecycle.spec.schedule import check_schedule


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(1 day)",
        "rate(12 hours)",
        "cron(0 6 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0/15 * * * ? *)",
        "cron(0 8 1,15 * ? 2026-2030)",
        "cron(0 8 L * ? *)",
        "cron(0 8 15W JAN,jul ? *)",
        "cron(0 8 ? * 6L *)",
        "cron(0 8 ? * 2#1 *)",
        "cron(5,35 14 * */2 ? *)",
    ],
)
def test_expressions_that_eventbridge_takes(expression: str) -> None:
    assert check_schedule(expression) == expression


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("daily", "neither a rate nor a cron"),
        ("rate(1 day) ", "neither a rate nor a cron"),
        ("rate(0 days)", "no positive whole number"),
        ("rate(1.5 hours)", "no positive whole number"),
        ("rate(day)", "no positive whole number"),
        ("rate(1 days)", "must say day after 1"),
        ("rate(2 day)", "must say days after 2"),
        ("rate(2 weeks)", "the unit 'weeks'"),
        ("cron(0 6 * * *)", "has 5 fields, not 6"),
        ("cron(0 6 * * * *)", "must have [?] in exactly one"),
        ("cron(0 6 ? * ? *)", "must have [?] in exactly one"),
        ("cron(60 6 * * ? *)", "'60' for minutes"),
        ("cron(0 24 * * ? *)", "'24' for hours"),
        ("cron(0 6 32 * ? *)", "'32' for day-of-month"),
        ("cron(0 6 ? * 0 *)", "'0' for day-of-week"),
        ("cron(0 6 ? * MOON *)", "'MOON' for day-of-week"),
        ("cron(0 6 * 13 ? *)", "'13' for month"),
        ("cron(0 6 * * ? 1969)", "'1969' for year"),
        ("cron(0/0 6 * * ? *)", "'0/0' for minutes"),
        ("cron(5-1 6 * * ? *)", "'5-1' for minutes"),
        ("cron(1-2-3 6 * * ? *)", "'1-2-3' for minutes"),
        ("cron(, 6 * * ? *)", "',' for minutes"),
    ],
)
def test_expressions_that_eventbridge_refuses(expression: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as refused:
        check_schedule(expression)
    assert "allowed: for example rate(1 day)" in str(refused.value)


def test_a_schedule_of_a_model_is_checked(refusals) -> None:
    (message,) = refusals(training={"schedule": "rate(1 days)"})
    assert "training.schedule: 'rate(1 days)' must say day after 1" in message
