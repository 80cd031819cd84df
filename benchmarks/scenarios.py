"""What is measured, each with the target it is to reach."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from benchmarks.change_cost import change_costs
from benchmarks.change_latency import CROWDED, SINGLE, STAGES, journeys, quantile
from benchmarks.first_load import first_load
from benchmarks.hyper import compared
from benchmarks.local_service import seconds_a_page
from benchmarks.measure import Cost, measured, median
from benchmarks.merging import merge_seconds
from benchmarks.records import COMPANY
from benchmarks.stand_in import serving, verdict
from benchmarks.verify import faults_of_peer, faults_of_product
from benchmarks.webhook_load import answers

ROOT = Path(__file__).resolve().parent.parent
PEER_PYTHON = ROOT / ".venv" / "peer" / "bin" / "python"
BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure."""

    what: str
    value: float
    unit: str
    target: float | None = None
    """The most it may be; None for figures that are there to compare with."""
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether it is within its target."""
        return None if self.target is None else self.value <= self.target


@dataclass(frozen=True, slots=True)
class Size:
    """How much is loaded, how often."""

    scale: float
    """1: 200,000 invoices, a company of 397,500 records, a million invoices at the real limits."""
    runs: int
    peer: bool


class WrongResultError(Exception):
    """What was loaded is not what was sent."""


def invoices(size: Size) -> Iterator[Figure]:
    """Invoices only: CPU, memory, requests."""
    counts = {"Invoice": int(200_000 * size.scale)}
    millions = counts["Invoice"] / 1e6
    with serving(counts) as url:
        cost, requests = _product(url, counts, size.runs)
        # Making Python and all tables ready costs the same however little is loaded; only at full size is it little.
        full = size.scale == 1
        yield Figure("invoices: CPU per million", cost.cpu_seconds / millions, "s", 40 if full else None)
        yield Figure("invoices: peak memory", cost.peak_megabytes, "MB", 400)
        yield Figure("invoices: requests", requests, "", ceil(counts["Invoice"] / 1000) + 1)
        yield Figure("invoices: wall clock", cost.wall_seconds, "s", note=f"{counts['Invoice']:,} invoices")
        with _folder() as data:
            whole, _ = load(url, data, counts, "--models")
            _right(faults_of_product(data, counts))
        yield Figure("invoices: CPU per million, finance models built as well", whole.cpu_seconds / millions, "s")
        stages = sorted(_stages(url, counts).items(), key=lambda stage: -stage[1])
        yield from (Figure(f"  {label}", spent / millions, "s") for label, spent in stages)
    if size.peer:
        fewer = {"Invoice": counts["Invoice"] // 4}
        with serving(fewer) as url:
            cost, note = _peer(url, fewer)
        yield Figure("invoices: dlt, CPU per million", cost.cpu_seconds / (fewer["Invoice"] / 1e6), "s", note=note)
        yield Figure("invoices: dlt, peak memory", cost.peak_megabytes, "MB")


def whole_company(size: Size) -> Iterator[Figure]:
    """Eight entities in seventeen tables."""
    counts = {entity: int(count * size.scale) for entity, count in COMPANY.items()}
    with serving(counts) as url:
        cost, requests = _product(url, counts, size.runs)
        yield Figure("company: CPU", cost.cpu_seconds, "s", 15 if size.scale == 1 else None)
        yield Figure("company: peak memory", cost.peak_megabytes, "MB")
        yield Figure("company: requests", requests, "", sum(ceil(count / 1000) for count in counts.values()) + 8)
        if size.peer:
            peer, note = _peer(url, counts)
            yield Figure("company: dlt, CPU", peer.cpu_seconds, "s", note=note)
            yield Figure("company: dlt, peak memory", peer.peak_megabytes, "MB")
            yield Figure("company: CPU of dlt / CPU of the product", peer.cpu_seconds / cost.cpu_seconds, "x")


def real_limits(size: Size) -> Iterator[Figure]:
    """A million invoices, 10 requests a second, 500 a minute, one second each; then changes merged into them."""
    counts = {"Invoice": int(1_000_000 * size.scale)}
    with _folder() as data, serving(counts, latency=1.0, limits=True) as url:
        cost, told = load(url, data, counts, "--limited")
        _right(faults_of_product(data, counts))
        judged = verdict(url)
        yield Figure("real limits: wall clock", cost.wall_seconds, "s", 130 if size.scale == 1 else None)
        yield Figure(
            "real limits: requests refused", judged["throttled"], "", 0, f"{judged['busiest_minute']} a minute"
        )
        yield Figure("real limits: CPU per million", cost.cpu_seconds / (counts["Invoice"] / 1e6), "s")
        yield Figure("real limits: peak memory", cost.peak_megabytes, "MB", note=f"{counts['Invoice']:,} invoices")
        for changes in (100, 10_000):
            seconds = merge_seconds(data, counts["Invoice"], changes)
            yield Figure(f"merge of {changes:,} changes into {told['Invoice']['rows']:,} invoices", seconds, "s")


def start_up(size: Size) -> Iterator[Figure]:
    """What a user waits for."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text("import dagster\n\ndefs = dagster.Definitions()\n")
        home = {"DAGSTER_HOME": folder, "QBO_PIPELINE_DATA_DIR": f"{folder}/data"}
        dagster = str(BIN / "dagster")
        validate = [dagster, "definitions", "validate"]
        ours = _median(lambda: measured([*validate, "-m", "qbo_pipeline.definitions"], environment=home), size.runs)
        bare = _median(lambda: measured([*validate, "-f", str(empty)], environment=home), size.runs)
        yield Figure("definitions validate", ours.wall_seconds, "s", note=f"{ours.cpu_seconds:.1f} s CPU")
        yield Figure(
            "definitions validate, empty project", bare.wall_seconds, "s", note=f"{bare.cpu_seconds:.1f} s CPU"
        )
        yield Figure("definitions validate: times an empty project's", ours.cpu_seconds / bare.cpu_seconds, "x", 1.5)
        cost, _ = measured([str(BIN / "qbo-pipeline"), "demo"], environment=home)
        yield Figure("demo", cost.wall_seconds, "s", 60, f"{cost.cpu_seconds:.1f} s CPU, local services included")


