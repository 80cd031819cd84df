"""Everything that can go wrong with Power BI, typed.

```
PowerBIError
├── TokenError                       Entra gave no access token; its codes (AADSTS…) become hints
│   └── TokenEndpointError           no usable answer of the token endpoint; later is worth a try
├── RequestError                     one request failed; carries a RequestContext
│   ├── UnreachableError             no connection: nothing was sent               retryable
│   ├── UnansweredError              sent, and no answer came                      retryable, ambiguous
│   ├── ServerError                  HTTP 5xx                                      retryable, ambiguous
│   ├── MalformedAnswerError         an answer of success that cannot be read      ambiguous
│   ├── ThrottledError               429: too many requests of some kind           retryable
│   │   └── RowsPerHourError             1,000,000 rows an hour were added             retryable
│   └── RefusedError                 any other 4xx: the request was not carried out
│       ├── TokenExpiredError            401/403 TokenExpired, a new token neither
│       ├── NotAuthorizedError           401/403: no role in the workspace, or a tenant setting
│       │   ├── TenantSwitchError            service principals may not use the API of this tenant
│       │   └── NotForApplicationsError      a URL outside a workspace
│       ├── InvalidRequestError          400: the request is not understood
│       ├── NotFoundError                404: no such dataset, table, report or refresh
│       │   └── NotPushDatasetError          the dataset takes no rows
│       ├── PayloadTooLargeError         413: more than 16 MB
│       ├── CreationRetiredError         FeatureDeprecatedError: no new push datasets
│       ├── QueryError                   DatasetExecuteQueriesError: the DAX query failed
│       ├── RefreshQuotaError            no more refreshes within 24 hours
│       └── RefreshInProgressError       409: another enhanced refresh runs
├── NotConfiguredError               the four POWERBI_ variables are not set
├── NothingToPublishError            the warehouse was not published yet
├── DatasetError                     the dataset is not as it should be, or not to be changed
│   ├── BreakingChangeError          a change of the schema breaks reports; nobody allowed it
│   ├── CompileError                 the model does not fit a push dataset
│   ├── ForeignDatasetError          another installation publishes to a dataset of the name
│   ├── UnrecognisedDatasetError     a creation without an answer, and no telling which dataset it made
│   └── TableFullError               the table would hold more than 5,000,000 rows
└── DeliveryError                    rows could not be delivered; what is written down stays to be sent
    ├── PublisherBusyError           another process publishes the dataset
    ├── DeliveryInterruptedError     Power BI stopped taking rows; resume later
    └── UnsettledTableError          a table does not come out right, however often it is sent
```

Ambiguous: nobody knows whether the request was carried out. Every message says what happened, where, and what to do;
none holds a token or a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class PowerBIError(Exception):
    """Base of every error of this package."""

    hint: str = ""
    """What to do about it."""


class TokenError(PowerBIError):
    """Entra refused the service principal."""

    hint = "Check POWERBI_TENANT_ID, POWERBI_CLIENT_ID and POWERBI_CLIENT_SECRET."

    def __init__(self, reason: str, codes: tuple[int, ...] = (), hint: str | None = None) -> None:
        self.reason = reason
        self.codes = codes
        """The numbers of Entra's AADSTS codes."""
        self.hint = hint or self.hint
        super().__init__(f"No access token for Power BI: {reason}. {self.hint}")


class TokenEndpointError(TokenError):
    """The token endpoint gave no usable answer."""

    hint = "Check the network and POWERBI_AUTHORITY_URL, then run it again."


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Which request an error belongs to."""

    method: str
    path: str
    """Path below the workspace: `datasets/…/tables/…/rows`."""
    attempts: int = 1
    status: int | None = None
    code: str | None = None
    """Power BI's error code."""
    request_id: str | None = None
    """Power BI's name for the request; their support asks for it."""
    service: str = "Power BI"
    """Who was asked: Power BI, Fabric or OneLake."""


