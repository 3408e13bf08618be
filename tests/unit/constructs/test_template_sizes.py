"""A template that CloudFormation would refuse ends the synth."""

from pathlib import Path

import pytest

from sagemaker_lifecycle.template_sizes import LIMIT, check_sizes


def test_a_template_that_is_too_large_is_named_with_the_limit(tmp_path: Path) -> None:
    for stack, size in (("one", LIMIT), ("two", LIMIT + 1), ("three", LIMIT + 2)):
        (tmp_path / f"{stack}.template.json").write_text(" " * size)
    with pytest.raises(ValueError, match=r"^three: .* 1000002 bytes; .* 1000000\. Deploy fewer .*\ntwo: "):
        check_sizes(tmp_path)
