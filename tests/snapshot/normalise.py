"""The one place that says what of a template is not worth a diff: what changes with every line of code."""

import json
import re
from typing import Any

# Asset hashes stand in keys of the bootstrap bucket; a job's name has eight digits of the code's hash.
ASSET_HASH = re.compile(r"\b[0-9a-f]{64}\b")
DEFINITION_HASH = re.compile(r"(States\.Format\('[a-z0-9-]+-)[0-9a-f]{8}(-(?:\{\}){1,2}')")
BOOTSTRAP_PARTS = {"Parameters": "BootstrapVersion", "Rules": "CheckBootstrapVersion"}


def normalised(template: dict[str, Any]) -> str:
    """The template as text, without hashes of code and without the CDK's own bootstrap check."""
    kept = {section: dict(content) for section, content in template.items() if isinstance(content, dict)}
    for section, name in BOOTSTRAP_PARTS.items():
        kept.get(section, {}).pop(name, None)
    whole = {**template, **kept}
    shown = {section: content for section, content in whole.items() if content != {}}
    text = json.dumps(shown, indent=2, sort_keys=True)
    text = ASSET_HASH.sub("<asset hash>", text)
    return DEFINITION_HASH.sub(r"\g<1><definition hash>\g<2>", text) + "\n"
