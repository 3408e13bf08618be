"""What Parameter Store refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]


@pytest.mark.parametrize("letter", ["a", "ж", "🚀"])
def test_a_value_of_more_than_4_kb_needs_the_advanced_tier(client: Client, name: str, letter: str) -> None:
    ssm, longest = client("ssm"), letter * (4096 // len(letter.encode()))
    ssm.put_parameter(Name=name, Value=longest, Type="String")
    with pytest.raises(ClientError, match="maximum parameter value of 4096 characters"):
        ssm.put_parameter(Name=name, Value=longest + "a", Type="String", Overwrite=True)
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == longest
    ssm.put_parameter(Name=name, Value=longest + "a", Type="String", Overwrite=True, Tier="Advanced")
