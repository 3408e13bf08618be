"""AWS's own server serves what train.py leaves, for every algorithm and task, as scikit-learn answers."""

import csv
import http.client
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import train
from channel import read_data
from evaluation import hold_out, row_keys
from pipeline import expand
from settings import read_settings
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

from bench.aws_serving import Server, served

TOLERANCE = 1e-9
SEED = 5
LOADED = "onnxruntime of the model loaded"
FEATURES: list[dict[str, Any]] = [
    {"name": "size", "optional": True, "minimum": 0},
    {"name": "town", "type": "category", "optional": True},
    {"name": "pool", "type": "boolean"},
    {"name": "built", "type": "date", "optional": True},
    {"name": "heating", "type": "category", "values": ["gas", "oil", "wood"]},
]
NAMES = [feature["name"] for feature in FEATURES]
Row = list[Any]
"""A value a feature, as JSON has it; None where it is empty."""


def rows_of(draw: np.random.Generator, count: int, towns: Sequence[str | None]) -> list[Row]:
    def gap(value: Any) -> Any:
        return None if draw.random() < 0.1 else value

    return [
        [
            gap(round(float(draw.normal(100, 20)), 1)),
            towns[draw.integers(len(towns))],
            bool(draw.integers(2)),
            gap((date(1990, 1, 1) + timedelta(days=int(draw.integers(12_000)))).isoformat()),
            ("gas", "oil", "wood")[draw.integers(3)],
        ]
        for _ in range(count)
    ]


@dataclass(frozen=True)
class Case:
    """What is trained: classes of the target, 0 for numbers; and the same in scikit-learn's words."""

    hyperparameters: dict[str, str]
    classes: int
    estimator: Any

    @property
    def name(self) -> str:
        words = [self.hyperparameters.get(key) for key in ("algorithm", "kernel", "format")]
        return "-".join([*filter(None, words), f"{self.classes or 'no'}-classes"])

    @property
    def task(self) -> str:
        return "classification" if self.classes else "regression"


def forests(classes: int, **own: str) -> Case:
    kind = RandomForestClassifier if classes else RandomForestRegressor
    told = {"algorithm": "random-forest", "n_estimators": "20", **own}
    return Case(told, classes, kind(n_estimators=20, random_state=SEED))


def machines(kernel: str, classes: int) -> Case:
    steps = {"max_iter": 20_000, "random_state": SEED, "dual": "auto"}
    told = {"algorithm": "svm", "kernel": kernel}
    if classes:
        machine = SVC() if kernel == "rbf" else LinearSVC(**steps)
        return Case(told, classes, CalibratedClassifierCV(machine, ensemble=False))
    machine = SVR() if kernel == "rbf" else LinearSVR(epsilon=0.1, **steps)
    return Case(told, 0, TransformedTargetRegressor(machine, transformer=StandardScaler()))


CASES = (
    Case({"algorithm": "linear-regression"}, 0, LinearRegression()),
    *(forests(classes) for classes in (0, 2, 3)),
    *(forests(classes, format="onnx") for classes in (0, 2, 3)),
    *(machines(kernel, classes) for kernel in ("rbf", "linear") for classes in (0, 2, 3)),
)


class Reference:
    """scikit-learn's own steps, fitted on the same rows."""

    def __init__(self, case: Case, rows: list[Row], targets: Any) -> None:
        scaler = [StandardScaler()] if case.hyperparameters["algorithm"] == "svm" else []
        self._numbers = make_pipeline(SimpleImputer(strategy="median"), *scaler)
        self._texts = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        numbers, texts = self._parts(rows)
        matrix = np.hstack([self._numbers.fit_transform(numbers), self._texts.fit_transform(texts)])
        self._estimator = case.estimator.fit(matrix, targets)

    @staticmethod
    def _parts(rows: list[Row]) -> tuple[Any, Any]:
        numbers, texts = [], []
        for size, town, pool, built, heating in rows:
            day = date.fromisoformat(built) if built else None
            days = [(day - date(2000, 1, 1)).days, day.month, day.weekday()] if day else [np.nan] * 3
            numbers.append([np.nan if size is None else size, pool, *days])
            texts.append([town or "", heating])
        return np.array(numbers, dtype=float), np.array(texts, dtype=object)

    def answer(self, rows: list[Row]) -> dict[str, Any]:
        """As the endpoint answers in JSON."""
        numbers, texts = self._parts(rows)
        matrix = np.hstack([self._numbers.transform(numbers), self._texts.transform(texts)])
        answer = {"predictions": self._estimator.predict(matrix).tolist()}
        if hasattr(self._estimator, "classes_"):
            named = self._estimator.classes_.tolist()
            likely = self._estimator.predict_proba(matrix).tolist()
            answer["probabilities"] = [dict(zip(named, row, strict=True)) for row in likely]
        return answer