def local_quickbooks(size: Size) -> Iterator[Figure]:
    """The local QuickBooks alone: whether it would hide what a client costs."""
    with _folder() as folder:
        pages, first, again = seconds_a_page(20 * size.scale, folder)
    what = f"{pages} pages of 1,000 invoices" if size.scale == 1 else "pages not all full"
    yield Figure("local QuickBooks: a page, for the first time", 1000 * first, "ms", note=what)
    target = 1000 / 300 if size.scale == 1 else None
    yield Figure(
        "local QuickBooks: a page, from memory", 1000 * again, "ms", target, f"{1 / again:,.0f} pages a second"
    )


def webhook_receiver(size: Size) -> Iterator[Figure]:
    """`webhooks serve` under a steady load; each delivery is on disk before it is answered."""
    rate = 500
    with _folder() as folder:
        timed = answers(folder, rate, max(2.0, 30 * size.scale))
    what = f"webhooks: answer, {rate} deliveries a second"
    yield Figure(f"{what}, median", 1000 * timed.quantile(0.5), "ms")
    yield Figure(f"{what}, 99 of 100", 1000 * timed.quantile(0.99), "ms", 50, f"longest {1000 * timed.seconds[-1]:.0f}")
    yield Figure("webhooks: refused or lost", timed.refused + timed.lost, "", 0, f"of {len(timed.seconds):,}")
    yield Figure("webhooks: deliveries that share a wait for the disk", timed.a_group, "")


