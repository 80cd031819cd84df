"""Webhooks of the site: registered once each, tested, replaced, removed, and the secret shown to nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from qbo_pipeline.command_line import tableau_webhooks as commands
from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_contents import PublishedContent, TableauContents
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.errors import RefusedError, SessionLostError
from qbo_pipeline.tableau.publisher import open_client
from qbo_pipeline.tableau.webhooks.apply import apply_waiting
from qbo_pipeline.tableau.webhooks.registration import (
    EVENTS,
    WebhookAddressError,
    address,
    listed,
    register,
    remove,
    remove_ours,
)
from qbo_pipeline.tableau.webhooks.registration import tested as tried
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline_tests.patience import wait_until
from qbo_pipeline_tests.tableau.conftest import QUICK, settings_of
from qbo_pipeline_tests.tableau.site import Person
from qbo_pipeline_tests.webhooks.conftest import Receiver, inbox_files, receiving

SECRET, OTHER = "c0ffee" * 8, "decade" * 8
BASE = "https://books.example.com"


@pytest.fixture
def receiver(settings: Settings, tableau: LocalTableau) -> Iterator[Receiver]:
    """Where Tableau may send to, as an exception, without https."""
    tableau.switch(webhook_https=False)
    with receiving(WebhookFolders(settings.data.webhooks), secret=SECRET) as running:
        yield running


def ids(client: TableauClient) -> dict[str, str]:
    return {one.event: one.id for one in listed(client)}


def test_each_event_is_registered_once(client: TableauClient) -> None:
    first = register(client, BASE, SECRET)
    again = register(client, f"{BASE}/", SECRET)

    assert {one.event for one in first} == {one.value for one in EVENTS}
    assert again == first
    assert len(listed(client)) == len(EVENTS)


def test_by_a_connected_app_it_is_said_that_a_token_is_needed(
    tableau: LocalTableau, settings: Settings, store: StateStore
) -> None:
    app = settings_of(
        settings.data.root, tableau.url, tableau_pat_name=None, tableau_pat_value=None,
        tableau_client_id=tableau.client_id, tableau_secret_id=tableau.secret_id,
        tableau_secret_value=tableau.secret_value, tableau_user=tableau.user,
    )  # fmt: skip
    assert app.tableau is not None

    with (
        open_client(app, app.tableau, store, QUICK) as client,
        pytest.raises(SessionLostError, match=r"is missing\. The connected app .* Webhooks .* personal access token"),
    ):
        register(client, BASE, SECRET)


def test_another_secret_replaces_what_was_registered(client: TableauClient) -> None:
    register(client, BASE, SECRET)
    register(client, BASE, OTHER)

    assert {one.url for one in listed(client)} == {address(BASE, OTHER)}
    assert len(listed(client)) == len(EVENTS)


def test_receivers_do_not_touch_each_others_webhooks(client: TableauClient, tableau: LocalTableau) -> None:
    register(client, BASE, SECRET)
    before = ids(client)
    register(client, "https://test.example.com/behind", OTHER)
    assert len(remove_ours(client, OTHER)) == len(EVENTS)

    assert ids(client) == before


def test_webhooks_of_other_programs_are_left_alone(client: TableauClient, person: Person) -> None:
    import tableauserverclient

    item = tableauserverclient.WebhookItem()  # type: ignore[no-untyped-call]
    item.name, item.url, item.event = "Slack", "https://hooks.example.com/T1", "workbook-refresh-failed"
    person.server.webhooks.create(item)
    register(client, BASE, SECRET)
    remove_ours(client, SECRET)

    assert listed(client) == []
    assert [one.name for one in person.server.webhooks.get()[0]] == ["Slack"]


def test_what_is_gone_is_removed(client: TableauClient) -> None:
    [first, *_] = register(client, BASE, SECRET)
    remove(client, first.id)
    remove(client, first.id)

    assert len(listed(client)) == len(EVENTS) - 1


def test_tableau_decides_which_address_it_takes_and_the_error_has_no_secret(client: TableauClient) -> None:
    with pytest.raises(RefusedError) as refused:
        register(client, "http://books.example.com", SECRET)

    assert SECRET not in str(refused.value)
    assert "http://books.example.com/webhooks/tableau/…" in str(refused.value)
    assert listed(client) == []


@pytest.mark.parametrize("base", ["books.example.com", "ftp://books.example.com", "https://", "https://a.example?x=1"])
def test_what_is_no_address_is_not_sent(base: str) -> None:
    with pytest.raises(WebhookAddressError, match="no address of a receiver"):
        address(base, SECRET)


def test_a_short_secret_is_not_registered() -> None:
    with pytest.raises(WebhookAddressError, match="has 5 characters and needs 32"):
        address(BASE, "short")


def test_secrets_survive_being_part_of_an_address() -> None:
    assert address(BASE, "a/b c?" * 6).rpartition("/")[2] == "a%2Fb%20c%3F" * 6


def test_what_is_shown_has_no_secret(client: TableauClient) -> None:
    shown = register(client, BASE, SECRET)

    assert SECRET not in repr(shown)
    assert {one.receiver for one in shown} == {f"{BASE}/webhooks/tableau/…"}


def test_a_test_tells_what_tableau_saw(client: TableauClient, receiver: Receiver) -> None:
    [one, *_] = register(client, receiver.url, SECRET)
    [wrong, *_] = register(client, "http://127.0.0.1:9", SECRET)

    assert (tried(client, one).works, tried(client, one).status) == (True, 200)
    assert not tried(client, wrong).works
    assert SECRET not in repr(tried(client, wrong))


def test_events_arrive_and_are_applied(
    tableau: LocalTableau,
    client: TableauClient,
    person: Person,
    source: str,
    margins: str,
    settings: Settings,
    store: StateStore,
    receiver: Receiver,
) -> None:
    published(store, client, source)
    register(client, receiver.url, SECRET)
    tableau.switch(webhook_copies=2)
    tableau.inject("failing_job", endpoint=["refresh"], text="no space", times=1)
    person.server.workbooks.refresh(margins)
    wait_until(lambda: len(inbox_files(receiver.folders.tableau)) >= 2)

    applied = apply_waiting(settings, QUICK)
    failed = [one.outcome.value for one in applied.events if one.event == "WorkbookRefreshFailed"]
    assert failed == ["confirmed", "duplicate"]
    assert [one.told for one in applied.alerts] == ["no space"]


def published(store: StateStore, client: TableauClient, luid: str) -> None:
    """As if it had been published from here."""
    noted = PublishedContent(luid, None, None, None)
    TableauContents(store, client.settings.place).note("data_source", noted)


def test_from_the_command_line(
    settings: Settings, tableau: LocalTableau, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    configured = settings_of(settings.data_dir, tableau.url, tableau_webhook_secret=SECRET)

    def told(code: int) -> list[dict[str, object]]:
        out = capsys.readouterr().out
        assert SECRET not in out
        assert code == 0
        found: list[dict[str, object]] = json.loads(out)
        return found

    assert len(told(commands.register_webhooks(configured, receiver.url, as_json=True))) == len(EVENTS)
    assert len(told(commands.list_webhooks(configured, as_json=True))) == len(EVENTS)
    assert {one["status"] for one in told(commands.test_webhooks(configured, as_json=True))} == {200}
    assert len(told(commands.remove_webhooks(configured, [], as_json=True))) == len(EVENTS)
    assert told(commands.list_webhooks(configured, as_json=True)) == []
