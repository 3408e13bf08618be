"""When releasing or predicting itself is broken, whatever the model."""

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

PERIOD = Duration.minutes(5)


class ReleaseAlarms(Construct):
    """Alarms that ring on the first event in five minutes.

    Props:
        dead_letters: approvals that never led to a rotation.
        rotate: the function; an error is a bug or a missing permission, a busy stack is none.
        release_check: the function; an error is a release that is not in the ledger.
        feedback, analysis: the functions of tests; outcomes or verdicts are late.
        api: answers with 5xx.

    Attributes: alarms.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        dead_letters: sqs.Queue,
        rotate: lambda_.IFunction,
        release_check: lambda_.IFunction,
        feedback: lambda_.IFunction,
        analysis: lambda_.IFunction,
        api: apigateway.RestApi,
    ) -> None:
        super().__init__(scope, construct_id)
        metrics = {
            "DeadLetters": (
                dead_letters.metric_approximate_number_of_messages_visible(
                    period=PERIOD, statistic="Maximum"
                ),
                "An approval was given up: see the dead-letter queue and the rotate function's log",
            ),
            "RotateErrors": (
                rotate.metric_errors(period=PERIOD, statistic="Sum"),
                "The rotate function failed: see its log",
            ),
            "ReleaseCheckErrors": (
                release_check.metric_errors(period=PERIOD, statistic="Sum"),
                "A release may be missing in the ledger: see the release check's log",
            ),
            "FeedbackErrors": (
                feedback.metric_errors(period=PERIOD, statistic="Sum"),
                "Outcomes of predictions were not counted: see the feedback function's log",
            ),
            "AnalysisErrors": (
                analysis.metric_errors(period=PERIOD, statistic="Sum"),
                "Tests were not looked at: see the analysis function's log",
            ),
            "ApiErrors": (
                api.metric_server_error(period=PERIOD, statistic="Sum"),
                "The prediction API answered with 5xx: see the predict function's log",
            ),
        }
        self.alarms = [
            cloudwatch.Alarm(
                self,
                name,
                alarm_description=description,
                metric=metric,
                threshold=1,
                evaluation_periods=1,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            for name, (metric, description) in metrics.items()
        ]
