"""An endpoint: its status, its fleets, and which container gets the next request."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from emulator.sagemaker import tags
from emulator.sagemaker.fleets import Fleet, Variant
from emulator.sagemaker.happenings import announce
from emulator.sagemaker.requests import Params, arn, now

IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
SERVING = ("InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed")
_EVENT_FORM = {
    "Creating": "CREATING",
    "InService": "IN_SERVICE",
    "Updating": "UPDATING",
    "RollingBack": "ROLLING_BACK",
    "Failed": "FAILED",
    "Deleting": "DELETING",
}


@dataclass
class Endpoint:
    """State of one endpoint; changed by one rollout at a time, read by anyone under ``lock``."""

    name: str
    region: str
    fleet: Fleet
    config_name: str
    deployment: Params | None = None
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    status: str = "Creating"
    failure_reason: str | None = None
    green: Fleet | None = None
    green_since: datetime | None = None
    green_share: float = 0.0
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _credit: dict[int, float] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """ARN of the endpoint."""
        return arn(self.region, "endpoint", self.name)

    def move(self, status: str, failure_reason: str | None = None) -> None:
        """Enter a status, and tell EventBridge."""
        with self.lock:
            self.status, self.modified, self.failure_reason = status, now(), failure_reason
            detail = self.describe()
        detail["EndpointStatus"] = _EVENT_FORM[status]
        detail["Tags"] = tags.of(self.arn)
        announce("SageMaker Endpoint State Change", detail, self.arn, self.region)

    def choose(self, target: str | None = None) -> Variant | None:
        """Who answers the next request; None for a ``target`` that is not there.

        Shares are kept exactly, by smooth weighted round robin: with weights 9 and 1, one request in ten
        goes to the second. (AWS draws at random, with the same shares in the long run.)
        """
        with self.lock:
            candidates = self._candidates(target)
            if not candidates:
                return None
            total = sum(share for _, share in candidates)
            for variant, share in candidates:
                self._credit[id(variant)] = self._credit.get(id(variant), 0.0) + share
            chosen = max(candidates, key=lambda one: self._credit[id(one[0])])[0]
            self._credit[id(chosen)] -= total
            return chosen

    def _candidates(self, target: str | None) -> list[tuple[Variant, float]]:
        found: list[tuple[Variant, float]] = []
        for fleet, fleet_share in ((self.fleet, 1 - self.green_share), (self.green, self.green_share)):
            if fleet is None or fleet_share <= 0:
                continue
            variants = [v for v in fleet.production.values() if target in (None, v.name)]
            total = sum(1.0 if target else v.weight for v in variants)
            for variant in variants:
                share = 1.0 if target else variant.weight
                if share > 0:
                    found.append((variant, fleet_share * share / total))
        return found

    def choose_shadow(self) -> Variant | None:
        """The shadow variant, when this request is one of those copied to it.

        Its weight over that of the production variant is the share of requests that it sees.
        """
        with self.lock:
            shadows = list(self.fleet.shadow.values())
            if not shadows:
                return None
            shadow = shadows[0]
            total = sum(variant.weight for variant in self.fleet.production.values())
            credit = self._credit.get(id(shadow), 0.0) + (min(1.0, shadow.weight / total) if total else 0.0)
            self._credit[id(shadow)] = credit - int(credit)
            return shadow if credit >= 1 else None

    def config_of(self, variant: Variant) -> Params:
        """The endpoint configuration that the variant runs under."""
        with self.lock:
            green = self.green
            return green.config if green and variant in green.variants else self.fleet.config

    def shift(self, share: float) -> None:
        """Give the green fleet this share (0..1) of the traffic."""
        with self.lock:
            self.green_share = share
            self._credit.clear()

    def deploy_green(self, fleet: Fleet) -> None:
        """A new fleet stands by, with no traffic yet."""
        with self.lock:
            self.green, self.green_since, self.green_share = fleet, now(), 0.0

    def promote(self) -> Fleet:
        """Green becomes the fleet; returns the old one, to be ended."""
        with self.lock:
            assert self.green is not None, "nothing to promote"
            old, self.fleet = self.fleet, self.green
            self.config_name = self.fleet.config_name
            self.green, self.green_since = None, None
            self.shift(0.0)
            return old

    def drop_green(self) -> Fleet | None:
        """All traffic back to blue; returns the green fleet, to be ended."""
        with self.lock:
            dropped, self.green, self.green_since = self.green, None, None
            self.shift(0.0)
            return dropped

    def describe(self) -> Params:
        """DescribeEndpoint's answer."""
        with self.lock:
            answer: Params = {
                "EndpointName": self.name,
                "EndpointArn": self.arn,
                "EndpointConfigName": self.config_name,
                "EndpointStatus": self.status,
                "CreationTime": self.created,
                "LastModifiedTime": self.modified,
            }
            if self.status not in ("Creating", "Failed"):
                answer["ProductionVariants"] = [v.describe() for v in self.fleet.production.values()]
                if self.fleet.shadow:
                    answer["ShadowProductionVariants"] = [v.describe() for v in self.fleet.shadow.values()]
            if self.failure_reason:
                answer["FailureReason"] = self.failure_reason
            if self.deployment:
                answer["LastDeploymentConfig"] = self.deployment
            capture = self.fleet.config.get("DataCaptureConfig")
            if capture:
                answer["DataCaptureConfig"] = self._capture(capture)
            if self.green:
                answer["PendingDeploymentSummary"] = self._pending(self.green)
            return answer

    def _capture(self, capture: Params) -> Params:
        enabled = capture.get("EnableCapture", False)
        return {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled and self.status in SERVING else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }

    def _pending(self, green: Fleet) -> Params:
        variants = [
            {**variant.describe(), "InstanceType": variant.spec.get("InstanceType")}
            for variant in green.production.values()
        ]
        summary: Params = {
            "EndpointConfigName": green.config_name,
            "ProductionVariants": [{k: v for k, v in one.items() if v is not None} for one in variants],
            "StartTime": self.green_since,
        }
        if green.shadow:
            summary["ShadowProductionVariants"] = [v.describe() for v in green.shadow.values()]
        return summary

    def summary(self) -> Params:
        """Its line in ListEndpoints."""
        with self.lock:
            return {
                "EndpointName": self.name,
                "EndpointArn": self.arn,
                "CreationTime": self.created,
                "LastModifiedTime": self.modified,
                "EndpointStatus": self.status,
            }
