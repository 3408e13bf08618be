"""What is known of a challenger: from the endpoint stack, the endpoint and the analysis of its test."""

from __future__ import annotations

from typing import Any

from cli.exit_codes import WrongWords
from cli.session import Session, parameter
from sagemaker_lifecycle import names

MODES = ("canary", "shadow")


def mode(text: str) -> str:
    """The mode itself; raises WrongWords for any other."""
    if text not in MODES:
        raise WrongWords(f"no mode {text!r}; allowed: {', '.join(MODES)}")
    return text


def status(session: Session, model: str) -> dict[str, Any]:
    """model, running, champion, challenger (ARNs, "" when none), mode, traffic (percent), variants, stack,
    test.

    variants: each variant's share of the requests as the endpoint has it now, 0..1; {} without an endpoint.
    test: the look of the analysis.
    """
    stack = session.endpoint_stack(model)
    challenger = parameter(stack, "ChallengerPackage")
    return {
        "model": model,
        "running": bool(challenger),
        "champion": parameter(stack, "ChampionPackage"),
        "challenger": challenger,
        "mode": parameter(stack, "ChallengerMode") if challenger else "",
        "traffic": parameter(stack, "ChallengerTraffic") if challenger else "",
        "variants": _shares(session, model) if parameter(stack, "ChampionPackage") else {},
        "stack": stack["StackStatus"],
        "test": look(session, model),
    }


def look(session: Session, model: str) -> dict[str, Any]:
    """What the analysis says of the model's test now; it acts on nothing, but begins to count a new one.

    state (none, changing, parked, begun, running, ended); with a test its outcomes by variant and the latest
    answer; of one that runs the numbers behind it. Raises CommandError where the analysis fails.
    """
    function = session.output("inference", "AnalysisFunctionName")
    return session.invoke(function, {"model": model}, f"the analysis of {model}")[model]


def _shares(session: Session, model: str) -> dict[str, float]:
    described = session.client("sagemaker").describe_endpoint(
        EndpointName=names.endpoint_name(session.environment, model)
    )
    weights = {v["VariantName"]: v["CurrentWeight"] for v in described.get("ProductionVariants", [])}
    total = sum(weights.values()) or 1.0
    return {name: weight / total for name, weight in weights.items()}
