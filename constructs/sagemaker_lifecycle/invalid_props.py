"""How constructs report what is wrong with their props: all of it at once, with the construct's path."""

from collections.abc import Sequence

from constructs import Construct


def raise_all(construct: Construct, errors: Sequence[str]) -> None:
    """Raise ValueError with the construct's path and every error, one a line; return when there is none."""
    if errors:
        raise ValueError("\n".join(f"{construct.node.path}: {error}" for error in errors))
