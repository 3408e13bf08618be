"""`make diagram`: docs/emulator-resource-types.md, the table of what the embedded AWS knows.

From the emulator's own registry of resource types; the same table, for what is deployed, is printed by
`make deploy-local` and `lifecycle resource-types`.
"""

import sys

from docs.templates import ROOT
from emulator import services as _services  # registers every resource type
from emulator.cloudformation.provider import Provider, all_providers

FILE = ROOT / "docs" / "emulator-resource-types.md"

_HEAD = """\
# Resource types on the embedded AWS

Written by `make diagram`. A template with any other type is refused by name.

- **real**: acts as on AWS, for what this project uses of it.
- **stub**: kept and described, but it does nothing.
- **ignored**: nothing is made.

| type | is | leaves out |
|---|---|---|
"""


def table() -> str:
    """The whole file."""
    assert _services
    return _HEAD + "".join(_row(provider) for provider in all_providers())


def _row(provider: Provider) -> str:
    note = provider.note.replace("|", "\\|")
    return f"| `{provider.type}` | {provider.fidelity} | {note} |\n"


def main() -> int:
    """Write the file."""
    FILE.write_text(table(), encoding="utf-8")
    print(FILE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
