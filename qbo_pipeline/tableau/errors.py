"""Everything that can go wrong with Tableau, typed.

```
TableauError
├── SignInError                      Tableau refuses the token or the connected app
│   └── SessionLostError             a session that was just opened is not accepted: somebody else uses the token, or
│                                    the connected app may not do this
├── RequestError                     one request failed; carries a RequestContext
│   ├── UnreachableError             no connection: nothing was sent               retryable
│   ├── UnansweredError              sent, and no answer came                      retryable, ambiguous
│   ├── ServerError                  HTTP 5xx                                      retryable, ambiguous
│   ├── MalformedAnswerError         an answer of success that cannot be read      ambiguous
│   ├── ThrottledError               429000: too many requests of some kind        retryable
│   └── RefusedError                 any other 3xx or 4xx: the request was not carried out
│       ├── ForbiddenError               403: no right to do this in the project or on the site
│       ├── InvalidRequestError          400: the request is not understood
│       │   └── FileRefusedError             400011: Tableau cannot publish the file
│       ├── NotFoundError                404: no such project, data source, workbook or job
│       ├── AlreadyThereError            409: the name is taken
│       ├── RefreshNotAllowedError       409090: there is nothing to refresh
│       ├── RefreshQueuedError           409093: the same refresh waits or runs already
│       └── PayloadTooLargeError         413: larger than the server takes
├── TableauTooOldError               the server's REST API lacks what is needed
├── NotConfiguredError               the TABLEAU_ variables are not set
├── NotInstalledError                the extra `tableau` is not installed
├── ExtractError                     the extract cannot be built
│   ├── UnequalExtractError          its counts or sums are not those of the warehouse
│   └── FilesBusyError               another process writes the files in data/tableau
├── ForeignContentError              the data source of the name was made by somebody else
├── JobFailedError                   a job ended with an error, or was cancelled
├── JobTimeoutError                  a job did not end in time; it may still
└── DeliveryError                    what was to be published is not; what is written down stays to be sent
    ├── PublisherBusyError           another process publishes the data source
    ├── DeliveryInterruptedError     Tableau takes no more; resume later
    └── PatienceError                limits hold it up for longer than whoever asked waits
```

Ambiguous: nobody knows whether the request was carried out. Every message says what happened, where, and what to do;
none holds a token or a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


class TableauError(Exception):
    """Base of every error of this package."""

    hint: str = ""
    """What to do about it."""


class SignInError(TableauError):
    """Tableau does not let us in."""

    def __init__(self, server: str, site: str, who: str, reason: str, hint: str) -> None:
        self.reason = reason
        self.hint = hint
        where = f"site {site}" if site else "the default site"
        super().__init__(f"Tableau, sign-in at {server}, {where}, with {who}: {reason}. {hint}")


class SessionLostError(SignInError):
    """A session that was opened a moment ago is not accepted any more."""


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Which request an error belongs to."""

    told: str
    """What was asked for, in words: `publish data source QuickBooks Online`."""
    attempts: int = 1
    status: int | None = None
    code: str | None = None
    """Tableau's error code."""


class RequestError(TableauError):
    """One request failed for good, after the retries its kind allows."""

    retryable: ClassVar[bool] = False
    """Whether the same request may succeed later."""
    ambiguous: ClassVar[bool] = False
    """Whether the request may have been carried out all the same."""

    def __init__(self, context: RequestContext, reason: str) -> None:
        self.context = context
        self.reason = reason
        facts = [
            f"HTTP {context.status}" if context.status else None,
            context.code,
            f"after {context.attempts} attempts" if context.attempts > 1 else None,
        ]
        where = ", ".join(fact for fact in facts if fact)
        super().__init__(f"Tableau, {context.told}: {reason}{f' ({where})' if where else ''}. {self.hint}".rstrip())


class UnreachableError(RequestError):
    """No connection could be made; nothing was sent."""

    retryable = True
    hint = "Check the network, TABLEAU_SERVER_URL and, for Cloud, https://trust.tableau.com, then run it again."


class UnansweredError(RequestError):
    """The request was sent, wholly or in part, and no answer came."""

    retryable = True
    ambiguous = True
    hint = "Run it again: what was sent is written down, and asked for before anything is sent twice."


class ServerError(RequestError):
    """Tableau failed on its side, before or after it carried the request out."""

    retryable = True
    ambiguous = True
    hint = "Run it again later; https://trust.tableau.com shows outages of Cloud."


class MalformedAnswerError(RequestError):
    """An answer of success that is not what it should be."""

    ambiguous = True
    hint = "Something between here and Tableau rewrites the answers: a proxy, or a wrong TABLEAU_SERVER_URL."


