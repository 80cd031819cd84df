"""One session for all processes: opened once, shared, renewed ahead, and replaced once when it is lost."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.settings import Settings, TableauSettings
from qbo_pipeline.state.leases import Leases
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_sessions import OpenSession
from qbo_pipeline.state.turns import Turns
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.errors import SessionLostError, SignInError, UnreachableError
from qbo_pipeline.tableau.publisher import open_client
from qbo_pipeline.tableau.session import LIFE_SECONDS, TableauSession, life, open_sessions, status
from qbo_pipeline_tests.tableau.conftest import QUICK, settings_of


class SignIns:
    """Signs in without a server, and counts."""

    def __init__(self, seconds: float = 7_200.0) -> None:
        self.count = 0
        self.seconds = seconds

    def __call__(self, settings: TableauSettings, now: float) -> OpenSession:
        self.count += 1
        time.sleep(0.05)
        return OpenSession(f"token {self.count}", "site", "user", "3.29", "2026.2.0", now, now + self.seconds)


def turns(settings: Settings, store: StateStore) -> Turns:
    return Turns(Leases(store), settings.data.state, "sign_in.lock")


def session(
    settings: Settings, store: StateStore, sign_in: SignIns, clock: list[float] | None = None
) -> TableauSession:  # fmt: skip
    assert settings.tableau is not None
    return TableauSession(
        settings.tableau, open_sessions(settings, store), turns(settings, store), sign_in=sign_in,
        clock=(lambda: clock[0]) if clock else time.time,
    )  # fmt: skip


def test_processes_share_the_session_that_one_of_them_opened(settings: Settings, store: StateStore) -> None:
    sign_ins = SignIns()

    first = session(settings, store, sign_ins).current()
    second = session(settings, store, sign_ins).current()

    assert first == second
    assert sign_ins.count == 1


def test_of_those_that_begin_at_once_one_signs_in(settings: Settings, store: StateStore) -> None:
    sign_ins = SignIns()
    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(lambda _: session(settings, store, sign_ins).current().token, range(6)))

    assert found == {"token 1"}


def test_those_that_lose_the_same_session_open_one_new_one(settings: Settings, store: StateStore) -> None:
    sign_ins = SignIns()
    lost = session(settings, store, sign_ins).current()
    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(lambda _: session(settings, store, sign_ins).renewed(lost).token, range(6)))

    assert found == {"token 2"}


def test_a_session_is_renewed_before_it_ends(settings: Settings, store: StateStore) -> None:
    sign_ins, clock = SignIns(seconds=7_200.0), [1_000_000.0]
    one = session(settings, store, sign_ins, clock)
    one.current()

    clock[0] += 6_000
    assert one.current().token == "token 1"
    clock[0] += 1_000
    assert one.current().token == "token 2"


def test_a_session_that_no_key_opens_any_more_is_replaced(settings: Settings, store: StateStore) -> None:
    sign_ins = SignIns()
    session(settings, store, sign_ins).current()
    (settings.data.state / "encryption.key").unlink()

    assert session(settings, store, sign_ins).current().token == "token 2"


def test_the_session_is_encrypted_at_rest(settings: Settings, store: StateStore) -> None:
    session(settings, store, SignIns()).current()

    kept = b"".join(file.read_bytes() for file in settings.data.state.glob("state.sqlite*"))
    assert b"token 1" not in kept
    assert b"token local" in kept


def test_another_token_has_another_session(settings: Settings, store: StateStore, tmp_path: Path) -> None:
    sign_ins = SignIns()
    session(settings, store, sign_ins).current()
    assert settings.tableau is not None
    other = settings_of(tmp_path / "data", settings.tableau.server_url, tableau_pat_value="another secret")

    assert session(other, store, sign_ins).current().token == "token 2"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ('estimatedTimeToExpiration="02:00:00"', 7_200.0),
        ('estimatedTimeToExpiration="3:59:58"', 14_398.0),
        ('estimatedTimeToExpiration="100:00:00"', 360_000.0),
        ("", LIFE_SECONDS),
    ],
)
def test_the_life_of_a_session_is_what_sign_in_says(told: str, seconds: float) -> None:
    assert life(f'<credentials token="x" {told}>') == seconds


def sign_ins_of(tableau: LocalTableau) -> int:
    return sum(one.path.endswith("/auth/signin") for one in tableau.requests)


def test_a_lost_session_costs_one_sign_in(tableau: LocalTableau, client: TableauClient) -> None:
    client.project("default")
    tableau.inject("session_expired", times=1)

    assert client.project("nothing of this name") is None
    assert sign_ins_of(tableau) == 2


def test_the_session_that_another_process_opened_is_used_instead_of_a_lost_one(
    tableau: LocalTableau, client: TableauClient, settings: Settings, configured: TableauSettings, store: StateStore
) -> None:
    client.project("default")
    tableau.inject("session_expired", times=1)
    with open_client(settings, configured, store, QUICK) as other:
        other.project("default")

    client.project("default")

    assert sign_ins_of(tableau) == 2


def test_who_loses_every_session_is_told_that_somebody_else_uses_the_token(
    tableau: LocalTableau, client: TableauClient
) -> None:
    tableau.inject("session_expired", times=2)

    with pytest.raises(SessionLostError, match="same personal access token"):
        client.project("default")


def test_a_wrong_token_is_told_with_what_to_do_and_without_its_secret(
    tableau: LocalTableau, settings: Settings, store: StateStore, tmp_path: Path
) -> None:
    wrong = settings_of(tmp_path / "data", tableau.url, tableau_pat_value="sesame")
    assert wrong.tableau is not None
    with open_client(wrong, wrong.tableau, store, QUICK) as client, pytest.raises(SignInError) as refused:
        client.project("default")

    assert "401001" in str(refused.value)
    assert "TABLEAU_PAT_VALUE" in str(refused.value)
    assert "sesame" not in str(refused.value)
    found = status(wrong.tableau, open_sessions(wrong, store))
    assert found.refused is not None
    assert found.session_ends_at is None


def test_a_server_that_is_not_there_is_told(store: StateStore, tmp_path: Path) -> None:
    nowhere = settings_of(tmp_path / "data", "http://127.0.0.1:9")
    assert nowhere.tableau is not None
    one = TableauSession(
        nowhere.tableau, open_sessions(nowhere, store), turns(nowhere, store), sleep=lambda _: None
    )  # fmt: skip

    with pytest.raises(UnreachableError, match="TABLEAU_SERVER_URL"):
        one.current()


def test_the_life_is_read_from_the_answer_of_the_service(
    tableau: LocalTableau, client: TableauClient, settings: Settings, configured: TableauSettings, store: StateStore
) -> None:
    tableau.switch(flavour="cloud")
    client.project("default")

    found = status(configured, open_sessions(settings, store))

    assert found.session_ends_at is not None
    assert found.signed_in_at is not None
    assert 7_000 < (found.session_ends_at - found.signed_in_at).total_seconds() <= 7_200
    assert found.token_ends_by is not None
    assert (found.token_ends_by - found.signed_in_at).days == 365
    assert found.unused_ends_at is not None


def test_a_connected_app_signs_in_by_a_web_token(tableau: LocalTableau, store: StateStore, tmp_path: Path) -> None:
    app = settings_of(
        tmp_path / "data", tableau.url, tableau_pat_name=None, tableau_pat_value=None,
        tableau_client_id=tableau.client_id, tableau_secret_id=tableau.secret_id,
        tableau_secret_value=SecretStr(tableau.secret_value), tableau_user=tableau.user,
    )  # fmt: skip
    assert app.tableau is not None
    with open_client(app, app.tableau, store, QUICK) as client:
        assert client.project("nothing of this name") is None
