"""AWS::StepFunctions: state machines."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext, ResourceFailure
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, registered

_LOGGING_OFF = {"Level": "OFF", "IncludeExecutionData": False, "Destinations": []}


@registered
class StateMachine(ApiProvider):
    """AWS::StepFunctions::StateMachine."""

    type = "AWS::StepFunctions::StateMachine"
    service = "stepfunctions"
    named_by = "StateMachineName"
    name_limit = 80
    handled = frozenset(
        {
            "Definition", "DefinitionS3Location", "DefinitionString", "DefinitionSubstitutions",
            "LoggingConfiguration", "RoleArn", "StateMachineName", "StateMachineType", "Tags",
            "TracingConfiguration",
        }
    )  # fmt: skip
    tag_operations = TagOperations("resourceArn", keys="tagKeys")

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateStateMachine."""
        answer = self.call(
            context,
            "CreateStateMachine",
            name=self.name(context, properties),
            definition=self.definition(context, properties),
            roleArn=properties["RoleArn"],
            type=properties.get("StateMachineType"),
            loggingConfiguration=properties.get("LoggingConfiguration"),
            tracingConfiguration=properties.get("TracingConfiguration"),
            **self.tags_for(context, "CreateStateMachine", properties),
        )
        return answer["stateMachineArn"]

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateStateMachine with everything."""
        self.call(
            context,
            "UpdateStateMachine",
            stateMachineArn=physical_id,
            definition=self.definition(context, new),
            roleArn=new["RoleArn"],
            loggingConfiguration=new.get("LoggingConfiguration", _LOGGING_OFF),
            tracingConfiguration=new.get("TracingConfiguration", {"enabled": False}),
        )

    def definition(self, context: ResourceContext, properties: Properties) -> str:
        """The definition, from wherever the template has it, with ``${name}`` substituted."""
        if "DefinitionString" in properties:
            text = str(properties["DefinitionString"])
        elif "Definition" in properties:
            text = json.dumps(properties["Definition"])
        elif "DefinitionS3Location" in properties:
            where = properties["DefinitionS3Location"]
            version = {"VersionId": where["Version"]} if "Version" in where else {}
            found = context.client("s3").get_object(Bucket=where["Bucket"], Key=where["Key"], **version)
            text = found["Body"].read().decode()
        else:
            raise ResourceFailure(
                "a state machine needs Definition, DefinitionString or DefinitionS3Location"
            )
        substitutions: Mapping[str, Any] = properties.get("DefinitionSubstitutions", {})
        return re.sub(
            r"\$\{([^}]+)\}",
            lambda match: str(substitutions.get(match.group(1), match.group(0))),
            text,
        )

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """ARN."""
        return physical_id

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and name."""
        return {"Arn": physical_id, "Name": physical_id.rsplit(":", 1)[-1]}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteStateMachine."""
        self.call(context, "DeleteStateMachine", stateMachineArn=physical_id)