def change_latency(size: Size) -> Iterator[Figure]:
    """From a webhook to the row and the dashboards, by the sensor alone and by the listener, with where time goes."""
    targets = {"row": (12.0, 3.0), "Power BI": (15.0, 6.0), "Tableau": (20.0, 10.0)}
    for listener, way in enumerate(("sensor", "listener")):
        for pace in (SINGLE, CROWDED):
            with _folder() as data:
                count = max(20, int(200 * size.scale))
                found = journeys(data, count, listener=bool(listener), pace=pace)
            often = f"a change every {pace.seconds:g} s, by the {way}"
            for place, (what, target) in enumerate(targets.items()):
                took = [one.seconds + (0.0, one.to_power_bi, one.to_tableau)[place] for one in found]
                at_most = target[listener] if pace is SINGLE else None
                note = f"{len(found)} changes, longest {max(took):.1f} s"
                yield Figure(f"{often}, to {what}: 95 of 100", quantile(took, 0.95), "s", at_most, note)
                yield Figure(f"{often}, to {what}: median", quantile(took, 0.5), "s")
            for position, stage in enumerate(STAGES):
                spent = [one.stages[position] for one in found]
                note = f"95 of 100: {quantile(spent, 0.95):.2f} s"
                yield Figure(f"  {stage}", quantile(spent, 0.5), "s", note=note)


def flat_cost(size: Size) -> Iterator[Figure]:
    """The same changes applied to companies of different sizes."""
    with ExitStack() as stack:
        folders: dict[int, Path] = {}
        for count in (int(records * size.scale) for records in (10_000, 100_000, 1_000_000)):
            folders[count] = stack.enter_context(_folder())
            with serving({"Invoice": count}) as url:
                load(url, folders[count], {"Invoice": count})
        costs = change_costs(folders, 100)
    for count, cost in costs.items():
        what = f"100 changes into {count:,} invoices"
        wall = f"{cost.wall_seconds:.2f} s on the clock"
        yield Figure(f"{what}, CPU", cost.cpu_seconds, "s", note=f"{wall}, {cost.megabytes:,.0f} MB published")
        published = f"{cost.publish_wall_seconds:.2f} s on the clock"
        yield Figure("  of it publishing", cost.publish_cpu_seconds, "s", note=published)
    few, *_, most = costs.values()
    note = f"{most.wall_seconds / few.wall_seconds:.1f} by the clock"
    ratio = most.cpu_seconds / few.cpu_seconds
    yield Figure("100 changes: a hundred times the company, CPU", ratio, "x", 2 if size.scale == 1 else None, note)


def finance_models(size: Size) -> Iterator[Figure]:
    """A company of a million invoices: all models made, then brought up to date after a hundred changes."""
    invoices, full = int(1_000_000 * size.scale), size.scale == 1
    with _folder() as data:
        cost, told = measured([sys.executable, "-m", "benchmarks.finance", str(data), str(invoices)])
    figures = json.loads(told)
    note = f"{invoices:,} invoices, {figures['legs']:,} legs"
    yield Figure("finance: all models", figures["full_seconds"], "s", 60 if full else None, note)
    yield Figure("  its CPU", figures["full_cpu_seconds"], "s")
    for name, seconds in figures["slowest_models"].items():
        yield Figure(f"  {name}", seconds, "s")
    touched = f"{figures['touched_documents']:,} documents with those they are linked with"
    yield Figure("finance: after 100 changes", figures["changed_seconds"], "s", 2 if full else None, touched)
    yield Figure("  its CPU", figures["changed_cpu_seconds"], "s")
    yield Figure("finance: nothing changed, CPU", figures["nothing_cpu_seconds"], "s")
    yield Figure("finance: peak memory", cost.peak_megabytes, "MB", 6144)


