"""One build: what is due, and every model in turn brought up to date."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from qbo_pipeline.finance import changed_sources, touched
from qbo_pipeline.finance.catalogue import DOCUMENT_LINK, POSTING_INPUT, Models, is_of_documents
from qbo_pipeline.finance.model import KEPT, MONTH_KEY, Built, Model, Relation
from qbo_pipeline.finance.outcome import Build, BuiltModel, How
from qbo_pipeline.finance.rendering import Reading, quoted
from qbo_pipeline.finance.rows import Rows
from qbo_pipeline.finance.running import FEW, Running
from qbo_pipeline.finance.standing import Standing
from qbo_pipeline.finance.state import Remembered, exists, forget, last_builds, note_changes, remember

_FEW = 50_000
"""Up to so many touched documents are replaced, however few there are in all."""
_SHARE = 3
"""Where more than one document in three is touched, making all anew is quicker."""
_PULLS = Relation("reports", "month_pull")


@dataclass
class Builder:
    """Builds once."""

    running: Running
    full: bool
    rows: Rows = field(init=False)
    has_declarations: bool = field(init=False)
    known: Mapping[str, Remembered] = field(init=False)
    """How each model was built last."""
    done: dict[str, BuiltModel] = field(default_factory=dict)
    changed: set[Relation] = field(default_factory=set)
    """Relations with other rows than at the last build."""
    redefining: bool = False
    """Whether every model is made as if for the first time."""
    whole: bool = False
    """Whether the rows of all documents and months are made anew."""
    touched_known: bool = False
    inputs_known: bool = False
    inputs_changed: bool = False
    """Whether documents may post otherwise though none of them changed."""

    def __post_init__(self) -> None:
        # Looked for before the transaction begins, which to look for what is not there would end.
        connection = self.running.connection
        self.has_declarations = exists(connection, "audit.made_from")
        reading = Reading(self.models, connection, exists(connection, "stored.account"))
        self.rows = Rows(self.running, reading, Standing(self.running))

    @property
    def models(self) -> Models:
        """All of them."""
        return self.running.models

    def build(self) -> Build:
        """Bring every model up to date, in the transaction that is open."""
        began = time.monotonic()
        self.known = last_builds(self.running.query)
        upstream = frozenset().union(*self.models.upstream.values())
        sources = changed_sources.sources(self.running.connection, upstream, has_declarations=self.has_declarations)
        self.changed = set(sources.changed)
        due = frozenset(model.name for model in self.models.ordered if self._is_due(model))
        former = self._former()
        self.redefining = self.full or sources.declarations_changed
        # Without the links as they were it is not known what else is touched.
        self.whole = self.redefining or DOCUMENT_LINK in due
        if self.whole or self.changed or due or former:
            self.rows.standing.drop(former)
            if former:
                forget(self.running.connection, [str(one) for one in former])
            touched.prepare_touched(self.running.connection)
            for model in self.models.ordered:
                if model.built is not Built.INLINE:
                    self._bring_up_to_date(model, is_due=model.name in due)
            self._count_rows()
            self._keep(sources)
        return self._outcome(began)

    def _former(self) -> list[Relation]:
        """What was built and is no model any more, or none with rows."""
        models = {name: self.models.named(name) for name in self.known}
        gone = [name for name, model in models.items() if model is None or model.built is Built.INLINE]
        return [Relation(*name.split(".", 1)) for name in gone]

    def _is_due(self, model: Model) -> bool:
        """Whether a model is to be made as it is written now, whatever has changed in the tables."""
        before = self.known.get(model.name)
        if model.built is Built.INLINE:
            return False
        # New descriptions alone are no reason to make rows anew, but rare enough to do just that.
        return not (
            before is not None
            and before.digest == self.models.digest(model)
            and before.told_digest == self.models.told_digest(model)
        )

    def _bring_up_to_date(self, model: Model, *, is_due: bool) -> None:
        self.running.current = model
        began = time.monotonic()
        how = self._way(model, is_due=is_due)
        if how is How.DOCUMENTS:
            how = How.DOCUMENTS if self.rows.replace_documents(model) else How.UNCHANGED
        elif how is How.MONTHS:
            self.rows.replace_months(model)
        elif how is How.WHOLE and model.built is Built.TABLE and not (is_due or self.redefining):
            how = How.WHOLE if self.rows.remake(model) else How.UNCHANGED
        elif how is not How.UNCHANGED:
            self.rows.define(model, is_new=is_due or self.redefining)
        is_read_anew = model.built in (Built.VIEW, Built.MACRO) and any(
            self._has_changed(one) for one in self.models.upstream[model.name]
        )
        if how is not How.UNCHANGED or is_read_anew:
            self.changed.add(model.relation)
        self.done[model.name] = BuiltModel(model.name, how, None, time.monotonic() - began)
        self.running.current = None

    def _way(self, model: Model, *, is_due: bool) -> How:
        """How a model is to be brought up to date."""
        if model.built in (Built.VIEW, Built.MACRO):
            return How.DEFINED if is_due or self.redefining else How.UNCHANGED
        if is_due or self.whole:
            return How.WHOLE
        if model.built is Built.DOCUMENTS and self._inputs_may_have_changed():
            self._find_touched()
        if not self._changed_upstream(model) and not (model.built is Built.DOCUMENTS and self.inputs_changed):
            return How.UNCHANGED
        if model.built is Built.TABLE:
            return How.WHOLE
        self._find_touched()
        if self.whole or self._is_made_from_whole(model):
            return How.WHOLE
        if model.built is Built.DOCUMENTS:
            return How.DOCUMENTS if self.rows.documents else How.UNCHANGED
        return How.MONTHS if touched.touched_months(self.running.connection) else How.UNCHANGED

    def _changed_upstream(self, model: Model) -> bool:
        changed = [one for one in self.models.upstream[model.name] if self._has_changed(one)]
        if changed and model.sample is not None and all(is_of_documents(one) for one in changed):
            return touched.has_changed_documents(self.running.connection, model.sample)
        return bool(changed)

    def _inputs_may_have_changed(self) -> bool:
        posting_input = self.models.named(POSTING_INPUT)
        return posting_input is not None and self._changed_upstream(posting_input)

    def _has_changed(self, relation: Relation) -> bool:
        """Whether a relation has changed, or what an inline one is made from."""
        target = self.models.named(str(relation))
        if target is not None and target.built is Built.INLINE:
            return self._changed_upstream(target)
        return relation in self.changed

    def _is_made_from_whole(self, model: Model) -> bool:
        """Whether anything that it reads by documents was made anew, so that no touched ones are known."""
        for relation in self.models.upstream[model.name]:
            target = self.models.named(str(relation))
            if target is None:
                continue
            if target.built is Built.INLINE and self._is_made_from_whole(target):
                return True
            if target.built is Built.DOCUMENTS and self.done[target.name].how is How.WHOLE:
                return True
        return False

    def _find_touched(self) -> None:
        """Find the documents this build is about, once: after what they post by is up to date."""
        if self.touched_known:
            return
        self.touched_known = True
        connection = self.running.connection
        self.running.take(FEW)
        if self._inputs_may_have_changed():
            self._find_changed_inputs()
            if self.inputs_changed:
                touched.touch_by_inputs(connection, self.models.ordered)
        touched.touch_changed(connection)
        has_pulls = _PULLS in self.changed and changed_sources.find_pulled_months(connection) > 0
        if has_pulls:
            touched.touch_pulled(connection, self._posted())
        of_records = not (has_pulls or self.inputs_changed)
        touched.touch_linked(connection, self.models, self.rows.reading, of_records=of_records)
        self.rows.documents = touched.touched_documents(connection)
        self.rows.reading.named_documents = touched.named_documents(connection)
        if self.rows.documents > _FEW and self.rows.documents * _SHARE > touched.documents(connection):
            self.whole = True
        elif self.rows.documents:
            self.rows.touched_tables = touched.touched_tables(connection, self.rows.reading)

    def _find_changed_inputs(self) -> None:
        building, self.running.current = self.running.current, self.models.named(POSTING_INPUT)
        found = changed_sources.find_changed_inputs(self.running.connection, self.models, self.rows.reading)
        self.inputs_known, self.inputs_changed = True, found > 0
        self.running.current = building

    def _posted(self) -> list[Model]:
        """The models that say in which months a document posts."""
        by_documents = [model for model in self.models.kept if model.built is Built.DOCUMENTS]
        return [model for model in by_documents if all(one in model.column_names for one in MONTH_KEY)]

    def _count_rows(self) -> None:
        """Tell how many rows the models have that were made."""
        made = [
            one
            for one in self.done.values()
            if one.how is not How.UNCHANGED and self.models.by_name[one.name].built in KEPT
        ]
        if made:
            counts = (f"(SELECT count(*) FROM {quoted(self.models.by_name[one.name].relation)})" for one in made)
            [found] = self.running.query(f"SELECT {', '.join(counts)}")
            for one, count in zip(made, found, strict=True):
                self.done[one.name] = BuiltModel(one.name, one.how, count, one.seconds)

    def _keep(self, sources: changed_sources.Sources) -> None:
        """Remember from what this build was made."""
        connection = self.running.connection
        connection.execute("DELETE FROM audit.touched_record; DELETE FROM audit.model_failure")
        if self.models.named(POSTING_INPUT) is not None and (self.whole or self._inputs_may_have_changed()):
            if not self.inputs_known:
                self._find_changed_inputs()
            if self.inputs_changed:
                changed_sources.keep_inputs(connection)
        if self.whole or _PULLS in self.changed:
            changed_sources.keep_pulls(connection)
        if sources.fingerprints:
            changed_sources.keep_fingerprints(connection, sources)
        now = datetime.now(UTC)
        changing = [one for one in self.models.ordered if not self.models.reads_trail(one)]
        changed = [one.name for one in changing if one.relation in self.changed]
        note_changes(connection, [one.name for one in changing], changed, now)
        remember(
            connection,
            [
                Remembered(
                    one.name,
                    self.models.digest(self.models.by_name[one.name]),
                    self.models.told_digest(self.models.by_name[one.name]),
                    one.how.value,
                    one.rows,
                    one.seconds,
                    now,
                )
                for one in self.done.values()
                if one.how is not How.UNCHANGED
            ],
        )

    def _outcome(self, began: float) -> Build:
        every = []
        for model in self.models.ordered:
            if model.built is Built.INLINE:
                continue
            one = self.done.get(model.name) or BuiltModel(model.name, How.UNCHANGED, None, 0.0)
            known = self.known.get(model.name) if one.how is How.UNCHANGED else None
            every.append(BuiltModel(one.name, one.how, one.rows if known is None else known.row_count, one.seconds))
        none = not self.touched_known and not self.whole
        return Build(
            tuple(every),
            None if self.whole else self.rows.documents,
            None if self.whole else 0 if none else touched.touched_months(self.running.connection),
            time.monotonic() - began,
        )
