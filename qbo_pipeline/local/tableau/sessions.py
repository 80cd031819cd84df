"""Sign-in with personal access tokens and connected apps, and the sessions that it opens."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.json_web_tokens import InvalidTokenError, claims
from qbo_pipeline.local.tableau.records import AccessToken, ConnectedApp, Session, Site, UsedTokenId
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import Switches
from qbo_pipeline.local.tableau.xml_text import child, element

LOCAL_USER = "local"
LOCAL_TOKEN = AccessToken(id="local", value="local", user=LOCAL_USER, created=0.0)
LOCAL_APP = ConnectedApp(
    id="local",
    secret_id="local",  # noqa: S106
    secret="local-secret-value-of-the-connected-app",  # noqa: S106
)
DAY = 86400.0
_MINUTES = {"server": 240, "cloud": 120}


def user_id(name: str) -> str:
    """The LUID of a user: the same one for a name wherever the service runs."""
    return str(uuid5(NAMESPACE_URL, f"local-tableau-user:{name}"))


class Sessions:
    """All of them, and who may open one."""

    def __init__(self, store: Store, switches: Callable[[], Switches], now: Callable[[], float]) -> None:
        self._store = store
        self._switches = switches
        self._now = now
        self.found()
        self.users = {LOCAL_USER, *store.kept("users", [])}

    def found(self) -> None:
        """Make the token and the connected app that are always there."""
        for one in (LOCAL_TOKEN, LOCAL_APP):
            if self._store.get(type(one), one.id) is None:
                self._store.put(one)

    def add_user(self, name: str) -> None:
        """One more whom a JWT may name."""
        self.users.add(name)
        self._store.keep("users", sorted(self.users))

    def sign_in(self, request: Element, sites: list[Site]) -> list[Element]:
        """The answer to POST /auth/signin.

        Raises:
            TableauAnswerError: wrong credentials, or no such site.
        """
        credentials = child(request, "credentials")
        content_url = child(credentials, "site").get("contentUrl", "")
        token, scopes = None, None
        if credentials.get("jwt") is not None:
            user, scopes = self._by_jwt(credentials.get("jwt", ""))
        elif credentials.get("personalAccessTokenName") is not None:
            token = self._by_access_token(
                credentials.get("personalAccessTokenName", ""), credentials.get("personalAccessTokenSecret", "")
            )
            user = token.user
        else:
            raise errors.sign_in_failed()
        site = next((one for one in sites if one.content_url.lower() == content_url.lower()), None)
        if site is None:
            raise errors.sign_in_failed()
        now, switches = self._now(), self._switches()
        minutes = switches.session_minutes or _MINUTES[switches.flavour]
        session = Session(
            id=f"{secrets.token_urlsafe(16)}|{secrets.token_urlsafe(24)}|{site.id}",
            site=site.id,
            user=user,
            access_token=token.id if token else None,
            scopes=scopes,
            created=now,
            ends=now + minutes * 60,
        )
        with self._store.transaction():
            if token is not None:
                token.used = now
                self._store.put(token)
            for other in self._store.all(Session):
                same = token is not None and other.access_token == token.id and switches.one_session_per_token
                if same or other.ends <= now:
                    self._store.remove(other)
            self._store.put(session)
        told = {"token": session.id, "estimatedTimeToExpiration": f"{minutes // 60:02}:{minutes % 60:02}:00"}
        return [
            element(
                "credentials",
                told,
                element("site", {"id": site.id, "contentUrl": site.content_url}),
                element("user", {"id": user_id(user)}),
            )
        ]

    def session(self, token: str | None) -> Session:
        """The session of a request.

        Raises:
            TableauAnswerError: there is none, or it is over.
        """
        if not token:
            raise errors.no_credentials()
        found = self._store.get(Session, token)
        if found is None or found.ends <= self._now():
            raise errors.invalid_session()
        return found

    def sign_out(self, session: Session) -> None:
        """POST /auth/signout."""
        with self._store.transaction():
            self._store.remove(session)

    def expire(self) -> None:
        """Every session is over."""
        with self._store.transaction():
            for one in self._store.all(Session):
                self._store.remove(one)

    def _by_access_token(self, name: str, value: str) -> AccessToken:
        found, now, days = self._store.get(AccessToken, name), self._now(), self._switches().unused_token_days
        if found is None or not hmac.compare_digest(found.value.encode(), value.encode()):
            raise errors.sign_in_failed("The personal access token you provided is invalid.")
        unused = days and found.id != LOCAL_TOKEN.id and now - (found.used or found.created) > days * DAY
        if unused or (found.expires is not None and found.expires <= now):
            raise errors.sign_in_failed("The personal access token you provided has expired.")
        return found

    def _by_jwt(self, token: str) -> tuple[str, list[str]]:
        now = self._now()
        try:
            said = claims(token, self._store.all(ConnectedApp), now, self._switches().jwt_seconds)
            if said["sub"] not in self.users:
                raise InvalidTokenError("its sub is no user of this site")
            with self._store.transaction():
                for used in self._store.all(UsedTokenId):
                    if used.expires + DAY < now:
                        self._store.remove(used)
                if self._store.get(UsedTokenId, said["jti"]) is not None:
                    raise InvalidTokenError("its jti was used before")
                self._store.put(UsedTokenId(id=said["jti"], expires=float(said["exp"])))
        except InvalidTokenError as error:
            # Real sites give no reason; here it is told, for whoever has to find it.
            raise errors.sign_in_failed(f"Error signing in to Tableau Server: the JWT is not valid, {error}") from error
        return str(said["sub"]), list(said["scp"])
