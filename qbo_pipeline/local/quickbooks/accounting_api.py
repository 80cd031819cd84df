"""The Accounting API v3: query, read, write, batch, change data capture. Pure in what it answers; HTTP is elsewhere."""

from __future__ import annotations

from typing import Any

import msgspec

from qbo_pipeline.local.quickbooks.answered_pages import AnsweredPages
from qbo_pipeline.local.quickbooks.attachments import Attachments
from qbo_pipeline.local.quickbooks.clock import Clock, epoch, pacific, pacific_milliseconds
from qbo_pipeline.local.quickbooks.entities import ALL, ON_PAPER, WITHOUT_CDC, canonical, response_key
from qbo_pipeline.local.quickbooks.faults import (
    ServiceFaultError,
    batch_too_big,
    invalid_id,
    not_found,
    query_fault,
    system_fault,
    unreadable_body,
    unreadable_property,
    unsupported,
)
from qbo_pipeline.local.quickbooks.json_text import dumps, loads
from qbo_pipeline.local.quickbooks.pdf_pages import printed
from qbo_pipeline.local.quickbooks.query_language import QuerySyntaxError, QueryValidationError, parse
from qbo_pipeline.local.quickbooks.query_plan import IdOrder, answer
from qbo_pipeline.local.quickbooks.request_ids import AnsweredWrites
from qbo_pipeline.local.quickbooks.store import Record, Store, inner
from qbo_pipeline.local.quickbooks.tax_service import TaxService
from qbo_pipeline.local.quickbooks.writes import Writer

CAPTURE_CAP = 1000
CAPTURE_DAYS = 30
BATCH_ITEMS = 30


