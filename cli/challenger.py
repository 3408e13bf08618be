"""What is known of a challenger: from the endpoint stack, the endpoint and the analysis of its test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from cli.exit_codes import WrongWords
from cli.output import in_words
from cli.session import Session, parameter
from handler_common import aws_errors
from handler_common.ledger import version
from sagemaker_lifecycle import names

MODES = ("canary", "shadow")


def mode(text: str) -> str:
    """The mode itself; raises WrongWords for any other."""
    if text not in MODES:
        raise WrongWords(f"no mode {text!r}; allowed: {', '.join(MODES)}")
    return text


def status(session: Session, model: str) -> dict[str, Any]:
    """model, running, champion, challenger (ARNs, "" when none), mode, traffic (percent, 0 when nothing is on
    trial), variants, stack, test.

    variants: each variant's share of the requests as the endpoint has it now, 0..1; {} without an endpoint.
    test: the look of the analysis.
    """
    stack = session.endpoint_stack(model)
    trial = on_trial(stack)
    return {
        "model": model,
        "running": bool(trial["challenger"]),
        **trial,
        "variants": _shares(session, model) if trial["champion"] else {},
        "stack": stack["StackStatus"],
        "test": look(session, model),
    }


def on_trial(stack: dict[str, Any]) -> dict[str, Any]:
    """champion, challenger, mode and traffic of a described endpoint stack, as `status` has them."""
    challenger = parameter(stack, "ChallengerPackage")
    return {
        "champion": parameter(stack, "ChampionPackage"),
        "challenger": challenger,
        "mode": parameter(stack, "ChallengerMode") if challenger else "",
        "traffic": int(parameter(stack, "ChallengerTraffic") or 0) if challenger else 0,
    }


def standing(trial: Mapping[str, Any], *, again: bool = False) -> str:
    """What is live and what is on trial, in a sentence; again: it was live before."""
    champion, challenger = version(trial["champion"]), version(trial["challenger"])
    if not trial["champion"]:
        waits = f": the trial of {challenger} waits" if trial["challenger"] else ""
        return f"nothing is live{waits}"
    live = f"{champion} is live{' again' if again else ''}"
    if not trial["challenger"]:
        return live
    gets = "gets copies of" if trial["mode"] == "shadow" else "answers"
    tried = f"{challenger} is on trial beside {champion} and {gets} {trial['traffic']} % of the requests"
    return f"{live}; {tried}" if again else tried


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """What `status` found, for people."""
    yield standing(found)
    if len(found["variants"]) > 1:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in found["variants"].items())
        yield f"weights of the endpoint: {shares}"
    yield f"stack: {found['stack']}"
    yield from _test(found)


def _test(found: Mapping[str, Any]) -> Iterator[str]:
    """The test that runs, if one does, or the one before: its outcomes and its verdict."""
    test = found["test"]
    if found["mode"] == "shadow":
        yield "test: none, a shadow answers nobody"
    elif found["running"]:
        yield f"test: {test['state']}"
    if "variants" not in test:
        return
    of_this = found["mode"] != "shadow" and test["challenger"] == found["challenger"]
    if not of_this:
        ended = f", ended {_minute(test['ended'])} UTC" if test["ended"] else ""
        yield f"the test before: {version(test['challenger'])} beside {version(test['champion'])}{ended}"
    for name, side in test["variants"].items():
        mean = "" if side["mean"] is None else f", {test['outcome']} {side['mean']:.4g} on average"
        told = f"{side['outcomes']} outcomes of {side['assigned']} callers or requests{mean}"
        yield f"{name} {version(test[name])}: {told}"
    if test["answer"]:
        yield f"verdict: {test['answer']}, {in_words(test['reason'])}"


def _minute(seconds: int) -> str:
    """A time in seconds since 1970, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def look(session: Session, model: str) -> dict[str, Any]:
    """What the analysis says of the model's test now; it acts on nothing, but begins to count a new one.

    state (none, changing, parked, begun, running, ended); with a test its outcomes by variant and the latest
    answer; of one that runs the numbers behind it. Raises CommandError where the analysis fails.
    """
    function = session.output("inference", "AnalysisFunctionName")
    return session.invoke(function, {"model": model}, f"the analysis of {model}")[model]


def _shares(session: Session, model: str) -> dict[str, float]:
    endpoint = names.endpoint_name(session.environment, model)
    try:
        described = session.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        if aws_errors.is_missing(error):
            return {}
        raise
    weights = {v["VariantName"]: v["CurrentWeight"] for v in described.get("ProductionVariants", [])}
    total = sum(weights.values()) or 1.0
    return {name: weight / total for name, weight in weights.items()}
