"""CloudWatch alarms that really watch: metrics kept here, alarms evaluated, actions carried out.

moto stores alarms but never looks at a metric. Periods last as long as the shortened clock makes them.
"""

from emulator.alarms import composite, describing, metrics
from emulator.alarms.watch import start, stop

__all__ = ["composite", "describing", "metrics", "start", "stop"]
