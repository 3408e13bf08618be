"""The floor of a synth: the templates in the folder TEMPLATES, included as they are, one call each."""

import gc
import os
from pathlib import Path

gc.disable()

from aws_cdk import App, DefaultStackSynthesizer, Stack
from aws_cdk.cloudformation_include import CfnInclude

app = App(analytics_reporting=False)
for path in sorted(Path(os.environ["TEMPLATES"]).glob("*.template.json")):
    # The templates have the bootstrap check already.
    synthesizer = DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
    stack = Stack(app, path.name.removesuffix(".template.json"), synthesizer=synthesizer)
    CfnInclude(stack, "Template", template_file=str(path))
app.synth()