def hyper_extract(size: Size) -> Iterator[Figure]:
    """Ten columns from Parquet to Hyper, beside hyperd's own CREATE TABLE AS over the same file."""
    rows, full = int(5_000_000 * size.scale), size.scale == 1
    with _folder() as folder:
        found = compared(folder, rows, size.runs)
    note = f"{rows:,} rows, {found.megabytes:,.0f} MB"
    yield Figure("hyper: Parquet to .hyper", found.product.wall_seconds, "s", note=note)
    yield Figure("hyper: hyperd's own CREATE TABLE AS", found.ctas.wall_seconds, "s")
    ratio = found.product.wall_seconds / found.ctas.wall_seconds
    by_cpu = f"{found.product.cpu_seconds / found.ctas.cpu_seconds:.2f} by CPU"
    # Starting Python weighs too much where there is little to write.
    yield Figure("hyper: times hyperd's own", ratio, "x", 1.2 if full else None, by_cpu)
    yield Figure("hyper: peak memory of Python", found.product.peak_megabytes, "MB", 150)


def power_bi_first_load(size: Size) -> Iterator[Figure]:
    """A million rows into a push dataset that is new, beside the time that so many requests must take at the limits."""
    rows = int(1_000_000 * size.scale)
    with _folder() as folder:
        found = first_load(folder, rows)
    note = f"{rows:,} rows, {found.posts} requests, {found.waited:.0f} s waited for limits"
    full = size.scale == 1
    yield Figure("Power BI: first load", found.seconds, "s", 1.05 * found.allowed if full else None, note)
    yield Figure("  its CPU", found.cost.cpu_seconds, "s")
    yield Figure("  its peak memory", found.cost.peak_megabytes, "MB")
    yield Figure("  requests refused", found.refused, "", 0)


SCENARIOS: Mapping[str, Callable[[Size], Iterator[Figure]]] = {
    "invoices": invoices,
    "company": whole_company,
    "limits": real_limits,
    "start": start_up,
    "local": local_quickbooks,
    "webhooks": webhook_receiver,
    "latency": change_latency,
    "flat": flat_cost,
    "finance": finance_models,
    "hyper": hyper_extract,
    "power_bi": power_bi_first_load,
}


def _product(url: str, counts: Mapping[str, int], runs: int) -> tuple[Cost, int]:
    """The median cost of loading everything into an empty data folder, and the requests it took."""
    costs, requests = [], set()
    for _ in range(runs):
        with _folder() as data:
            before = verdict(url)["requests"]
            cost, _ = load(url, data, counts)
            requests.add(verdict(url)["requests"] - before)
            costs.append(cost)
            _right(faults_of_product(data, counts))
    return median(costs), max(requests)


def load(url: str, data: Path, counts: Mapping[str, int], *options: str) -> tuple[Cost, dict[str, dict[str, int]]]:
    """Load all records into a data folder; what it cost and, by entity, the rows and requests it tells of."""
    command = [sys.executable, "-m", "benchmarks.product", "--url", url, "--data", str(data), *options, *counts]
    cost, output = measured(command)
    return cost, json.loads(output)


def _stages(url: str, counts: Mapping[str, int]) -> dict[str, float]:
    with _folder() as data:
        _, output = measured([sys.executable, "-m", "benchmarks.stages", "--url", url, "--data", str(data), *counts])
    told: dict[str, float] = json.loads(output.splitlines()[-1])
    return told


def _peer(url: str, counts: Mapping[str, int]) -> tuple[Cost, str]:
    with _folder() as data:
        command = [str(PEER_PYTHON), str(ROOT / "benchmarks" / "peer.py"), "--url", url, "--data", str(data)]
        cost, _ = measured([*command, *counts])
        faults, inexact = faults_of_peer(data, counts)
    _right(faults)
    return cost, f"same rows; inexact: {'; '.join(inexact)}" if inexact else "same rows, exact sums"


def _right(faults: Sequence[str]) -> None:
    if faults:
        raise WrongResultError("; ".join(faults))


def _median(run: Callable[[], tuple[Cost, str]], runs: int) -> Cost:
    return median([run()[0] for _ in range(runs)])


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="qbo-pipeline-benchmark-") as folder:
        yield Path(folder)
