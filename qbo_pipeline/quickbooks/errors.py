"""Everything that can go wrong with QuickBooks, typed.

```
QuickBooksError
├── OAuthError                       tokens are missing, refused or could not be had
│   ├── NotConnectedError            no tokens are stored for the company
│   ├── OtherEnvironmentError        its tokens belong to another QBO_ENVIRONMENT
│   ├── OtherAppError                its tokens belong to another QBO_CLIENT_ID
│   ├── NotAdmittedError             QuickBooks gave tokens that its own API does not take here
│   ├── ReconnectRequiredError       a person has to click Connect again
│   │   ├── ConnectionRevokedError       access was revoked, or 100 days passed without a refresh
│   │   └── RotationLostError            the refresh token changed in an answer that never arrived
│   ├── ClientCredentialsError       client id or secret are wrong
│   └── TokenEndpointError           no usable answer from the token endpoint; later is worth a try
└── RequestError                     one API request failed; carries a RequestContext
    ├── UnreachableError             no connection, connection lost, or no answer in time
    ├── MalformedResponseError       the answer is not the JSON it should be (truncated, an HTML page …)
    ├── ServerError                  HTTP 5xx, or a SystemFault
    ├── ThrottledError               429 by the minute, still after waiting
    ├── MonthlyQuotaError            429 until next month: the app's metered reads are spent
    └── FaultError                   QuickBooks refused the request; one class a code
        ├── AuthenticationError          3200, 3201 and HTTP 401: the access token is not accepted
        ├── AuthorizationError           120, 3100 and HTTP 403: the app may not do this here
        │   └── WrongEnvironmentError        -11017: a sandbox company asked in production, or the reverse
        ├── UnsupportedOperationError    500, 5020
        ├── ObjectNotFoundError          610
        ├── UnsupportedPropertyError     2010
        ├── InvalidIdError               2030
        ├── QuerySyntaxError             4000
        ├── QueryValidationError         4001
        ├── StaleObjectError             5010
        ├── BusinessValidationError      6000
        ├── CompanyStatusError           6190
        ├── DuplicateDocumentNumberError 6140
        ├── ClosedPeriodError            6210
        └── DuplicateNameError           6240
```

Every message says what happened, where, and what to do; none holds a token or a secret.
"""

from __future__ import annotations

from dataclasses import dataclass


class QuickBooksError(Exception):
    """Base of every error of this package."""

    hint: str = ""
    """What to do about it."""


class OAuthError(QuickBooksError):
    """Tokens are missing, refused or could not be had."""

    def __init__(self, realm_id: str | None, reason: str) -> None:
        self.realm_id = realm_id
        self.reason = reason
        company = f"company {realm_id}: " if realm_id else ""
        super().__init__(f"{company}{reason}. {self.hint}".rstrip())


class NotConnectedError(OAuthError):
    """No tokens are stored for the company."""

    hint = "Connect it with: qbo-pipeline connect"


class OtherEnvironmentError(OAuthError):
    """The company was connected in another environment; its tokens are of no use in this one, and are not sent."""

    hint = (
        "Set QBO_ENVIRONMENT back for this company, or leave it: other companies are not affected. "
        "qbo-pipeline disconnect with --local-only takes it out of the list."
    )


class OtherAppError(OAuthError):
    """The company was connected with another Intuit app; its tokens are of no use to this one, and are not sent."""

    hint = (
        "Set QBO_CLIENT_ID and QBO_CLIENT_SECRET back to the app that it was connected with, whose tokens are kept; or "
        "connect it with this one: qbo-pipeline connect. What still runs with earlier settings has to be restarted."
    )


class NotAdmittedError(OAuthError):
    """A person connected the company, but the API of this environment does not take the tokens."""

    hint = (
        "The keys of an Intuit app come in pairs: development keys open sandbox companies, production keys real ones. "
        "Check that QBO_ENVIRONMENT, QBO_CLIENT_ID and the company that was picked belong together, and connect again."
    )


class ReconnectRequiredError(OAuthError):
    """The stored refresh token is of no use any more; a person has to click Connect again."""

    hint = "Connect the company again with: qbo-pipeline connect. Nothing loaded so far is lost."


class ConnectionRevokedError(ReconnectRequiredError):
    """Access was revoked in QuickBooks, or the refresh token expired."""


class RotationLostError(ReconnectRequiredError):
    """QuickBooks changed the refresh token in an answer that never arrived; nobody revoked anything."""


class ClientCredentialsError(OAuthError):
    """The token endpoint does not know this client id and secret."""

    hint = "Check QBO_CLIENT_ID, QBO_CLIENT_SECRET and that QBO_ENVIRONMENT is the one they belong to."


class TokenEndpointError(OAuthError):
    """The token endpoint gave no usable answer."""

    hint = "The stored tokens are untouched; try again in a minute."


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Which request an error belongs to."""

    realm_id: str
    method: str
    endpoint: str
    """Path below the company: `query`, `cdc`, `companyinfo/…`."""
    entity: str | None = None
    query: str | None = None
    attempts: int = 1
    """How many requests were sent before giving up."""
    status: int | None = None
    intuit_tid: str | None = None
    """Intuit's name for the request; their support asks for it."""


