"""The session at Tableau that every process of the pipeline shares.

A personal access token has one session at a time: a second sign-in ends the first. So a session is kept in the state
store, encrypted, and used by all; one process at a time signs in; and whoever is told that the session is no good looks
first whether another process has opened a new one. It is renewed before it ends.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from qbo_pipeline.settings import Settings, TableauApp, TableauSettings, TableauToken
from qbo_pipeline.state.keys import EncryptionKeys
from qbo_pipeline.state.leases import Leases
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_sessions import OpenSession, SignInHistory, TableauSessions
from qbo_pipeline.state.turns import Turns
from qbo_pipeline.tableau.app_token import app_token
from qbo_pipeline.tableau.errors import NotInstalledError, RequestContext, RequestError, SessionLostError, SignInError

if TYPE_CHECKING:
    from types import ModuleType

logger = logging.getLogger(__name__)

AHEAD_SECONDS = 600.0
"""How long before its end a session is not used any more: an upload that begins must end within it."""
LIFE_SECONDS = 7_200.0
"""Of a session whose answer does not say: Tableau Cloud's 120 minutes, which is the shorter one."""
TOKEN_LIVES_DAYS, UNUSED_DAYS = 365, 15
"""A personal access token ends so long after it was made at the latest, and after so many days without use."""
_TURN_SECONDS = 60.0
_SIGN_IN_SECONDS = 40.0
"""Within a turn, whatever happens."""
_LOOK_EVERY = 0.1
_ATTEMPTS = 4
_WHEN_REFUSED = (
    "Check TABLEAU_PAT_NAME, TABLEAU_PAT_VALUE and TABLEAU_SITE. A token ends a year after it was made at the latest, "
    "earlier where the site is set so, and after 15 days without use: make another under My Account Settings."
)
_WHEN_APP_REFUSED = (
    "Check TABLEAU_CLIENT_ID, TABLEAU_SECRET_ID, TABLEAU_SECRET_VALUE, TABLEAU_SITE and TABLEAU_USER (on Cloud the "
    "mail address), that the connected app is enabled, and the clock of this machine."
)
_LOST_HINT = (
    "Somebody else signs in with the same personal access token, which ends this session each time: make a token for "
    "this pipeline alone, or use a connected app. Or the user may not use the REST API."
)

_LOST_APP_HINT = (
    "The connected app may not do this as that user: check its projects and access level, and the user's site role. "
    "Webhooks are not among what it is signed in for: register, list and remove them with a personal access token of a "
    "site administrator."
)

SignIn = Callable[[TableauSettings, float], OpenSession]
"""Signs in at an instant (epoch seconds)."""


