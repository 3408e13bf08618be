"""Loading models/*/model.yaml; `python -m sagemaker_lifecycle.model_specs schema` prints its JSON Schema."""

import sys
from pathlib import Path

from pydantic import ValidationError

from sagemaker_lifecycle.spec import ModelSpec, Problem, SpecError
from sagemaker_lifecycle.spec.features import with_long_form
from sagemaker_lifecycle.spec.local_data import local_data_problems
from sagemaker_lifecycle.spec.meaning import cross_findings, file_findings
from sagemaker_lifecycle.spec.problems import Finding
from sagemaker_lifecycle.spec.schema import schema_text
from sagemaker_lifecycle.spec.support import unsupported_findings
from sagemaker_lifecycle.spec.wording import findings
from sagemaker_lifecycle.spec.yaml_file import YamlFile, read_yaml

MODEL_FILE = "model.yaml"


def load_models(models_dir: Path) -> tuple[ModelSpec, ...]:
    """All models below `models_dir` (`<folder>/model.yaml`), in the order of their names.

    Local training data is checked too: its columns, and the cells of the first rows.
    Raises SpecError with everything that is wrong in all of them.
    """
    problems: list[Problem] = []
    specs: list[ModelSpec] = []
    first_file: dict[str, str] = {}
    for path in sorted(models_dir.glob(f"*/{MODEL_FILE}")):
        try:
            source = read_yaml(path, str(path))
        except SpecError as error:
            problems += error.problems
            continue
        spec, found = _examine(path.parent, source)
        problems += found
        if spec is not None:
            specs.append(spec)
        name = source.content.get("name")
        if isinstance(name, str) and first_file.setdefault(name, source.file) != source.file:
            problems.append(source.problem(("name",), f"{name!r} is taken by {first_file[name]}"))
    if not specs and not problems:
        problems.append(Problem(str(models_dir), 0, "", f"has no model; allowed: <name>/{MODEL_FILE}"))
    if problems:
        raise SpecError(problems)
    return tuple(sorted(specs, key=lambda spec: spec.name))


class UnknownModel(ValueError):
    """No folder has a model of that name."""


def named(models_dir: Path, name: str) -> ModelSpec:
    """The model of that name below `models_dir`; others are not read. Raises UnknownModel, and SpecError."""
    known = sorted(path.parent.name for path in models_dir.glob(f"*/{MODEL_FILE}"))
    if name not in known:
        raise UnknownModel(f"no model is named {name!r}; there are: {', '.join(known) or 'none'}")
    return load_model(models_dir / name)


def chosen(models_dir: Path, names: str) -> tuple[ModelSpec, ...]:
    """Those of the models that `names` (with commas between) names, as by `named`; all when it is empty."""
    wanted = sorted({name.strip() for name in names.split(",") if name.strip()})
    return tuple(named(models_dir, name) for name in wanted) if wanted else load_models(models_dir)


def load_model(folder: Path) -> ModelSpec:
    """The model that `folder`/model.yaml declares.

    Raises SpecError with everything that is wrong with the file and with local data.
    """
    spec, problems = _examine(folder, read_yaml(folder / MODEL_FILE, str(folder / MODEL_FILE)))
    if spec is None or problems:
        raise SpecError(problems)
    return spec


def _examine(folder: Path, source: YamlFile) -> tuple[ModelSpec | None, list[Problem]]:
    """The model, when the file declares one, and all that is wrong or not supported yet."""
    content = with_long_form(source.content)
    found = unsupported_findings(content)
    spec = None
    try:
        spec = ModelSpec.read(source.content, folder)
    except ValidationError as error:
        found += findings(error, {finding.path for finding in found})
    found += [*cross_findings(content), *file_findings(folder, content)]
    name = source.content.get("name")
    if isinstance(name, str) and name != folder.name:
        found.append(Finding(("name",), f"{name!r} is not the folder's name; allowed: {folder.name}"))
    problems = [source.problem(finding.path, finding.message) for finding in found]
    return spec, problems + local_data_problems(folder, source)


def main(arguments: list[str]) -> int:
    """`schema` prints the JSON Schema, `check [models]` the problems; 0 when all is well."""
    if arguments == ["schema"]:
        sys.stdout.write(schema_text())
        return 0
    if arguments[:1] == ["check"] and len(arguments) <= 2:
        try:
            load_models(Path(arguments[1] if len(arguments) == 2 else "models"))
        except SpecError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        return 0
    sys.stderr.write("usage: python -m sagemaker_lifecycle.model_specs schema | check [models]\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
