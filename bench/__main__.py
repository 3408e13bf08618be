"""`make bench`: measures everything in one run and writes docs/performance.md."""

import os
import platform
import sys
from pathlib import Path

from bench import ab_test, handler_predict, request_text, rotation, serving, synth, training

REPORT = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def machine() -> str:
    """What was measured on, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = ".".join(map(str, sys.version_info[:3]))
    kind = f"{os.cpu_count()} cores ({platform.machine()})"
    return f"{kind}, {memory:.0f} GiB, {platform.system()}, Python {python}"


def report(
    synths: str, handler: str, rotations: str, served: str, texts: str, trained: str, tests: str
) -> str:
    """The document, of all tables."""
    return f"""# Performance

Written by `make bench`, which measures anew; do not edit. Every figure is set against a floor or a peer
that was measured in the same run, since absolute times say more of the machine than of the project.

Measured on: {machine()}.

## Synth

The whole app with all models of models/ against an app of one resource, as whole processes. CPU is that of
the interpreter and of the CDK's Node process together, the least of {synth.ROUNDS} rounds in turn: what else
the machine does only adds to it. The floor is the least that the CDK can do for the same templates: they are
included ready-made, one call each, without cdk-nag. All run without garbage collection and with one
background thread of Node: [decision 5](decisions/0005-targets-of-the-synth.md).

{synths}

## Prediction handler

The handler in process, a bare `invoke_endpoint` of boto3 and a raw HTTP request, all against the same stub
on the loopback interface, in random order; then fresh processes that import the handler, or boto3 and one
client.

{handler}

## Rotation

Predictions through the API at a steady rate on the embedded AWS, while new versions of house-prices are
approved and released one after the other: whole releases, from the approval's event to the last of the old
fleet, on a clock on which an AWS minute lasts half a second. The peer is what a release without a second
fleet comes to: the endpoint is deleted and made anew.

{rotations}

## Serving

Our WSGI application and portable artefact against what users of AWS's scikit-learn image run: its Flask, and
a joblib model that was fitted on a DataFrame, as in AWS's own example. Twice: with a handler that hands the
model the DataFrame which it asks for, and with AWS's default handlers alone, which hand it an array, at the
price of a warning a request. The targets are set against the first. The floor is an application that answers
a constant: nothing in this server can be faster.

All in the same gunicorn as that image starts it (gevent, a worker a core), turn and turn about, without the
nginx in front of it, which would add the same to all and so narrow the factors. Factors are the medians of
those of {serving.ROUNDS} rounds. The data is scikit-learn's diabetes, not scaled, the forest has 100 trees.
The sizes are on disk, with the code that comes with the model: of ONNX, onnxruntime. All processes, the one
that asks included, share the cores. Of 100 rows through a linear model the time goes into the text of the
numbers, which are plain decimals and read all at once ([decision 13](decisions/0013-plain-numbers.md)).

{served}

## Text of a request

The same reader of the model's features, in process: all plain decimals at once, and one by one as all else
is read, in microseconds of the best of {request_text.ROUNDS} rounds. 10 numbers a row. A request under
1.5 kB is always read one by one.

{texts}

## Training

Whole processes from the same CSV file to a model on disk, turn and turn about, against the script that a
user writes who knows scikit-learn: pandas.read_csv, train_test_split, one fit of the same model on four
fifths, its metrics on the rest, joblib.dump. Ours checks the data besides, splits by what the rows hold, and
measures the baseline; it does so without Python's garbage collector, which saves it 0.2 s or so. Ratios are
the medians of those of {training.ROUNDS} rounds. The RBF machine is measured on fewer rows: its time grows
with their square.

{trained}

## Verdicts on champion and challenger

Simulated tests, seeded, looked at every 200 samples (of both variants together), with half of the traffic for
each variant and conversions at 10 %. A verdict is `promote` or `discard` by the function that judges real
tests; it also stops a test whose variants did not get their share. Beside it a z-test at the 5 % level that
takes the first look at which it speaks up, and one that looks only at the end, and must not before. The price
of looking at will is power: of as many samples the verdict finds less than the one look at the end.

{tests}
"""


def main() -> int:
    """0 when the document is written, whatever the figures are."""
    text = report(
        synth.table(synth.compare()),
        handler_predict.table(handler_predict.measure()),
        rotation.table(rotation.measure()),
        serving.table(serving.measure()),
        request_text.measure(),
        training.table(training.measure()),
        ab_test.table(ab_test.measure()),
    )
    REPORT.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