class AccountingApi:
    """Answers of one service, as JSON text. Every method raises ServiceFaultError for a fault."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.writer = Writer(store, clock)
        self.attachments = Attachments(store, self.writer)
        self.answered = AnsweredWrites()
        self._tax_service = TaxService(store, self.writer)
        self._pages = AnsweredPages(lambda: store.version)
        self.id_order: IdOrder = "reject"
        self.strict_look_back = False
        """Whether change data capture refuses what is further back than 30 days; a recording shows it does not."""

    def query(self, realm: str, text: str) -> bytes:
        """The query endpoint."""
        if not text.strip():
            raise system_fault("No query was sent.", status=200)
        page = self._pages.get((realm, text, self.id_order), lambda: self._query(realm, text))
        return b'{"QueryResponse":%b,"time":"%b"}' % (page, self._time().encode())

    def read(self, realm: str, entity: str, identity: str) -> str:
        """One record by id."""
        if not identity.isdigit():
            raise invalid_id(identity)
        text = self._store.shown(realm, entity, identity)
        if text is None:
            raise not_found()
        return f'{{"{response_key(entity)}":{text},"time":"{self._time()}"}}'

    def only(self, realm: str, entity: str) -> str:
        """CompanyInfo or Preferences."""
        rows = self._store.rows("SELECT id FROM record WHERE realm = ? AND entity = ?", [realm, entity])
        if not rows:
            raise not_found()
        return self.read(realm, entity, rows[0][0])

    def exchange_rate(self, realm: str, currency: str, day: str | None) -> str:
        """The rate of a currency on a day, or the last one before it."""
        rows = self._store.rows(
            "SELECT body FROM record WHERE realm = ? AND entity = 'ExchangeRate' "
            "AND json_extract(body, '$.SourceCurrencyCode') = ? AND txn_date <= ? ORDER BY txn_date DESC LIMIT 1",
            [realm, currency, day or "9999-12-31"],
        )
        if not rows:
            raise not_found()
        return f'{{"ExchangeRate":{rows[0][0]},"time":"{self._time()}"}}'

    def write(self, realm: str, entity: str, body: bytes, operation: str | None, include: str | None) -> str:
        """Create, update, delete or void."""
        changed = self._write(realm, entity, _object(body), "void" if include == "void" else operation)
        return f'{{"{response_key(entity)}":{changed},"time":"{self._time()}"}}'

    def upload(self, realm: str, content_type: str, body: bytes, base_url: str) -> str:
        """Files for records; links to them begin with `base_url`."""
        return f'{{{self.attachments.upload(realm, content_type, body, base_url.rstrip("/"))},"time":"{self._time()}"}}'

    def tax_code(self, realm: str, body: bytes) -> str:
        """TaxService: a tax code with its rates."""
        return dumps(self._tax_service.create(realm, _object(body)))

    def send(self, realm: str, entity: str, identity: str, address: str | None) -> str:
        """Send a form by e-mail: it is marked as sent, no e-mail goes anywhere."""
        self.writer.email(realm, entity, identity, address)
        return self.read(realm, entity, identity)

    def printed(self, realm: str, entity: str, identity: str) -> bytes:
        """A form as PDF."""
        if entity not in ON_PAPER:
            raise unsupported("pdf")
        form = self._store.get(realm, entity, identity)
        if form is None:
            raise not_found()
        names = [loads(text) for _, text in self._store.texts(realm, "CompanyInfo")]
        return printed(entity, form, names[0] if names else {})

    def batch(self, realm: str, body: bytes) -> str:
        """Up to thirty operations; each answers or fails for itself."""
        items = _object(body).get("BatchItemRequest")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise unreadable_body()
        if len(items) > BATCH_ITEMS:
            raise batch_too_big(BATCH_ITEMS)
        answers = []
        for item in items:
            try:
                content = self._batch_item(realm, item)
            except ServiceFaultError as fault:
                content = f'"Fault":{dumps(fault.content())}'
            answers.append(f'{{{content},"bId":{dumps(str(item.get("bId", "")))}}}')
        return f'{{"BatchItemResponse":[{",".join(answers)}],"time":"{self._time()}"}}'

    def changes(self, realm: str, names: str, since: str) -> str:
        """Change data capture: full records and deletion stubs, a thousand at most for all entities together."""
        entities = []
        for name in (part.strip() for part in names.split(",")):
            entity = canonical(name)
            if entity is None or entity in WITHOUT_CDC:
                detail = f"QueryValidationError: invalid context declaration: {name}"
                raise query_fault("4001", detail)
            entities.append(entity)
        try:
            moment = epoch(since)
        except ValueError:
            raise query_fault("4001", f"QueryValidationError: changedSince {since} is not a valid date") from None
        if self.strict_look_back and moment < self._clock.now() - CAPTURE_DAYS * 86_400:
            raise query_fault("4001", "changedSince must be within the last 30 days")
        left = CAPTURE_CAP
        parts = []
        for entity in entities:
            texts = self._changed(realm, entity, moment, left)
            left -= len(texts)
            key = response_key(entity)
            parts.append(
                f'{{"{key}":[{",".join(texts)}],"startPosition":1,"maxResults":{len(texts)}}}' if texts else "{}"
            )
        return f'{{"CDCResponse":[{{"QueryResponse":[{",".join(parts)}]}}],"time":"{self._time()}"}}'

    def _query(self, realm: str, text: str) -> str:
        try:
            return answer(self._store, realm, parse(text), id_order=self.id_order)
        except QuerySyntaxError as error:
            raise query_fault("4000", str(error)) from None
        except QueryValidationError as error:
            raise query_fault("4001", str(error)) from None

    def _write(self, realm: str, entity: str, sent: Record, operation: str | None) -> str:
        """The record after the operation, as text."""
        match operation:
            case None | "create" | "update":
                changed = self.writer.save(realm, entity, sent)
            case "delete":
                return dumps(self.writer.delete(realm, entity, sent))
            case "void":
                changed = self.writer.void(realm, entity, sent)
            case _:
                raise unsupported(operation)
        return self._store.shown(realm, entity, inner(changed)["Id"]) or "{}"

    def _batch_item(self, realm: str, item: dict[str, Any]) -> str:
        if isinstance(item.get("Query"), str):
            return f'"QueryResponse":{self._query(realm, item["Query"])}'
        named = next((name for name in item if canonical(name) in ALL), None)
        entity = canonical(named or "")
        if named is None or entity is None:
            raise unsupported("batch item without an entity")
        if not isinstance(item[named], dict):
            raise unreadable_property()
        operation = "void" if item.get("optionsData") == "void" else item.get("operation")
        changed = self._write(realm, entity, item[named], operation)
        return f'"{response_key(entity)}":{changed}'

    def _changed(self, realm: str, entity: str, moment: int, limit: int) -> list[str]:
        stubs = self._store.rows(
            "SELECT id, deleted FROM deletion WHERE realm = ? AND entity = ? AND deleted >= ? ORDER BY deleted LIMIT ?",
            [realm, entity, moment, limit],
        )
        texts = [
            dumps({"domain": "QBO", "status": "Deleted", "Id": one, "MetaData": {"LastUpdatedTime": pacific(at)}})
            for one, at in stubs
        ]
        records = self._store.rows(
            "SELECT coalesce(shown, body) FROM record WHERE realm = ? AND entity = ? AND updated >= ? "
            "ORDER BY updated, number LIMIT ?",
            [realm, entity, moment, limit - len(texts)],
        )
        return texts + [text for (text,) in records]

    def _time(self) -> str:
        return pacific_milliseconds(self._clock.now())


def _object(body: bytes) -> Record:
    try:
        sent = loads(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unreadable_body() from None
    if not isinstance(sent, dict):
        raise unreadable_body()
    return sent
