"""What the dashboard's widget answers: HTML that holds nothing but text of the ledger, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from handler_common import ledger
from release_check.logic import LEDGER_BYTES
from tests.unit.handlers.rotation_world import PARKED, RELEASES, arn, client_error

Load = Callable[[str], ModuleType]
Show = Callable[..., Any]

FIRST = {"package": arn(1), "at": "2026-01-02T03:04:05+00:00", "by": "approval"}
LIVE = {"package": arn(2), "at": "2026-01-03T00:00:00+00:00", "by": "ada", "replaced": arn(1)}
ENDED = {**FIRST, "ended": LIVE["at"], "why": "replaced"}
WRITTEN = datetime(2026, 1, 3, tzinfo=UTC)
# What CloudWatch sends beside the widget's own parameters, cut to what matters here.
CONTEXT = {"widgetContext": {"dashboardName": "lifecycle-dev-house-prices", "theme": "dark", "width": 588}}


class Page(HTMLParser):
    """An answer as a browser reads it: its elements, the text of its cells row by row, and all its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.rows: list[list[str]] = []
        self.text = ""
        self._in_cell = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag == "tr":
            self.rows.append([])
        self._in_cell = tag in ("td", "th")
        if self._in_cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_cell:
            self.rows[-1][-1] += data


@pytest.fixture
def stored() -> dict[str, Any]:
    """The SSM parameters by name; an exception instead of a text is raised."""
    return {}


@pytest.fixture
def stack() -> dict[str, datetime]:
    """The endpoint stack as long as it has a key: when it was created."""
    return {"created": WRITTEN}


@pytest.fixture
def show(
    load: Load, stored: dict[str, Any], stack: dict[str, datetime], monkeypatch: pytest.MonkeyPatch
) -> Show:
    """The function's answer to a widget with these parameters."""
    handler = load("ledger_widget.handler")

    def get_parameters(Names: list[str]) -> dict[str, Any]:
        for name in Names:
            if isinstance(stored.get(name), Exception):
                raise stored[name]
        found = [
            {"Name": name, "Value": stored[name], "LastModifiedDate": WRITTEN}
            for name in Names
            if name in stored
        ]
        return {"Parameters": found, "InvalidParameters": [name for name in Names if name not in stored]}

    def describe_stacks(StackName: str) -> dict[str, Any]:
        if not stack:
            raise client_error("ValidationError", f"Stack with id {StackName} does not exist")
        return {"Stacks": [{"CreationTime": stack["created"]}]}

    monkeypatch.setattr(
        load("ledger_widget.aws")._CLOUDFORMATION, "describe_stacks", describe_stacks, raising=False
    )
    monkeypatch.setattr(load("ledger_widget.aws")._SSM, "get_parameters", get_parameters, raising=False)
    return lambda **parameters: handler.handler({**parameters, **CONTEXT}, None)


def test_a_table_has_the_columns_of_the_command_newest_first(show: Show, stored: dict[str, Any]) -> None:
    stored[RELEASES] = json.dumps([ENDED, LIVE])
    page = Page(show(model="house-prices"))
    assert page.rows == [
        list(ledger.COLUMNS),
        ["v2", "2026-01-03 00:00", "ada", "v1", "-", "-", "-"],
        ["v1", "2026-01-02 03:04", "approval", "-", "-", "2026-01-03 00:00", "replaced"],
    ]
    assert "house-prices: v2 is live since 2026-01-03 00:00 UTC" in page.text


def test_the_table_names_itself_and_its_columns_for_those_who_hear_it(
    show: Show, stored: dict[str, Any]
) -> None:
    stored[RELEASES] = json.dumps([LIVE])
    html = show(model="house-prices")
    assert "Releases of house-prices, newest first, times in UTC</caption>" in html
    assert html.count('<th scope="col"') == len(ledger.COLUMNS)


def test_colours_are_left_to_the_theme(show: Show, stored: dict[str, Any]) -> None:
    stored[RELEASES] = json.dumps([ENDED, LIVE])
    assert "color" not in show(model="house-prices")


def test_a_model_that_was_never_released_says_so(show: Show) -> None:
    page = Page(show(model="house-prices"))
    assert (page.text, page.rows) == ("house-prices was never released", [])


def test_a_parked_model_says_so_and_what_wakes(show: Show, stored: dict[str, Any]) -> None:
    stored |= {RELEASES: json.dumps([ENDED]), PARKED: arn(1)}
    assert "house-prices is parked since 2026-01-03 00:00 UTC: waking releases v1" in show(
        model="house-prices"
    )


