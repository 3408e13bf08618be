"""The instances of a training job: each its own folders and process, all on this machine."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from emulator.sagemaker import processes, requirements
from emulator.sagemaker.jobs import JobFailed
from emulator.sagemaker.journal import Journal, follow
from emulator.sagemaker.requests import Params
from emulator.sagemaker.roles import RoleSession
from emulator.sagemaker.training_checkpoints import Checkpoints
from emulator.sagemaker.training_layout import Layout, hosts
from emulator.sagemaker.training_program import Program, cluster_environment, environment

STOP_GRACE_SECONDS = 2.0
"""Real seconds between SIGTERM and SIGKILL: the 120 that AWS gives, at the usual scale of the clock."""
LOG_GROUP = "/aws/sagemaker/TrainingJobs"


class Instance:
    """One instance: its folders, its log stream, its process."""

    def __init__(self, layout: Layout, journal: Journal) -> None:
        self.layout, self.journal = layout, journal
        self.process: subprocess.Popen[bytes] | None = None
        self.tail: list[str] = []
        self._readers: list[Any] = []

    def run(
        self, command: list[str], variables: dict[str, str], folder: Path, *receivers: Callable[[str], None]
    ) -> None:
        """Start a process whose lines go to the log."""
        self.process = processes.start(command, environment=variables, folder=folder)
        output = cast(IO[bytes], self.process.stdout)
        self._readers.append(follow(output, self.journal.write, self._remember, *receivers))

    def _remember(self, line: str) -> None:
        self.tail = [*self.tail[-19:], line]

    def end(self) -> None:
        """Ask the process to end, then make it; its last lines are in the log."""
        if self.process:
            processes.end(self.process, STOP_GRACE_SECONDS)
        for reader in self._readers:
            reader.join(timeout=10)


class Cluster:
    """All instances of one attempt."""

    def __init__(self, request: Params, session: RoleSession, region: str, base: Path) -> None:
        self.request, self._session, self._region = request, session, region
        self.layouts = [Layout(base / host / "opt" / "ml", host) for host in hosts(request)]
        self.instances: list[Instance] = []
        self._checkpoints: list[Checkpoints] = []

    def bring_checkpoints(self) -> None:
        """Raises CheckpointsFailed."""
        for layout in self.layouts:
            folder = layout.checkpoints(self.request)
            if folder:
                address = self.request["CheckpointConfig"]["S3Uri"]
                kept = Checkpoints(self._session.client("s3"), address, folder)
                kept.start()
                self._checkpoints.append(kept)

    def start(self, program: Program, note: Callable[[str], None]) -> None:
        """Start the program everywhere; ``note`` gets each line of the first instance."""
        name, moment = self.request["TrainingJobName"], int(time.time())
        together = cluster_environment(self.layouts)
        for position, layout in enumerate(self.layouts):
            journal = Journal(self._session, LOG_GROUP, f"{name}/{layout.host}-{moment}")
            instance = Instance(layout, journal)
            self.instances.append(instance)
            variables = environment(self.request, self._session, layout, self._region, together)
            if not program.is_built_in:
                self._install(instance, variables)
            receivers = [note] if position == 0 else []
            instance.run(program.command(), variables, layout.code, *receivers)

    def _install(self, instance: Instance, variables: dict[str, str]) -> None:
        """The script's requirements. Raises JobFailed in the toolkit's words."""
        path = instance.layout.code / "requirements.txt"
        if not path.is_file():
            return
        missing = requirements.unmet(path)
        if not missing:
            instance.journal.write("Requirements in requirements.txt are satisfied already.")
            return
        instance.journal.write(f"Installing dependencies from requirements.txt: {', '.join(missing)}")
        command = requirements.command(instance.layout.packages, ["-r", str(path)])
        instance.run(command, variables, instance.layout.code)
        assert instance.process is not None
        code = instance.process.wait()
        instance.end()
        if code != 0:
            raise JobFailed(
                f"AlgorithmError: InstallRequirementsError:\nExitCode {code}\n"
                f'ErrorMessage "{instance.tail[-1]}"\n'
                'Command "python -m pip install -r requirements.txt", exit code: 1'
            )

    def failed(self) -> Instance | None:
        """The first instance whose program has ended badly."""
        return next((one for one in self.instances if one.process and one.process.poll()), None)

    def is_done(self) -> bool:
        """Whether the program has ended on every instance."""
        return all(one.process is not None and one.process.poll() is not None for one in self.instances)

    def end(self) -> None:
        """End what runs, and keep the last of logs and checkpoints. Raises CheckpointsFailed."""
        for instance in self.instances:
            instance.end()
        for instance in self.instances:
            instance.journal.close()
        kept, self._checkpoints = self._checkpoints, []
        for one in kept:
            one.close()

    def gather(self) -> Layout:
        """The first instance's folders, with what others alone have left for upload."""
        first, *others = self.layouts
        for layout in others:
            for folder, target in ((layout.model, first.model), (layout.output_data, first.output_data)):
                for path in (one for one in sorted(folder.rglob("*")) if one.is_file()):
                    destination = target / path.relative_to(folder)
                    if not destination.exists():
                        destination.parent.mkdir(parents=True, exist_ok=True)
                        path.rename(destination)
        return first
