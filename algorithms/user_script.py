"""Program of a user's own training: packs what serves the model, measures a guess without one, runs train.py.

Endpoints have no network, and AWS's scikit-learn image installs the code before it serves it
(aws/sagemaker-containers, _server.py and _modules.py: `pip install . -r requirements.txt`, a build that wants
an index itself). So what that needs is made here, where there is a network: wheels of all that
requirements.txt asks for, and a package that builds without anything else (user_wheel.py).

The guess (guess.py) is this project's code among the user's: in a folder of its own, and in a process that
imports from there and not from the user's folder, whatever the files of either are called. It prints first:
of a metric SageMaker takes the last value, so that a train.py that prints its own has the last word.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

SCRIPT = "train.py"
REQUIREMENTS = "requirements.txt"
WHEELS = "wheels"
# This project's modules that measure the guess, and their program.
GUESS_FOLDER = "lifecycle_baseline"
GUESS = "guess.py"
BUILD = """[build-system]
requires = []
build-backend = "user_wheel"
backend-path = ["."]
"""


def pack(source: Path, target: Path) -> None:
    """Put the code below `source`, and wheels of its requirements, into `target`, a folder of the model's.

    Raises subprocess.CalledProcessError when a requirement cannot be had.
    """
    ours = (Path(__file__).resolve(), source / GUESS_FOLDER)
    for path in sorted(source.rglob("*.py")):
        if not any(path.is_relative_to(each) for each in ours):
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    (target / "pyproject.toml").write_text(BUILD, encoding="utf-8")
    file = source / REQUIREMENTS
    wanted = file.read_text(encoding="utf-8") if file.is_file() else ""
    if any(line.partition("#")[0].strip() for line in wanted.splitlines()):
        command = [sys.executable, "-m", "pip", "wheel", "--no-input", "--disable-pip-version-check"]
        subprocess.run([*command, "--wheel-dir", str(target / WHEELS), "-r", str(file)], check=True)
        text = f"--no-index\n--find-links {WHEELS}\n{wanted}"
        (target / REQUIREMENTS).write_text(text, encoding="utf-8")


def measure_guess(source: Path) -> None:
    """Print what a guess without a model reaches, or why nobody knows.

    Raises subprocess.CalledProcessError when it ends otherwise, for a reason that is no user's.
    """
    # -E: the toolkit has put the user's folder on PYTHONPATH.
    subprocess.run([sys.executable, "-E", str(source / GUESS_FOLDER / GUESS)], check=True)


def main(arguments: list[str]) -> NoReturn:
    """Pack, measure, then become train.py: signals, output and exit status are its own. 1 if that failed."""
    source = Path(__file__).resolve().parent
    try:
        pack(source, Path(os.environ["SM_MODEL_DIR"]) / "code")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{REQUIREMENTS}: pip wheel ended with exit status {error.returncode}")
    try:
        measure_guess(source)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{GUESS_FOLDER}/{GUESS}: ended with exit status {error.returncode}")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, str(source / SCRIPT), *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
