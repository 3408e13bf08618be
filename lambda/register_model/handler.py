"""Last state of the training machine: judges the trained model and registers it, with the reason.

Input: model, package_group, training_job or tuning_job, image, gate, approval, code_hash, data, environment;
for AWS's own algorithms, whose jobs measure neither, baseline: where the prepared data's report lies,
champion: what became of measuring the champion (report: where that one lies; or Error and Cause; or neither,
when there was none to measure), prepared_at: when the processing job had read the data, and columns: the hash
of what the model answers, for its metadata.
Environment: STACK_PREFIX (what the names of the endpoint stacks begin with).
IAM permissions: sagemaker:DescribeTrainingJob on the model's training jobs, with tuning
sagemaker:DescribeHyperParameterTuningJob and sagemaker:ListTrainingJobsForHyperParameterTuningJob on its
tuning jobs; sagemaker:ListModelPackages on * (it takes no resource); sagemaker:DescribeModelPackage and
sagemaker:CreateModelPackage on `model-package/<group>/*`, sagemaker:CreateModelPackage on the package groups;
cloudformation:DescribeStacks on the endpoint stacks; s3:ListBucketVersions on the data bucket,
s3:GetObjectVersion below the model's prefix, s3:GetObject on the reports and on what snapshot_data left
beside manifests, and kms:Decrypt.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handler_common import champion as live
from handler_common import logs, settings
from register_model import aws, data, logic
from register_model.champion import champion_of, place

STACK_PREFIX = settings.text("STACK_PREFIX")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """The package's ARN, status, reason and metrics; a re-run for the same job gives the same package."""
    request = logic.read_request(event)
    trials: list[str] = []
    if request.tuning_job:
        best = logic.best_of(aws.tuning_job(request.tuning_job))
        request = replace(request, training_job=best)
        order = "Ascending" if request.gate.direction == "minimize" else "Descending"
        trials = logic.trials_of(aws.trials(request.tuning_job, order, logic.MAX_TRIALS))
    job = aws.training_job(request.training_job)
    metrics = logic.metrics_of(job)
    if request.baseline is not None:
        metrics |= logic.report_of(aws.text_at(*request.baseline))
    package = aws.package_of(request.training_job, request.package_group, job["CreationTime"])
    if package is None:
        known = request.data.get("champion") or {}
        to_beat = live.champion(f"{STACK_PREFIX}{request.model}", request.package_group)
        champion = champion_of(known, request.measured, to_beat, job)
        if champion is not None and champion.report is not None:
            metrics |= logic.report_of(aws.text_at(*champion.report))
        if champion is not None and champion.unmeasured:
            metrics = logic.without_champion(metrics)
        changed = _changed(request, job)
        verdict = (
            logic.Verdict("Rejected", data.reason(changed))
            if changed
            else logic.judge(request, metrics, champion)
        )
        package = aws.create(logic.package_request(request, job, metrics, verdict, trials, champion))
    if package is None:
        package = aws.package_of(request.training_job, request.package_group, job["CreationTime"])
    if package is None:
        raise RuntimeError(f"job {request.training_job}: refused as registered, but no package is of it")
    output = logic.registered(package, metrics)
    logs.info("registered", model=request.model, **output)
    return output


def _changed(request: logic.Request, job: Mapping[str, Any]) -> list[data.File]:
    """Files of the data's version that had become others when the job read them."""
    listed, source = place(request.data.get("files", "")), place(request.data.get("train_uri", ""))
    until = data.read_until(job, request.prepared_at)
    if listed is None or source is None or until is None:
        return []
    bucket, prefix = source
    files = data.files_of(aws.text_at(*listed), prefix)
    replaced = data.replaced(files, aws.versions(bucket, prefix), until)
    return [file for file, version in replaced if aws.content(bucket, version) != file.content]