@pytest.mark.parametrize("deployed_again", [True, False])
def test_what_a_destroyed_stack_left_behind_is_not_called_parked(
    show: Show, stored: dict[str, Any], stack: dict[str, datetime], deployed_again: bool
) -> None:
    stored |= {RELEASES: json.dumps([ENDED]), PARKED: arn(1)}
    stack["created"] += timedelta(seconds=1)
    if not deployed_again:
        stack.clear()
    assert "house-prices: nothing is live since 2026-01-03 00:00 UTC" in show(model="house-prices")


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        '<cwdb-action action="call" endpoint="arn:aws:lambda:us-east-1:1:function:x">{}</cwdb-action>',
        '"><img src=x onerror=alert(1)>',
        "</td></tr></table><iframe>",
        "<!-- &lt;b&gt;",
    ],
)
def test_what_people_wrote_is_text_and_nothing_else(show: Show, stored: dict[str, Any], evil: str) -> None:
    entry = {**dict.fromkeys(("by", "reason", "why", "at", "replaced"), evil), "package": f"{arn(1)}{evil}"}
    stored[RELEASES] = json.dumps([{**entry, "ended": evil}, entry])
    page = Page(show(model="house-prices"))
    assert page.elements == {"p", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert page.rows[1][2] == page.rows[1][4] == evil
    assert page.rows[2][6] == evil


@pytest.mark.parametrize("model", ["absent", "", None, 7, ["house-prices"], {"a": 1}, "<script>x</script>"])
def test_an_unknown_model_is_told_in_words(show: Show, model: object) -> None:
    page = Page(show(model=model))
    assert page.elements == {"p"}
    assert page.text.endswith("; there are: house-prices, churn")
    told = f"no model is named {model!r}" if model else "the widget has no parameter model"
    assert told in page.text


def test_a_widget_without_parameters_is_told_which_it_lacks(show: Show) -> None:
    assert "the widget has no parameter model; there are: house-prices, churn" in show()


@pytest.mark.parametrize(
    "trouble",
    [client_error("AccessDeniedException", "User: x is not authorized"), "{broken", "[" * 4000, '["a"]'],
    ids=["refused", "broken", "nested", "other"],
)
def test_a_ledger_that_cannot_be_read_is_told_in_words_and_the_log_knows_why(
    show: Show, stored: dict[str, Any], trouble: object, capsys: pytest.CaptureFixture[str]
) -> None:
    stored[RELEASES] = trouble
    page = Page(show(model="house-prices"))
    assert page.elements == {"p"}
    assert page.text == "The ledger of house-prices could not be read: the reason is in this function's log"
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["model"]) == ("ERROR", "house-prices")
    assert line["cause"]


@pytest.mark.parametrize("value", [True, {}, ""])
def test_asked_to_describe_itself_it_answers_markdown_and_reads_nothing(
    show: Show, stored: dict[str, Any], value: object
) -> None:
    stored[RELEASES] = AssertionError("read")
    told = show(describe=value, model="house-prices")
    assert told.startswith("## ")
    # The first block between three backticks becomes the parameters of a new widget.
    assert told.split("```")[1] == " yaml\nmodel: house-prices\n"


def test_the_longest_ledger_is_a_small_answer(show: Show, stored: dict[str, Any]) -> None:
    """Lambda's limit of an answer is 6 MB; a widget should be there at once."""
    quotes = {**LIVE, "reason": "'" * 200, "why": "'" * 200}
    entries = [quotes]
    while len(json.dumps([*entries, quotes], separators=(",", ":"))) <= LEDGER_BYTES:
        entries.append(quotes)
    stored[RELEASES] = json.dumps(entries)
    assert len(json.dumps(show(model="house-prices"))) < 32 * 1024


def test_the_request_is_one_that_the_service_knows(load: Load) -> None:
    aws = load("ledger_widget.aws")
    with Stubber(aws._SSM) as ssm:
        one = {"Name": "/l", "Value": "[]", "LastModifiedDate": WRITTEN}
        found = {"Parameters": [one], "InvalidParameters": ["/p"]}
        ssm.add_response("get_parameters", found, {"Names": ["/l", "/p"]})
        assert aws.parameters(["/l", "/p"]) == {"/l": aws.Parameter("[]", WRITTEN)}
        ssm.assert_no_pending_responses()
    with Stubber(aws._CLOUDFORMATION) as stacks:
        described = {"StackName": "s", "CreationTime": WRITTEN, "StackStatus": "CREATE_COMPLETE"}
        stacks.add_response("describe_stacks", {"Stacks": [described]}, {"StackName": "s"})
        assert aws.created("s") == WRITTEN
        stacks.assert_no_pending_responses()
