"""What a function and the templates must both know; each spells it, as functions ship without names.py."""

import pytest

from handler_common.names import package_group
from sagemaker_lifecycle import names
from sagemaker_lifecycle.handler_function import LAMBDA_ROOT


def test_releases_are_counted_where_the_dashboard_looks() -> None:
    # Read, not imported: the module makes its clients when it is.
    source = (LAMBDA_ROOT / "release_check" / "aws.py").read_text()
    assert f'METRIC_NAMESPACE = "{names.METRIC_NAMESPACE}"\n' in source
    assert f'"{names.RELEASES_METRIC}"' in source


@pytest.mark.parametrize("model", ["houses", "a-model-of-" + "x" * 52])
def test_a_models_group_has_one_name(model: str) -> None:
    assert package_group(f"{names.prefix('prod')}-", model) == names.model_package_group_name("prod", model)