class RequestError(QuickBooksError):
    """One API request failed for good, after the retries its kind allows."""

    def __init__(self, context: RequestContext, reason: str) -> None:
        self.context = context
        self.reason = reason
        super().__init__(_message(context, reason, self.hint))


class UnreachableError(RequestError):
    """No connection, the connection was lost, or no answer came in time."""

    hint = "Check the network and https://status.developer.intuit.com, then run it again."


class MalformedResponseError(RequestError):
    """The answer is not the JSON it should be."""

    hint = (
        "Run it again; if it stays, something between here and Intuit rewrites the answers (a proxy, wrong base URL)."
    )


class ServerError(RequestError):
    """QuickBooks failed on its side."""

    hint = "Run it again later; https://status.developer.intuit.com shows outages."


class ThrottledError(RequestError):
    """Too many requests by the minute, still after waiting as long as QuickBooks asks."""

    hint = (
        "Another program uses this company's request limit, or the app's reads of this month are spent: its page at "
        "developer.intuit.com shows which. Run it again later."
    )


class MonthlyQuotaError(RequestError):
    """The metered reads of this month are spent; every read answers 429 until the next month."""

    hint = "Wait for the first of the month, or move the Intuit app to a larger tier of the App Partner Program."


class FaultError(RequestError):
    """QuickBooks understood the request and refused it."""

    hint = "Look the code up in Intuit's list of error codes; intuit_tid identifies the request to their support."

    def __init__(
        self, context: RequestContext, reason: str, code: str | None = None, element: str | None = None
    ) -> None:
        self.code = code
        """The fault code without leading zeros."""
        self.element = element
        """The property at fault, where QuickBooks names it."""
        super().__init__(context, reason)


class AuthenticationError(FaultError):
    """The access token is not accepted, a new one neither."""

    hint = "Connect the company again with: qbo-pipeline connect"


class AuthorizationError(FaultError):
    """The app may not do this in this company."""

    hint = (
        "Check that QBO_ENVIRONMENT fits the company (sandbox or production), that the app has the accounting scope, "
        "and that whoever connected it is still an administrator of the company."
    )


class WrongEnvironmentError(AuthorizationError):
    """A sandbox company was asked for in production, or the reverse."""

    hint = "Set QBO_ENVIRONMENT to the one the company belongs to: sandbox or production."


class UnsupportedOperationError(FaultError):
    """QuickBooks does not offer this: a feature is switched off in the company, or the endpoint does not exist."""

    hint = "Switch the feature on in QuickBooks, or leave the entity out."


class ObjectNotFoundError(FaultError):
    """No such object: it was deleted, made inactive, or never existed."""

    hint = "Treat it as deleted once a query that includes inactive rows does not find it either."


class UnsupportedPropertyError(FaultError):
    """A property of the request is unknown to QuickBooks."""

    hint = "Correct the name of the property."


class InvalidIdError(FaultError):
    """An id is not a number."""

    hint = "Use the Id as QuickBooks returned it."


class QuerySyntaxError(FaultError):
    """The query does not parse."""

    hint = "Correct the query; QuickBooks knows no OR, no JOIN and no functions."


class QueryValidationError(FaultError):
    """The query names an entity, a property or a value that QuickBooks does not accept."""

    hint = "Correct the entity or property; some cannot be filtered or sorted by."


class StaleObjectError(FaultError):
    """The object was changed since it was read."""

    hint = "Read it again and repeat the change on the new SyncToken."


class BusinessValidationError(FaultError):
    """A business rule of QuickBooks was broken."""

    hint = "The reason above names the rule."


class CompanyStatusError(FaultError):
    """The company cannot be used: its subscription ended or was cancelled."""

    hint = "Renew the QuickBooks subscription, or take the company out of QBO_COMPANIES."


class DuplicateDocumentNumberError(FaultError):
    """Another document has this number."""

    hint = "Choose another DocNumber."


class ClosedPeriodError(FaultError):
    """The books of the period are closed."""

    hint = "Choose a date after the closing date, or open the books in QuickBooks."


class DuplicateNameError(FaultError):
    """Another name in the lists is the same; customers, vendors and employees share one list of names."""

    hint = "Choose another name."


def _message(context: RequestContext, reason: str, hint: str) -> str:
    facts = [
        f"company {context.realm_id}",
        context.entity,
        f"HTTP {context.status}" if context.status else None,
        f"after {context.attempts} attempts" if context.attempts > 1 else None,
        f"intuit_tid {context.intuit_tid}" if context.intuit_tid else None,
        f"query {context.query}" if context.query else None,
    ]
    where = ", ".join(fact for fact in facts if fact)
    return f"{context.method} {context.endpoint}: {reason} ({where}). {hint}"