class RequestError(PowerBIError):
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
            f"RequestId {context.request_id}" if context.request_id else None,
        ]
        where = ", ".join(fact for fact in facts if fact)
        super().__init__(
            f"{context.service}, {context.method} {context.path}: {reason}{f' ({where})' if where else ''}. {self.hint}"
        )


class UnreachableError(RequestError):
    """No connection could be made; nothing was sent."""

    retryable = True
    hint = "Check the network, POWERBI_API_BASE_URL and https://status.fabric.microsoft.com, then run it again."


class UnansweredError(RequestError):
    """The request was sent, wholly or in part, and no answer came."""

    retryable = True
    ambiguous = True
    hint = "Run it again: what was sent is written down, and asked for before anything is sent twice."


class ServerError(RequestError):
    """Power BI failed on its side, before or after it carried the request out."""

    retryable = True
    ambiguous = True
    hint = "Run it again later; https://status.fabric.microsoft.com shows outages."


class MalformedAnswerError(RequestError):
    """An answer of success that is not the JSON it should be."""

    ambiguous = True
    hint = "Something between here and Power BI rewrites the answers: a proxy, or a wrong POWERBI_API_BASE_URL."


class ThrottledError(RequestError):
    """More requests than Power BI allows, by its own count."""

    retryable = True
    hint = "Another program sends to the same dataset or as the same service principal. Run it again later."

    def __init__(self, context: RequestContext, reason: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        """Seconds that Power BI asks to wait; None where it does not say."""
        super().__init__(context, reason)


class RowsPerHourError(ThrottledError):
    """A dataset takes 1,000,000 rows an hour."""

    hint = "Another program adds rows to the same dataset. Run it again within the hour."


class RefusedError(RequestError):
    """Power BI understood who asks and did not do it."""

    hint = "Look the code up in the documentation of the Power BI REST API; RequestId identifies it to their support."


class TokenExpiredError(RefusedError):
    """The access token is not accepted any more, a new one neither."""

    hint = "Check the clock of this machine, and that the service principal still exists."


class NotAuthorizedError(RefusedError):
    """The service principal may not do this."""

    hint = (
        "Make the service principal a Member of the workspace, and let its security group use Power BI APIs in the "
        "tenant settings of the admin portal (Developer settings; for totals also Dataset Execute Queries REST API)."
    )


class TenantSwitchError(NotAuthorizedError):
    """The tenant lets no service principal use the API, or not this one."""

    hint = (
        "In the admin portal, under Tenant settings, Developer settings, allow service principals to use Power BI APIs "
        "for a security group that this one is in."
    )


class NotForApplicationsError(NotAuthorizedError):
    """Service principals have no My workspace."""

    hint = "Check that POWERBI_API_BASE_URL ends in /v1.0/myorg and POWERBI_WORKSPACE_ID is a workspace's."


class InvalidRequestError(RefusedError):
    """Power BI does not understand the request."""

    hint = "The reason above names the property; power-bi plan shows what is sent."


class NotFoundError(RefusedError):
    """There is no such dataset, table, report or refresh in the workspace."""

    hint = "Check POWERBI_WORKSPACE_ID; a dataset that was deleted by hand is made again by the next publish."


class NotPushDatasetError(NotFoundError):
    """The dataset is an import or DirectQuery model: rows cannot be added to it."""

    hint = "Choose another POWERBI_DATASET; the datasets made here are push datasets."


class PayloadTooLargeError(RefusedError):
    """A request of more than 16 MB, or more rows than fit."""

    hint = "Lower the bytes of a batch; batches are made of less than 14 MB unless told otherwise."


class CreationRetiredError(RefusedError):
    """Microsoft ends the creation of push datasets on 2027-10-31 at the latest; existing ones stay."""

    hint = "Publish the PBIP project over Parquet or Fabric open mirroring instead; see the documentation."


class QueryError(RefusedError):
    """A DAX query failed."""

    hint = "The reason above is Power BI's; it names the table, column or measure."


class RefreshQuotaError(RefusedError):
    """A dataset is refreshed 8 times a day on shared capacity."""

    hint = "Wait until the oldest refresh of the last 24 hours is a day old, or refresh less often."


class RefreshInProgressError(RefusedError):
    """Another enhanced refresh of the dataset runs."""

    hint = "Wait for it, or cancel it."


class NotConfiguredError(PowerBIError):
    """Power BI is switched off."""

    def __init__(self) -> None:
        super().__init__(
            "Power BI is not configured: set POWERBI_TENANT_ID, POWERBI_CLIENT_ID, POWERBI_CLIENT_SECRET and "
            "POWERBI_WORKSPACE_ID, and not POWERBI_DATASET to off where a push dataset is wanted."
        )


class NothingToPublishError(PowerBIError):
    """There is no warehouse, or no such table or company in it."""


class DatasetError(PowerBIError):
    """The dataset is not as it should be, or not to be changed."""


class CompileError(DatasetError):
    """The semantic model does not fit into a push dataset."""


class BreakingChangeError(DatasetError):
    """A change of the schema breaks visuals of reports; nobody allowed it."""

    def __init__(self, dataset: str, changes: tuple[str, ...]) -> None:
        self.changes = changes
        listed = "; ".join(changes)
        super().__init__(
            f"Dataset {dataset}: the model has changes that break reports built on it: {listed}. "
            "Nothing was changed. Look at qbo-pipeline power-bi plan, then apply it with --allow-breaking."
        )


class UnrecognisedDatasetError(DatasetError):
    """A creation got no answer, and there is no telling which dataset came of it."""

    def __init__(self, name: str, candidates: tuple[str, ...]) -> None:
        self.candidates = candidates
        super().__init__(
            f"A dataset {name} was created and the answer got lost; several may be it: {', '.join(candidates)}. "
            "Delete those without reports in the workspace, then run it again."
        )


class ForeignDatasetError(DatasetError):
    """The workspace has a dataset of the name that this pipeline made, but not this installation of it."""

    def __init__(self, name: str, dataset_id: str) -> None:
        super().__init__(
            f"The workspace has a dataset {name} ({dataset_id}) that another installation of this pipeline made, or "
            "this one under another name or before its state was lost. Give this one another name by POWERBI_DATASET, "
            "or delete that dataset in the workspace once its reports are bound to another."
        )


class TableFullError(DatasetError):
    """A table of a push dataset holds 5,000,000 rows."""

    def __init__(self, table: str, rows: int) -> None:
        super().__init__(
            f"Table {table} would hold {rows:,} rows, and a push dataset takes 5,000,000. Publish less history or use "
            "the PBIP project over Parquet, which has no such limit."
        )


class DeliveryError(PowerBIError):
    """Rows could not be delivered; what is written down stays to be sent."""


class PublisherBusyError(DeliveryError):
    """Another process publishes the dataset."""

    def __init__(self, dataset: str, holder: str) -> None:
        super().__init__(
            f"Dataset {dataset}: {holder} publishes to it, and one at a time may. Run it again when that one is done."
        )


class DeliveryInterruptedError(DeliveryError):
    """Power BI stopped taking rows of a table; what is not sent is written down."""

    def __init__(self, table: str, waiting: int, cause: PowerBIError) -> None:
        self.cause = cause
        super().__init__(
            f"Table {table}: {waiting} batches are not delivered: {cause} They are written down; the next publish or "
            "qbo-pipeline replay --destination power_bi sends them."
        )


class UnsettledTableError(DeliveryError):
    """The rows of a table do not come out right, however often they are sent."""

    def __init__(self, table: str, told: str) -> None:
        super().__init__(
            f"Table {table}: after several full replacements the dataset still differs: {told}. "
            "See that nothing else writes to the dataset, then run it again."
        )
