"""The /opt/ml of a training container, and the SM_* variables that SageMaker's training toolkit sets.

Source: sagemaker-training (aws/sagemaker-training-toolkit), environment.py and mapping.py.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from emulator.sagemaker.containers import below
from emulator.sagemaker.requests import Params

CHECKPOINTS = "/opt/ml/checkpoints"
"""CheckpointConfig.LocalPath unless the request says otherwise, from its reference."""


def hosts(request: Params) -> list[str]:
    """Names of the job's instances."""
    return [f"algo-{number}" for number in range(1, request["ResourceConfig"].get("InstanceCount", 1) + 1)]


class Layout:
    """Folders of one instance below a temporary base that stands for /opt/ml."""

    def __init__(self, base: Path, host: str) -> None:
        self.base = base
        self.host = host
        self.packages = base / "packages"
        self.code = base / "code"
        self.model = base / "model"
        self.input = base / "input"
        self.config = base / "input" / "config"
        self.data = base / "input" / "data"
        self.output = base / "output"
        self.output_data = base / "output" / "data"
        self.failure = base / "output" / "failure"

    def create(self, request: Params) -> None:
        """Make the folders and the three configuration files."""
        for folder in (self.code, self.model, self.config, self.data, self.output_data):
            folder.mkdir(parents=True)
        self._write("hyperparameters.json", request.get("HyperParameters") or {})
        self._write("inputdataconfig.json", _input_data_config(request))
        self._write("resourceconfig.json", _resource_config(request, self.host))
        checkpoints = self.checkpoints(request)
        if checkpoints:
            checkpoints.mkdir(parents=True, exist_ok=True)
            self._write("checkpointconfig.json", request["CheckpointConfig"])

    def _write(self, name: str, content: Any) -> None:
        (self.config / name).write_text(json.dumps(content))

    def checkpoints(self, request: Params) -> Path | None:
        """Where checkpoints lie; None for a job without any."""
        config = request.get("CheckpointConfig")
        return Path(below(self.base, config.get("LocalPath") or CHECKPOINTS)) if config else None

    def failure_text(self) -> str:
        """What the script left in /opt/ml/output/failure."""
        return self.failure.read_text(errors="replace").strip() if self.failure.is_file() else ""


def _input_data_config(request: Params) -> Params:
    return {
        channel["ChannelName"]: {
            "TrainingInputMode": channel.get("InputMode", "File"),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        }
        for channel in request.get("InputDataConfig") or []
    }


def _resource_config(request: Params, host: str) -> Params:
    instance_type, names = request["ResourceConfig"].get("InstanceType"), hosts(request)
    group = {"instance_group_name": "homogeneousCluster", "instance_type": instance_type, "hosts": names}
    return {
        "current_host": host,
        "current_instance_type": instance_type,
        "current_group_name": "homogeneousCluster",
        "hosts": names,
        "instance_groups": [group],
        "network_interface_name": "eth0",
    }


def script_mode(request: Params) -> tuple[str | None, str | None]:
    """(program, submit directory) from the hyperparameters, as the SageMaker SDK and others pass them."""
    parameters = deserialized(request.get("HyperParameters") or {})
    return parameters.get("sagemaker_program"), parameters.get("sagemaker_submit_directory")


def deserialized(parameters: dict[str, str]) -> Params:
    """Hyperparameters are strings; the toolkit reads each as JSON, or leaves it as it is."""
    read: Params = {}
    for name, value in parameters.items():
        try:
            read[name] = json.loads(value)
        except ValueError:
            read[name] = value
    return read


def arguments(parameters: Params) -> list[str]:
    """The command line of the script. A list arrives in Python's notation, not JSON's, as on AWS."""
    words: list[str] = []
    for name in sorted(parameters):
        value = parameters[name]
        words.append(f"--{name}" if len(name) > 1 else f"-{name}")
        if isinstance(value, dict):
            words.append(",".join(f"{key}={member}" for key, member in sorted(value.items())))
        else:
            words.append("" if value is None else str(value))
    return words


def user_parameters(request: Params) -> Params:
    """Hyperparameters that are the script's own: those of the platform start with ``sagemaker_``."""
    parameters = deserialized(request.get("HyperParameters") or {})
    return {name: value for name, value in parameters.items() if not name.startswith("sagemaker_")}


def variables(layout: Layout, request: Params, region: str) -> dict[str, str]:
    """The environment of the training script."""
    own = user_parameters(request)
    program, submit_directory = script_mode(request)
    channels = sorted(channel["ChannelName"] for channel in request.get("InputDataConfig") or [])
    resources = _resource_config(request, layout.host)
    values: Params = {
        "hosts": resources["hosts"],
        "network_interface_name": "eth0",
        "hps": own,
        "user_entry_point": program,
        "framework_params": _framework_parameters(request),
        "resource_config": resources,
        "input_data_config": _input_data_config(request),
        "output_data_dir": str(layout.output_data),
        "channels": channels,
        "current_host": layout.host,
        "current_instance_type": resources["current_instance_type"],
        "module_name": (program or "").removesuffix(".py"),
        "log_level": 20,
        "framework_module": "sagemaker_sklearn_container.training:main",
        "input_dir": str(layout.input),
        "input_config_dir": str(layout.config),
        "output_dir": str(layout.output),
        "num_cpus": os.cpu_count(),
        "num_gpus": 0,
        "model_dir": str(layout.model),
        "module_dir": submit_directory,
        "user_args": arguments(own),
        "output_intermediate_dir": str(layout.output / "intermediate"),
        **{f"channel_{name}": str(layout.data / name) for name in channels},
        **{f"hp_{name}": value for name, value in own.items()},
    }
    values["training_env"] = dict(values)
    return {
        **{f"SM_{name.upper()}": _text(value) for name, value in values.items()},
        "SAGEMAKER_BASE_DIR": str(layout.base),
        "SAGEMAKER_REGION": region,
        "SAGEMAKER_JOB_NAME": request["TrainingJobName"],
        "TRAINING_JOB_NAME": request["TrainingJobName"],
        "PYTHONPATH": f"{layout.code}{os.pathsep}{layout.packages}",
        **(request.get("Environment") or {}),
    }


def _framework_parameters(request: Params) -> Params:
    known = {"sagemaker_program", "sagemaker_submit_directory", "sagemaker_region", "sagemaker_job_name"}
    parameters = deserialized(request.get("HyperParameters") or {})
    return {
        name: value
        for name, value in parameters.items()
        if name.startswith("sagemaker_") and name not in known
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
