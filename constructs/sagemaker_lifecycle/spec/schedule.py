"""Schedule expressions of EventBridge rules: `rate(...)` and `cron(...)`."""

import re

_UNITS = ("minute", "hour", "day")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

# Field name, smallest and largest number, words for the numbers, wildcards besides * , - and /.
# Source: Amazon EventBridge user guide, "Cron expressions".
_CRON_FIELDS: tuple[tuple[str, int, int, tuple[str, ...], str], ...] = (
    ("minutes", 0, 59, (), ""),
    ("hours", 0, 23, (), ""),
    ("day-of-month", 1, 31, (), "?LW"),
    ("month", 1, 12, _MONTHS, ""),
    ("day-of-week", 1, 7, _DAYS, "?L#"),
    ("year", 1970, 2199, (), ""),
)


def check_schedule(expression: str) -> str:
    """The expression itself; raises ValueError that says what is wrong with it and what is allowed."""
    rate = re.fullmatch(r"rate\((.*)\)", expression)
    cron = re.fullmatch(r"cron\((.*)\)", expression)
    if rate:
        fault = _rate_fault(rate[1])
    elif cron:
        fault = _cron_fault(cron[1])
    else:
        fault = "is neither a rate nor a cron expression"
    if fault:
        raise ValueError(f"{expression!r} {fault}; allowed: for example rate(1 day) or cron(0 6 * * ? *)")
    return expression


def _rate_fault(body: str) -> str:
    match = re.fullmatch(r"(\d+) (\w+)", body)
    if not match or int(match[1]) < 1:
        return "has no positive whole number and unit"
    value, unit = int(match[1]), match[2]
    singular = unit.removesuffix("s")
    if singular not in _UNITS:
        return f"has the unit {unit!r}, not one of minute(s), hour(s), day(s)"
    if (value == 1) != (unit == singular):
        return f"must say {singular if value == 1 else singular + 's'} after {value}"
    return ""


def _cron_fault(body: str) -> str:
    fields = body.split(" ")
    if len(fields) != len(_CRON_FIELDS):
        return f"has {len(fields)} fields, not 6 (minutes hours day-of-month month day-of-week year)"
    for text, (name, low, high, words, wildcards) in zip(fields, _CRON_FIELDS, strict=True):
        if not all(_cron_part_ok(part, low, high, words, wildcards) for part in text.split(",")):
            return f"has {text!r} for {name}, which is no value in {low}..{high}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "must have ? in exactly one of day-of-month and day-of-week"
    return ""


def _cron_part_ok(part: str, low: int, high: int, words: tuple[str, ...], wildcards: str) -> bool:
    if part == "*" or (part == "?" and "?" in wildcards):
        return True
    if "L" in wildcards and re.fullmatch(r"L|L-\d{1,2}|LW" if "W" in wildcards else r"L|[1-7]L", part):
        return True
    if "W" in wildcards and re.fullmatch(r"\d{1,2}W", part):
        return low <= int(part[:-1]) <= high
    if "#" in wildcards and "#" in part:
        day, _, week = part.partition("#")
        return week in ("1", "2", "3", "4", "5") and _cron_number(day, words, low) in range(low, high + 1)
    base, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and int(step) > 0):
        return False
    if base == "*":
        return True
    numbers = [_cron_number(end, words, low) for end in base.split("-")]
    return (
        len(numbers) <= 2 and all(low <= number <= high for number in numbers) and numbers == sorted(numbers)
    )


def _cron_number(text: str, words: tuple[str, ...], low: int) -> int:
    if text.upper() in words:
        return words.index(text.upper()) + low
    return int(text) if text.isdecimal() and text.isascii() else -1