class ThrottledError(RequestError):
    """More requests of a kind than the site allows."""

    retryable = True
    hint = "Everything that publishes to or refreshes on the site counts. Run it again later."

    def __init__(self, context: RequestContext, reason: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        """Seconds that Tableau asks to wait; None where it does not say."""
        super().__init__(context, reason)


class RefusedError(RequestError):
    """Tableau understood who asks and did not do it."""

    hint = "Look the code up in the documentation of the Tableau REST API (Handling Errors)."


class ForbiddenError(RefusedError):
    """Whoever the token or the connected app stands for may not do this."""

    hint = (
        "Give that user the site role Creator (or Explorer, can publish) and, in the project, the Publish template "
        "with Overwrite; a project that is not there is made by a site administrator or project leader. A connected "
        "app also needs its project and access level set to allow publishing."
    )


class InvalidRequestError(RefusedError):
    """Tableau does not understand the request."""


class FileRefusedError(InvalidRequestError):
    """Tableau cannot publish the file."""

    hint = (
        "Open the file in data/tableau with Tableau Desktop to see why; it may be of a later version than the server."
    )


class NotFoundError(RefusedError):
    """There is no such project, data source, workbook or job, or it is not shown to this user."""

    hint = "What was deleted by hand is made again by the next publish; check TABLEAU_SITE and TABLEAU_PROJECT."


class AlreadyThereError(RefusedError):
    """The name is taken."""


class RefreshNotAllowedError(RefusedError):
    """Tableau has nothing to refresh there: data that was published from a file has no source to ask."""

    hint = "Only data sources and workbooks with an extract of their own can be refreshed."


class RefreshQueuedError(RefusedError):
    """The same refresh waits or runs already."""

    hint = "Wait for that one: it shows what was published before it began."


class PayloadTooLargeError(RefusedError):
    """Larger than the server takes."""

    hint = "An administrator of a Tableau Server can raise it: tsm, key api.server.extract-updates.max-size."


class TableauTooOldError(TableauError):
    """The REST API of the server lacks what is needed."""

    def __init__(self, told: str, reason: str) -> None:
        super().__init__(
            f"Tableau, {told}: {reason}. A Tableau Server of 2021.2 (API 3.12) or later is needed; updates of rows "
            "need 2021.3."
        )


class NotConfiguredError(TableauError):
    """Tableau is switched off."""

    def __init__(self) -> None:
        super().__init__(
            "Tableau is not configured: set TABLEAU_SERVER_URL, TABLEAU_SITE and either TABLEAU_PAT_NAME and "
            "TABLEAU_PAT_VALUE, or TABLEAU_CLIENT_ID, TABLEAU_SECRET_ID, TABLEAU_SECRET_VALUE and TABLEAU_USER."
        )


class NotInstalledError(TableauError):
    """The libraries of Tableau are an extra of the package, and are not there."""

    def __init__(self, module: str) -> None:
        super().__init__(
            f"Publishing to Tableau needs {module}, which is not installed: pip install 'qbo-pipeline[tableau]'. There "
            "is no wheel of it for Linux on ARM."
        )


class ExtractError(TableauError):
    """The extract cannot be built from the warehouse."""


class UnequalExtractError(ExtractError):
    """The extract does not have what the warehouse has; it is not published."""

    def __init__(self, differences: Sequence[str]) -> None:
        self.differences = tuple(differences)
        listed = "; ".join(self.differences[:5]) + (" …" if len(self.differences) > 5 else "")
        super().__init__(
            f"The extract differs from the warehouse and was not published: {listed}. What is published stays. "
            "Please report this: it must not happen."
        )


class FilesBusyError(ExtractError):
    """Another process writes the files of this data folder, and went on for as long as was waited."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another process writes the files in {folder}, and one at a time may. Run it again when that one is done."
        )


class ForeignContentError(TableauError):
    """A data source of the name is in the project, and nothing says that it came from here."""

    def __init__(self, project: str, name: str, luid: str) -> None:
        super().__init__(
            f"Project {project} has a data source {name} ({luid}) that was not published by this pipeline, and it is "
            "not overwritten. Publish under another name by TABLEAU_DATA_SOURCE or to another project by "
            "TABLEAU_PROJECT; or rename or delete that one."
        )


class JobFailedError(TableauError):
    """A job ended with an error, or somebody cancelled it."""

    def __init__(self, told: str, job: str, notes: Sequence[str], *, cancelled: bool = False) -> None:
        self.told = told
        self.job = job
        self.notes = tuple(notes)
        self.cancelled = cancelled
        said = "; ".join(self.notes).rstrip(". ") or "Tableau gives no reason"
        ended = "was cancelled" if cancelled else "failed"
        super().__init__(
            f"Tableau, {told}: job {job} {ended}: {said}. The job is listed under Jobs of the site; run it again, and "
            "ask the site's administrator for the log of that job if it fails again."
        )


class JobTimeoutError(TableauError):
    """A job did not end in the time that was given to it."""

    def __init__(self, told: str, job: str, seconds: float) -> None:
        self.job = job
        super().__init__(
            f"Tableau, {told}: job {job} did not end within {seconds:.0f} s. Nothing is lost: the next publish asks "
            "what came of it. Jobs of the site shows what the backgrounders are busy with."
        )


class DeliveryError(TableauError):
    """Something could not be published; what is written down stays to be sent."""


class PublisherBusyError(DeliveryError):
    """Another process publishes the data source."""

    def __init__(self, data_source: str, holder: str) -> None:
        super().__init__(
            f"Data source {data_source}: {holder} publishes it, and one at a time may. Run it again when that one is "
            "done."
        )


class DeliveryInterruptedError(DeliveryError):
    """Tableau stopped taking what is published; it is written down."""

    def __init__(self, told: str, cause: TableauError) -> None:
        self.cause = cause
        super().__init__(
            f"{told} is not done: {cause} It is written down; the next publish or "
            "qbo-pipeline replay --destination tableau sees to it."
        )


class PatienceError(DeliveryError):
    """Tableau's limits hold the publication up for longer than whoever asked for it waits."""

    hint = "Nothing is lost: what is left is sent by the next publication."

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Tableau asks for {seconds:.0f} more seconds of waiting. {self.hint}")