@dataclass(frozen=True)
class Endpoint:
    """A server of a case with its log, rows that it has not seen, and what scikit-learn answers to them."""

    case: Case
    server: Server
    log: Path
    rows: list[Row]
    expected: dict[str, Any]

    def ask(
        self, body: bytes, content_type: str, method: str = "POST", path: str = "/invocations", **headers: str
    ) -> tuple[int, str, bytes]:
        """Status, content type and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request(method, path, body, {"Content-Type": content_type, **headers})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, str(answer.headers["Content-Type"]), content


def csv_of(rows: list[Row]) -> bytes:
    """Without a header; truths as JSON writes them."""
    text = io.StringIO()
    cells = [[str(cell).lower() if isinstance(cell, bool) else cell for cell in row] for row in rows]
    csv.writer(text).writerows(cells)
    return text.getvalue().encode()


def trained(case: Case, base: Path, rows: list[Row], index: dict[str, str]) -> tuple[Path, Reference]:
    """The folder of the model that train.py leaves of the rows, and scikit-learn's, fitted on the same."""
    draw = np.random.default_rng(1)
    scores = [(row[0] or 100) + 30 * (row[1] == "Bern") + 20 * row[2] + draw.normal(0, 15) for row in rows]
    limits = np.quantile(scores, np.arange(1, case.classes) / (case.classes or 1))
    targets = [f"class {place}" for place in np.searchsorted(limits, scores)] if case.classes else scores
    told = {
        "features": json.dumps(FEATURES),
        "target": "price",
        "task": case.task,
        "seed": str(SEED),
        **case.hyperparameters,
    }
    for folder in ("config", "train", "model", "output"):
        (base / folder).mkdir()
    (base / "config" / "hyperparameters.json").write_text(json.dumps(told))
    table = csv_of([[*NAMES, "price"], *([*row, target] for row, target in zip(rows, targets, strict=True))])
    (base / "train" / "rows.csv").write_bytes(table)
    places = {
        "INPUT_CONFIG_DIR": "config",
        "CHANNEL_TRAIN": "train",
        "MODEL_DIR": "model",
        "OUTPUT_DIR": "output",
    }
    with pytest.MonkeyPatch.context() as patch:
        # A job that packs onnxruntime sets both for the rest of its process.
        patch.setattr(sys, "path", [*sys.path])
        patch.setattr(sys, "dont_write_bytecode", sys.dont_write_bytecode)
        for name, value in index.items():
            patch.setenv(name, value)
        for name, folder in places.items():
            patch.setenv(f"SM_{name}", str(base / folder))
        assert train.main() == 0
    settings = read_settings(told)
    data = read_data(base / "train", settings.features, settings.target_column)
    keys = row_keys(expand(settings.features, data.columns), data.targets)
    seen, _ = hold_out(keys, settings.validation_fraction, SEED, data.targets if case.classes else None)
    return base / "model", Reference(
        case, [rows[index] for index in seen], [targets[index] for index in seen]
    )


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def endpoint(
    request: pytest.FixtureRequest,
    toolkits: Path,
    index: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Endpoint]:
    draw, base = np.random.default_rng(0), tmp_path_factory.mktemp("ml")
    seen = rows_of(draw, 150, ("Basel", "Bern", "Chur", None))
    model, reference = trained(request.param, base, seen, index)
    if "format" in request.param.hyperparameters:
        # AWS's environment here has an onnxruntime of its own, which is not to be the one that serves.
        with (model / "code" / "onnxruntime" / "__init__.py").open("a") as module:
            module.write(f"\nprint({LOADED!r}, flush=True)\n")
    rows = rows_of(draw, 40, ("Basel", "Bern", "a town never seen", None))
    environment = {"SM_MODEL_DIR": str(model), "PYTHONPATH": str(model / "code")}
    with served("wsgi:app", environment, base / "serving.log") as server:
        yield Endpoint(request.param, server, base / "serving.log", rows, reference.answer(rows))


def json_of(rows: list[Any]) -> bytes:
    return json.dumps({"instances": rows}).encode()


def named(rows: list[Row]) -> list[dict[str, Any]]:
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