class TableauSession:
    """The session of one token or app. Threads and processes may share it."""

    def __init__(
        self,
        settings: TableauSettings,
        sessions: TableauSessions,
        turns: Turns,
        *,
        sign_in: SignIn | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._turns = turns
        self._sign_in = sign_in or signed_in
        self._clock = clock
        self._sleep = sleep
        self._credential = credential(settings)
        self._session: OpenSession | None = None

    def current(self) -> OpenSession:
        """A session that lives long enough to be used now; opened if there is none.

        Raises:
            SignInError: Tableau refuses it. RequestError: Tableau cannot be asked.
            EncryptionError: the key of the state store cannot be used.
        """
        if self._session is None or not self._usable(self._session, None):
            self._session = self._opened(None)
        return self._session

    def renewed(self, rejected: OpenSession) -> OpenSession:
        """Another session than the one that Tableau did not accept; opened if no process did so meanwhile.

        Errors: see `current`.
        """
        self._session = self._opened(rejected.token)
        return self._session

    def lost(self, reason: str) -> SessionLostError:
        """The error of a session that was just opened and is not accepted."""
        hint = _LOST_HINT if isinstance(self._settings.sign_in, TableauToken) else _LOST_APP_HINT
        return SessionLostError(
            self._settings.server_url, self._settings.site, who(self._settings), reason.rstrip(". "), hint
        )

    def _usable(self, session: OpenSession, rejected: str | None) -> bool:
        life = session.expires_at - session.signed_in_at
        return session.token != rejected and self._clock() < session.expires_at - min(AHEAD_SECONDS, life / 2)

    def _opened(self, rejected: str | None) -> OpenSession:
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._taken_or_opened(rejected)
            except RequestError as error:
                if not error.retryable or attempt >= _ATTEMPTS:
                    raise
                logger.warning("%s Trying again in %d s.", error, 2**attempt)
                self._sleep(float(2**attempt))

    def _taken_or_opened(self, rejected: str | None) -> OpenSession:
        """The session that another process opened, or one that is opened here, alone."""
        while True:
            found = self._sessions.get(self._credential)
            if found is not None and self._usable(found, rejected):
                return found
            with self._turns.turn(f"tableau_sign_in:{self._credential}", _TURN_SECONDS) as mine:
                if mine:
                    found = self._sessions.get(self._credential)
                    if found is not None and self._usable(found, rejected):
                        return found
                    return self._signed_in()
            self._sleep(_LOOK_EVERY)

    def _signed_in(self) -> OpenSession:
        try:
            session = self._sign_in(self._settings, self._clock())
        except SignInError as error:
            self._sessions.refused(self._credential, told(self._settings), error.reason)
            raise
        self._sessions.keep(self._credential, told(self._settings), session)
        logger.info("Signed in to %s for %.0f minutes.", told(self._settings), _minutes(session))
        return session


@dataclass(frozen=True, slots=True)
class SignInStatus:
    """What is known of the token or app, for people. Instants are UTC."""

    told: str
    is_token: bool
    signed_in_at: datetime | None
    session_ends_at: datetime | None
    """None where none is open."""
    token_ends_by: datetime | None
    """The latest instant at which a token can end, a year after it was first used from here. Tableau's API does not
    tell when it does, which may be earlier."""
    unused_ends_at: datetime | None
    """When a token ends that is not used again."""
    refused: str | None
    """Why the last sign-in was refused; None where it was not."""


def status(
    settings: TableauSettings, sessions: TableauSessions, clock: Callable[[], float] = time.time
) -> SignInStatus:
    """What is known of the sign-in, without asking Tableau."""
    found = sessions.history(credential(settings)) or SignInHistory(told(settings), None, None, None, None, None)
    is_token = isinstance(settings.sign_in, TableauToken)
    open_until = None if found.refused_at is not None else found.expires_at
    first, last = _utc(found.first_signed_in_at), _utc(found.signed_in_at)
    return SignInStatus(
        found.told,
        is_token,
        last,
        _utc(open_until) if open_until is not None and open_until > clock() else None,
        first + timedelta(days=TOKEN_LIVES_DAYS) if is_token and first is not None else None,
        last + timedelta(days=UNUSED_DAYS) if is_token and last is not None else None,
        found.reason if found.refused_at is not None else None,
    )


def open_session(
    settings: Settings, configured: TableauSettings, store: StateStore, sleep: Callable[[float], None] = time.sleep
) -> TableauSession:
    """The session of this installation."""
    turns = Turns(Leases(store), settings.data.state, "tableau_sign_in.lock")
    return TableauSession(configured, open_sessions(settings, store), turns, sleep=sleep)


def open_sessions(settings: Settings, store: StateStore) -> TableauSessions:
    """The sessions that are kept in the state store of this installation."""
    key = settings.encryption_key
    keys = EncryptionKeys(None if key is None else key.get_secret_value(), settings.data.state / "encryption.key")
    return TableauSessions(store, keys)


def credential(settings: TableauSettings) -> str:
    """Tells server, site and sign-in from every other; another secret is another one."""
    sign_in = settings.sign_in
    if isinstance(sign_in, TableauToken):
        parts = ["token", sign_in.name, sign_in.value.get_secret_value()]
    else:
        parts = ["app", sign_in.client_id, sign_in.secret_id, sign_in.secret_value.get_secret_value(), sign_in.user]
    return hashlib.sha256("\0".join([settings.server_url, settings.site, *parts]).encode()).hexdigest()


def who(settings: TableauSettings) -> str:
    """`token nightly` or `connected app 1a2b as ann@example.com`."""
    sign_in = settings.sign_in
    if isinstance(sign_in, TableauToken):
        return f"token {sign_in.name}"
    return f"connected app {sign_in.client_id} as {sign_in.user}"


def told(settings: TableauSettings) -> str:
    """Server, site and who signs in, for people."""
    site = f"site {settings.site}" if settings.site else "the default site"
    return f"{settings.server_url}, {site}, {who(settings)}"


def signed_in(settings: TableauSettings, now: float) -> OpenSession:
    """Sign in, which ends the session that a personal access token had.

    Raises:
        SignInError: Tableau refuses it. RequestError: Tableau cannot be asked. TableauTooOldError, NotInstalledError.
    """
    wire = library()
    server, http = wire.open_server(settings.server_url, _SIGN_IN_SECONDS / 2)
    context = RequestContext("sign in")
    try:
        info = server.server_info.get()
        server.version = str(info.rest_api_version)
        server.auth.sign_in(_request(wire, settings, now))
        answer = http.exchange.answer
        site_id, user_id, token = str(server.site_id), str(server.user_id), str(server.auth_token)
    except Exception as error:
        if wire.is_unauthorized(error):
            hint = _WHEN_REFUSED if isinstance(settings.sign_in, TableauToken) else _WHEN_APP_REFUSED
            raise SignInError(settings.server_url, settings.site, who(settings), _reason(error), hint) from None
        found = wire.failure(context, error, http.exchange)
        if found is None:
            raise
        raise found from None
    finally:
        http.close()
    return OpenSession(
        token, site_id, user_id, str(info.rest_api_version), str(info.product_version), now, now + life(answer.text)
    )


def life(answer: str) -> float:
    """Seconds that a session lives, by the answer of the sign-in (`estimatedTimeToExpiration`, hours first)."""
    found = re.search(r'\bestimatedTimeToExpiration="(\d+):(\d+):(\d+)', answer)
    if found is None:
        return LIFE_SECONDS
    hours, minutes, seconds = (int(part) for part in found.groups())
    return max(1.0, hours * 3_600.0 + minutes * 60.0 + seconds)


def library() -> ModuleType:
    """What speaks to Tableau.

    Raises:
        NotInstalledError: the extra `tableau` is not there.
    """
    try:
        from qbo_pipeline.tableau import wire
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name or "tableauserverclient") from None
    return wire


def _request(wire: ModuleType, settings: TableauSettings, now: float) -> Any:
    sign_in = settings.sign_in
    if isinstance(sign_in, TableauApp):
        return wire.TSC.JWTAuth(app_token(sign_in, now), site_id=settings.site)
    return wire.TSC.PersonalAccessTokenAuth(sign_in.name, sign_in.value.get_secret_value(), site_id=settings.site)


def _reason(error: Any) -> str:
    parts = [str(part).strip().rstrip(".") for part in (error.summary, error.detail) if part]
    return f"{': '.join(parts) or 'refused'} ({error.code})"


def _minutes(session: OpenSession) -> float:
    return (session.expires_at - session.signed_in_at) / 60


def _utc(epoch: float | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
