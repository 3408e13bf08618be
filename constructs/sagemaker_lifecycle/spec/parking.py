"""When a model is parked to save its instances: the part `cost` of a model.yaml."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sagemaker_lifecycle.spec.problems import Finding, raise_findings
from sagemaker_lifecycle.spec.schedule import check_schedule
from sagemaker_lifecycle.spec.section import Section

Schedule = Annotated[str, AfterValidator(check_schedule)]


class ParkingSchedule(Section):
    """Nights and weekends: times in UTC as EventBridge writes them, such as cron(0 20 ? * MON-FRI *)."""

    park_at: Schedule = Field(alias="from", description="when the endpoint is taken down, in UTC")
    wake_at: Schedule = Field(alias="to", description="when it is brought back, in UTC")

    @model_validator(mode="after")
    def _check_times(self) -> "ParkingSchedule":
        findings = [
            Finding((key,), f"{value!r} has no time of day; allowed: for example cron(0 20 ? * MON-FRI *)")
            for key, value in (("from", self.park_at), ("to", self.wake_at))
            if value.startswith("rate(")
        ]
        if not findings and self.park_at == self.wake_at:
            findings.append(Finding(("to",), "is the same as `from`: it would be parked and woken at once"))
        raise_findings(findings)
        return self


class Park(Section):
    """What parks the model without anybody asking."""

    schedule: ParkingSchedule | None = Field(default=None, description="parked at set times")
    idle_hours: int | None = Field(
        default=None, ge=1, le=168, description="parked after so many hours without a prediction"
    )
    wake_on_predict: bool = Field(
        default=False, description="whether a prediction brings a parked endpoint back"
    )


class Cost(Section):
    """What keeps the bill small."""

    park: Park = Field(default=Park(), description="when the endpoint is taken down")