def assert_equal(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    assert answer.keys() == expected.keys()
    if "probabilities" not in expected:
        assert answer["predictions"] == pytest.approx(expected["predictions"], rel=TOLERANCE, abs=0)
        return
    assert answer["predictions"] == expected["predictions"]
    for ours, theirs in zip(answer["probabilities"], expected["probabilities"], strict=True):
        assert ours == pytest.approx(theirs, rel=0, abs=TOLERANCE)


def test_it_is_started_as_by_the_image(endpoint: Endpoint) -> None:
    assert "Using worker: gevent" in endpoint.log.read_text()


def test_onnxruntime_serves_from_the_model_where_asked_for(endpoint: Endpoint) -> None:
    asked_for = endpoint.case.hyperparameters.get("format") == "onnx"
    assert (LOADED in endpoint.log.read_text()) == asked_for


def test_a_ping_is_answered_with_the_features(endpoint: Endpoint) -> None:
    status, _, body = endpoint.ask(b"", "", "GET", "/ping")
    assert (status, json.loads(body)) == (200, {"features": NAMES})


@pytest.mark.parametrize(
    ("content_type", "write"),
    [
        ("application/json", json_of),
        ("application/json; charset=utf-8", lambda rows: json_of(named(rows))),
        ("text/csv", csv_of),
        ("text/csv; charset=utf-8", csv_of),
    ],
    ids=["json", "json-by-name", "csv", "csv-utf-8"],
)
def test_the_answer_is_scikit_learns(endpoint: Endpoint, content_type: str, write: Any) -> None:
    status, kind, body = endpoint.ask(write(endpoint.rows), content_type)
    assert (status, kind) == (200, "application/json")
    assert_equal(json.loads(body), endpoint.expected)


def test_a_row_alone_is_answered_as_among_others(endpoint: Endpoint) -> None:
    alone = [json.loads(endpoint.ask(json_of([row]), "application/json")[2]) for row in endpoint.rows]
    joined = {key: [answer[key][0] for answer in alone] for key in alone[0]}
    assert_equal(joined, endpoint.expected)


def test_the_answer_comes_as_csv_when_asked_for(endpoint: Endpoint) -> None:
    status, kind, body = endpoint.ask(csv_of(endpoint.rows), "text/csv", Accept="text/csv")
    assert (status, kind) == (200, "text/csv")
    lines = body.decode().splitlines()
    answer = lines if "probabilities" in endpoint.expected else list(map(float, lines))
    expected = endpoint.expected["predictions"]
    assert answer == (expected if answer is lines else pytest.approx(expected, rel=TOLERANCE, abs=0))


GOOD: Row = [80.5, "Bern", True, "2001-02-03", "gas"]


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ((b"{", "application/json"), 400, "InvalidJson"),
        ((b'{"instances": [[NaN]]}', "application/json"), 400, "InvalidJson"),
        ((b"[[1]]", "application/json"), 400, "InvalidRequest"),
        ((json_of([]), "application/json"), 400, "InvalidRequest"),
        ((json_of([GOOD[:4]]), "application/json"), 400, "WrongFeatureCount"),
        ((json_of([dict(zip(NAMES[1:], GOOD[1:], strict=True))]), "application/json"), 400, "MissingFeature"),
        ((json_of([[-1, *GOOD[1:]]]), "application/json"), 400, "InvalidFeature"),
        ((json_of([[*GOOD[:2], None, *GOOD[3:]]]), "application/json"), 400, "InvalidFeature"),
        ((b"", "text/csv"), 400, "InvalidCsv"),
        # A header is no row.
        ((csv_of([NAMES, GOOD]), "text/csv"), 400, "InvalidFeature"),
        ((csv_of([[*GOOD[:3], "3.2.2001", "gas"]]), "text/csv"), 400, "InvalidFeature"),
        ((b" " * (6 * 1024 * 1024 + 1), "text/csv"), 413, "RequestTooLarge"),
        # AWS's own handlers unpickle this one.
        ((b"\x93NUMPY", "application/x-npy"), 415, "UnsupportedMediaType"),
        ((csv_of([GOOD]), "text/csv; charset=latin-1"), 415, "UnsupportedMediaType"),
        ((b"", "text/csv", "GET"), 405, "MethodNotAllowed"),
        ((csv_of([GOOD]), "text/csv", "POST", "/elsewhere"), 404, "NotFound"),
    ],
)
def test_a_bad_request_is_refused_and_the_next_one_answered(
    endpoint: Endpoint, asked: tuple[Any, ...], status: int, code: str
) -> None:
    answered, kind, body = endpoint.ask(*asked)
    assert (answered, kind, json.loads(body)["error"]["code"]) == (status, "application/json", code)
    assert endpoint.ask(json_of([GOOD]), "application/json")[0] == 200


def test_an_answer_in_another_form_is_refused(endpoint: Endpoint) -> None:
    status, _, body = endpoint.ask(csv_of([GOOD]), "text/csv", Accept="image/png")
    assert (status, json.loads(body)["error"]["code"]) == (406, "NotAcceptable")
