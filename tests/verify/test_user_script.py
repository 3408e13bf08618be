"""The shipped script model: trained as in a job, served by AWS's own Flask around its handlers."""

import json
import os
import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
IRIS = PROJECT / "models" / "iris"
ASK = """import aws_flask
client = aws_flask.app.test_client()
body = '{"instances": [[5.1, 3.5, 1.4, 0.2]]}'
answer = client.post("/invocations", data=body, content_type="application/json")
print(answer.status_code, answer.get_data(as_text=True))
"""


def test_the_script_trains_and_awss_server_serves_it(toolkits: Path, tmp_path: Path) -> None:
    names = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    hyperparameters = {"target": "species", "features": [{"name": name} for name in names]}
    (tmp_path / "model").mkdir()
    environment = {
        **os.environ,
        "SM_HPS": json.dumps(hyperparameters),
        "SM_CHANNEL_TRAIN": str(IRIS / "data"),
        "SM_MODEL_DIR": str(tmp_path / "model"),
    }
    command = [str(toolkits), str(IRIS / "train.py")]
    trained = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert trained.returncode == 0, trained.stderr
    metrics = dict(line[7:-1].split("=") for line in trained.stdout.splitlines())
    assert float(metrics["validation:accuracy"]) > 0.85 > float(metrics["baseline:accuracy"])
    shutil.copy(IRIS / "inference.py", tmp_path)
    served = {
        **os.environ,
        "SAGEMAKER_BASE_DIR": str(tmp_path),
        "SAGEMAKER_PROGRAM": "inference.py",
        "PYTHONPATH": f"{tmp_path}:{PROJECT / 'bench'}",
    }
    command = [str(toolkits), "-W", "ignore", "-c", ASK]
    asked = subprocess.run(command, env=served, capture_output=True, text=True, cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    status, _, body = asked.stdout.strip().splitlines()[-1].partition(" ")
    assert status == "200"
    assert json.loads(body)["predictions"] == ["setosa"]
