"""The states that measure the champion: its model is made, answers, is measured, and is deleted again."""

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from sagemaker_lifecycle import arns
from sagemaker_lifecycle.training_attempts import asked_again, failed_without_instances
from sagemaker_lifecycle.training_champion import ChampionMeasurement
from sagemaker_lifecycle.training_tasks import job_task, retry_transient

# What became of it: `{}`, `{"report": address}`, or the error of the state that failed.
RESULT = "$.champion"
# Those that want instances.
CHAMPION_JOBS = ("ChampionAnswers", "MeasureChampion")


def measured_champion(
    scope: Construct, measurement: ChampionMeasurement, then: sfn.IChainable
) -> sfn.IChainable:
    """Measure the champion that the source named, if any, then go on, whatever comes of it.

    Not measured: a champion that the source says cannot be, and the very model that this execution trained.
    A champion that fails to be is no reason to lose the training: the gate knows what to do, and says so.
    """
    deleted = _delete_model(scope, then)
    model = sfn.CustomState(
        scope,
        "ChampionModel",
        state_json={
            "Type": "Task",
            "Resource": f"arn:{arns.PARTITION}:states:::sagemaker:createModel",
            "Parameters": measurement.model,
            "ResultPath": "$.champion_model",
        },
    )
    retry_transient(model)
    answered = job_task(
        scope,
        "ChampionAnswers",
        "createTransformJob",
        measurement.transform,
        {"ResultPath": "$.answers", "TimeoutSeconds": measurement.transform_seconds},
    )
    measured = job_task(
        scope,
        "MeasureChampion",
        "createProcessingJob",
        measurement.evaluate,
        {
            "ResultSelector": {"report.$": "$.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri"},
            "ResultPath": RESULT,
        },
    )
    # Whether or not the model came to be: the answer to a request that made it may be lost.
    model.add_catch(deleted, result_path=RESULT)
    without = failed_without_instances(RESULT)
    for name, state in zip(CHAMPION_JOBS, (answered, measured), strict=True):
        # Under another name: each request makes one.
        state.add_catch(
            asked_again(scope, name, again=state, failed=deleted, without=without), result_path=RESULT
        )
    model.next(answered).next(measured).next(deleted)
    nothing = sfn.Pass(
        scope, "NoChampionToMeasure", result=sfn.Result.from_object({}), result_path=RESULT
    ).next(then)
    is_none = sfn.Condition.or_(
        sfn.Condition.string_equals("$.data.champion.package", ""),
        sfn.Condition.not_(sfn.Condition.string_equals("$.data.champion.unmeasured", "")),
        sfn.Condition.string_equals_json_path("$.data.champion.job", "$.job.name"),
    )
    return sfn.Choice(scope, "IsThereAChampion").when(is_none, nothing).otherwise(model)


def _delete_model(scope: Construct, then: sfn.IChainable) -> sfn.CustomState:
    """Nothing of the champion's model stays; one that never came to be is none to delete."""
    state = sfn.CustomState(
        scope,
        "DeleteChampionModel",
        state_json={
            "Type": "Task",
            "Resource": f"arn:{arns.PARTITION}:states:::aws-sdk:sagemaker:deleteModel",
            "Parameters": {"ModelName.$": "$.job.champion"},
            "ResultPath": "$.deleted",
        },
    )
    state.add_retry(
        errors=["States.TaskFailed"], interval=Duration.seconds(5), max_attempts=3, backoff_rate=2
    )
    state.add_catch(then, result_path="$.deleted")
    state.next(then)
    return state
