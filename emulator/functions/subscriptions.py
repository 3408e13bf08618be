"""SNS topics whose subscribers are functions: moto would look for them in its own Lambda."""

from __future__ import annotations

import functools
import json
import logging
from datetime import UTC, datetime
from typing import Any

from moto.sns.models import Subscription

from emulator.errors import AwsError
from emulator.functions.invoke import invoke

log = logging.getLogger("emulator.functions")
SERVICE = "sns.amazonaws.com"


def patch() -> None:
    """Deliver to our functions. Raises AttributeError when moto has lost ``Subscription.publish``."""
    publish = Subscription.publish
    if getattr(publish, "reaches_functions", False):
        return

    @functools.wraps(publish)
    def publishing(self: Subscription, message: str, message_id: str, *rest: Any, **more: Any) -> None:
        if self.protocol != "lambda":
            publish(self, message, message_id, *rest, **more)
            return
        subject = more.get("subject", rest[0] if rest else None)
        attributes = more.get("message_attributes", rest[1] if len(rest) > 1 else None)
        wanted = self._filter_policy_matcher  # pyright: ignore[reportPrivateUsage]
        if wanted is None or wanted.matches(attributes, message):
            _deliver(self, message, message_id, subject, attributes)

    setattr(publishing, "reaches_functions", True)  # noqa: B010
    setattr(Subscription, "publish", publishing)  # noqa: B010


def _deliver(
    subscription: Subscription, message: str, message_id: str, subject: str | None, attributes: Any
) -> None:
    topic = subscription.topic.arn
    notification = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": topic,
        "Subject": subject,
        "Message": message,
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "MessageAttributes": attributes or {},
    }
    record = {
        "EventVersion": "1.0",
        "EventSource": "aws:sns",
        "EventSubscriptionArn": subscription.arn,
        "Sns": notification,
    }
    try:
        invoke(subscription.endpoint, json.dumps({"Records": [record]}).encode(), "Event", (SERVICE, topic))
    except AwsError as error:  # SNS tells its publisher nothing of it either
        log.warning("%s did not reach %s: %s", topic, subscription.endpoint, error.message)
