"""Instance types: botocore's own enums."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.session import get_session

from sagemaker_lifecycle.spec import instance_types


@pytest.mark.parametrize("shape", ["TrainingInstanceType", "ProductionVariantInstanceType"])
def test_the_enum_is_the_one_that_botocore_loads(shape: str) -> None:
    model = get_session().get_service_model("sagemaker")
    assert instance_types.instance_types(shape) == tuple(model.shape_for(shape).enum)


def test_an_enum_that_is_gone_is_named() -> None:
    with pytest.raises(LookupError, match="has no NoSuchShape"):
        instance_types.instance_types("NoSuchShape")


def test_a_training_type_that_hosting_lacks_is_refused_there() -> None:
    only_training = set(instance_types.instance_types("TrainingInstanceType")) - set(
        instance_types.instance_types("ProductionVariantInstanceType")
    )
    name = min(only_training)
    assert instance_types.check_training_instance_type(name) == name
    with pytest.raises(ValueError, match="no instance type of SageMaker hosting"):
        instance_types.check_serving_instance_type(name)


def test_a_near_miss_is_hinted_at() -> None:
    with pytest.raises(ValueError, match=r"did you mean 'ml\.m5\.large'\?"):
        instance_types.check_training_instance_type("ml.m5.larg")


@pytest.mark.parametrize(
    ("name", "expected"), [("ml.t2.medium", True), ("ml.m5.large", False), ("ml.trn1.2xlarge", False)]
)
def test_burstable_families(name: str, expected: bool) -> None:
    assert instance_types.burstable(name) is expected


def test_loading_a_model_needs_neither_the_cdk_nor_boto() -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from sagemaker_lifecycle.model_specs import load_models\n"
        "load_models(Path('models'))\n"
        "print([name for name in ('aws_cdk', 'botocore', 'numpy') if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
