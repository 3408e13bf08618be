"""The picture of a model's life: from data to a release, and from a request to a prediction."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from docs import templates
from docs.svg import Arrow, Box, Point, picture
from docs.templates import ENDPOINT, Template

WIDTH, HEIGHT = 1170, 680


@dataclass(frozen=True, kw_only=True)
class Node:
    """A box, and the resource that it stands for: its stack, type and the beginning of its logical id."""

    at: Point
    title: str
    lines: Sequence[str]
    stack: str
    type: str
    logical_id: str
    size: Point = (200, 84)


@dataclass(frozen=True, kw_only=True)
class Edge:
    """An arrow, and the text that proves it in the template of `stack`."""

    points: Sequence[Point]
    label: Sequence[str]
    at: Point
    stack: str
    proof: str
    dashed: bool = False


NODES = (
    Node(
        at=(40, 40),
        title="Training data",
        lines=("models/<model>/data/*.csv", "in the data bucket"),
        stack="foundation",
        type="AWS::S3::Bucket",
        logical_id="DataBucket",
    ),
    Node(
        at=(380, 40),
        size=(330, 84),
        title="Training: a state machine a model",
        lines=("STATES", "Register judges by the gate"),
        stack="training",
        type="AWS::StepFunctions::StateMachine",
        logical_id=".*DefinitionStateMachine",
    ),
    Node(
        at=(930, 40),
        title="Model registry",
        lines=("every version, with metrics:", "Approved, pending, Rejected"),
        stack="foundation",
        type="AWS::SageMaker::ModelPackageGroup",
        logical_id="Registry",
    ),
    Node(
        at=(930, 230),
        title="Approval queue",
        lines=("a message is a wake-up only;", "dead letters alarm"),
        stack="inference",
        type="AWS::SQS::Queue",
        logical_id="ApprovalsQueue",
    ),
    Node(
        at=(930, 400),
        title="Rotate function",
        lines=("also asked by lifecycle", "rotate, rollback, park, wake"),
        stack="inference",
        type="AWS::Lambda::Function",
        logical_id="RotateFunction",
    ),
    Node(
        at=(460, 330),
        size=(280, 154),
        title="Endpoint stack, one a model",
        lines=(
            "a release is a parameter of it",
            "Model, EndpointConfig, Endpoint",
            "variants champion and challenger",
            "roll-back alarms, autoscaling",
            "ReleaseCheck: does the endpoint",
            "serve what was intended?",
        ),
        stack=ENDPOINT,
        type="AWS::SageMaker::Endpoint",
        logical_id="Endpoint",
    ),
    Node(
        at=(40, 230),
        title="Prediction API",
        lines=("POST predictions, feedback", "signed by IAM"),
        stack="inference",
        type="AWS::ApiGateway::RestApi",
        logical_id="PredictionsApi",
    ),
    Node(
        at=(40, 400),
        title="Predict function",
        lines=("checks the features,", "asks the endpoint"),
        stack="inference",
        type="AWS::Lambda::Function",
        logical_id="PredictFunction",
    ),
    Node(
        at=(40, 570),
        title="Feedback function",
        lines=("what became of predictions,", "from the API or files in S3"),
        stack="inference",
        type="AWS::Lambda::Function",
        logical_id="TrialsFeedbackFunction",
    ),
    Node(
        at=(500, 570),
        title="Counts of a test",
        lines=("sums by variant, never rows;", "an outcome counts once"),
        stack="inference",
        type="AWS::DynamoDB::Table",
        logical_id="TrialsTable",
    ),
    Node(
        at=(930, 570),
        title="Analysis function",
        lines=("every 15 minutes: promote,", "discard or go on"),
        stack="inference",
        type="AWS::Lambda::Function",
        logical_id="TrialsAnalysisFunction",
    ),
)

EDGES = (
    Edge(
        points=[(240, 82), (380, 82)],
        label=["started by hand,", "schedule or new data"],
        at=(252, 50),
        stack="training",
        proof="/data/",
    ),
    Edge(
        points=[(710, 82), (930, 82)],
        label=["a model package,", "approved or rejected"],
        at=(760, 50),
        stack="training",
        proof="sagemaker:CreateModelPackage",
    ),
    Edge(
        points=[(1030, 124), (1030, 230)],
        label=["event: approved"],
        at=(1040, 180),
        stack="inference",
        proof="SageMaker Model Package State Change",
    ),
    Edge(
        points=[(1030, 314), (1030, 400)],
        label=["again while the", "stack is busy"],
        at=(1040, 352),
        stack="inference",
        proof="ReportBatchItemFailures",
    ),
    Edge(
        points=[(930, 442), (740, 442)],
        label=["UpdateStack:", "ChampionPackage"],
        at=(780, 416),
        stack="inference",
        proof="cloudformation:UpdateStack",
    ),
    Edge(
        points=[(930, 108), (840, 108), (840, 360), (740, 360)],
        label=["the package: image,", "model.tar.gz, settings"],
        at=(702, 240),
        stack=ENDPOINT,
        proof="ModelPackageName",
        dashed=True,
    ),
    Edge(points=[(140, 314), (140, 400)], label=[], at=(0, 0), stack="inference", proof="AWS_PROXY"),
    Edge(
        points=[(240, 442), (460, 442)],
        label=["InvokeEndpoint"],
        at=(300, 432),
        stack="inference",
        proof="sagemaker:InvokeEndpoint",
    ),
    Edge(
        points=[(40, 272), (20, 272), (20, 612), (40, 612)],
        label=[],
        at=(0, 0),
        stack="inference",
        proof="feedback",
    ),
    Edge(
        points=[(240, 612), (500, 612)],
        label=["one transaction a request"],
        at=(290, 602),
        stack="inference",
        proof="dynamodb:UpdateItem",
    ),
    Edge(points=[(700, 612), (930, 612)], label=[], at=(0, 0), stack="inference", proof="dynamodb:GetItem"),
    Edge(
        points=[(1030, 570), (1030, 484)],
        label=["where model.yaml", "lets it act"],
        at=(1040, 522),
        stack="inference",
        proof="lambda:InvokeFunction",
    ),
)


def draw(found: Mapping[str, Template]) -> str:
    """The SVG. Raises ValueError naming every box and arrow that the templates do not bear out."""
    wrong = [
        f"line.svg: no {node.type} {node.logical_id} in the {node.stack} stack for the box {node.title!r}"
        for node in NODES
        if not templates.declares(found[node.stack], node.type, node.logical_id)
    ]
    wrong += [
        f"line.svg: {edge.proof!r} does not stand in the {edge.stack} stack: no arrow {edge.label}"
        for edge in EDGES
        if not templates.says(found[edge.stack], edge.proof)
    ]
    if wrong:
        raise ValueError("\n".join(wrong))
    boxes = [_box(node, found) for node in NODES]
    arrows = [Arrow(points=edge.points, label=edge.label, at=edge.at, dashed=edge.dashed) for edge in EDGES]
    return picture(WIDTH, HEIGHT, "The life of a model: training, release, prediction", [*boxes, *arrows])


def _box(node: Node, found: Mapping[str, Template]) -> Box:
    (x, y), (width, height) = node.at, node.size
    lines = [_states(found["training"]) if line == "STATES" else line for line in node.lines]
    return Box(
        x=x, y=y, width=width, height=height, title=node.title, lines=lines, fill=templates.FILL[node.stack]
    )


def _states(training: Template) -> str:
    """The tasks of a training, in their order: `Source -> Train -> Register`."""
    [*_, machine] = (
        resource
        for resource in training["Resources"].values()
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
    )
    text = json.dumps(machine["Properties"]["DefinitionString"])
    order = [name for name in ("Source", "Train", "Register") if re.search(rf'\\"{name}\\"', text)]
    return " → ".join(order)
