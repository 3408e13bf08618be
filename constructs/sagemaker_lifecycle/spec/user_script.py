"""What a model with scripts of its own must have beside its model.yaml: read, never run."""

import ast
from collections.abc import Iterable
from pathlib import Path

from sagemaker_lifecycle.algorithm_bundle import GUESS_FOLDER, PROGRAM, USER_ADDITIONS

HANDLERS = "inference.py"
# Without them AWS's server takes its own input_fn and output_fn, which know nothing of `instances`.
_ALL_THREE = ("model_fn", "input_fn", "output_fn")
_ALL_IN_ONE = ("model_fn", "transform_fn")


def script_faults(folder: Path) -> list[str]:
    """All that is wrong with the scripts in `folder`, each as the rest of a message."""
    faults = [
        f"script needs {folder / name}; allowed: {name} beside the model.yaml"
        for name in (PROGRAM, HANDLERS)
        if not (folder / name).is_file()
    ]
    faults += [
        f"{folder / name} has the name of what is packed with the scripts; allowed: another name"
        for name in (*USER_ADDITIONS, GUESS_FOLDER)
        if (folder / name).exists()
    ]
    return faults or _handler_faults(folder / HANDLERS)


def _handler_faults(file: Path) -> list[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError as error:
        return [f"{file}, line {error.lineno}: {error.msg}; allowed: Python"]
    known = _names(tree.body)
    if "*" in known:
        return []
    # As AWS's server refuses: serving.py, _user_module_transformer.
    if "transform_fn" in known and known & {"input_fn", "predict_fn", "output_fn"}:
        return [
            f"{file} has transform_fn besides input_fn, predict_fn or output_fn; allowed: one or the others"
        ]
    if known >= set(_ALL_IN_ONE) or known >= set(_ALL_THREE):
        return []
    missing = ", ".join(name for name in _ALL_THREE if name not in known)
    return [f"{file} has no {missing}; allowed: {', '.join(_ALL_THREE)}, or {' and '.join(_ALL_IN_ONE)}"]


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    """What the nodes name, in conditions and such too: functions, classes, imports, assignments."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.alias):
            names.add(node.asname or node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        names |= _names(ast.iter_child_nodes(node))
    return names
