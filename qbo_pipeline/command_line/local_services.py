"""`qbo-pipeline local serve`: the stand-ins of QuickBooks and the destinations, each on a port of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import messages

if TYPE_CHECKING:
    from qbo_pipeline.local.quickbooks.store import Store


def serve_quickbooks(state: Path, *, port: int, seed: int, scale: float, empty: bool) -> None:
    """Serve the local QuickBooks until interrupted.

    What it holds is kept in `state` (SQLite). Demo companies it does not hold yet are generated, unless `empty`.

    Raises:
        CommandError: the port is taken, or another process serves that state.
    """
    from qbo_pipeline.command_line.doctor_machine import is_free

    if not is_free(port):
        raise CommandError(
            f"Port {port} is in use; perhaps the local QuickBooks runs already.",
            "Stop what uses it, or choose another: --port (and set QBO_API_BASE_URL and the other URLs to it).",
        )
    from qbo_pipeline.local.companies import DEMO_COMPANIES
    from qbo_pipeline.local.quickbooks.one_server import StateInUseError, serving_alone
    from qbo_pipeline.local.quickbooks.service import serve
    from qbo_pipeline.local.quickbooks.store import Store

    state.parent.mkdir(parents=True, exist_ok=True)
    try:
        with serving_alone(state):
            store = Store(state)
            if not empty:
                for name in DEMO_COMPANIES:
                    _add(store, name, seed, scale)
            console = messages()
            told = f"Local QuickBooks on http://127.0.0.1:{port}, state in {state}. Ctrl-C stops it."
            console.print(told, markup=False)
            for realm_id, name in store.companies():
                console.print(f"  {name} ({realm_id})", markup=False)
            serve(store, port, True, 0.0)
    except StateInUseError as error:
        raise CommandError(str(error), "Use that one, or choose another file: --state.") from None


def serve_power_bi(data: Path, *, port: int) -> None:
    """Serve the local Power BI until interrupted; what it holds is kept in `data` (DuckDB).

    Raises:
        CommandError: the port is taken.
    """
    from qbo_pipeline.command_line.doctor_machine import is_free

    if not is_free(port):
        raise CommandError(
            f"Port {port} is in use; perhaps the local Power BI runs already.",
            "Stop what uses it, or choose another: --port (and set POWERBI_API_BASE_URL and the other URL to it).",
        )
    from qbo_pipeline.local.power_bi.service import serve
    from qbo_pipeline.local.power_bi.store import Store

    data.parent.mkdir(parents=True, exist_ok=True)
    store = Store(data)
    messages().print(f"Local Power BI on http://127.0.0.1:{port}, state in {data}. Ctrl-C stops it.", markup=False)
    serve(store, port)


def serve_tableau(data: Path, *, port: int, flavour: str | None) -> None:
    """Serve the local Tableau until interrupted; what it holds is kept in the folder `data`.

    Raises:
        CommandError: the port is taken, or nothing of that flavour is there.
    """
    from typing import get_args

    from qbo_pipeline.command_line.doctor_machine import is_free
    from qbo_pipeline.local.tableau.service import serve
    from qbo_pipeline.local.tableau.store import FolderInUseError, Store
    from qbo_pipeline.local.tableau.switches import Flavour

    chosen = next((one for one in get_args(Flavour) if one == flavour), None)
    if flavour is not None and chosen is None:
        raise CommandError(f"There is no Tableau called {flavour}.", f"It is one of {', '.join(get_args(Flavour))}.")
    if not is_free(port):
        raise CommandError(
            f"Port {port} is in use; perhaps the local Tableau runs already.",
            "Stop what uses it, or choose another: --port (and set TABLEAU_SERVER_URL to it).",
        )
    try:
        store = Store(data)
    except FolderInUseError as error:
        raise CommandError(str(error), "Use that one, or choose another folder: --data.") from None
    messages().print(f"Local Tableau on http://127.0.0.1:{port}, state in {data}. Ctrl-C stops it.", markup=False)
    serve(store, port, chosen)


def _add(store: Store, name: str, seed: int, scale: float) -> None:
    """Generate a demo company unless the store holds it already, whatever was done to it since."""
    from qbo_pipeline.local.companies import REALM_IDS, generate

    if REALM_IDS[name] not in {realm_id for realm_id, _ in store.companies()}:
        with messages().status(f"Loading {name.capitalize()} …"):
            store.add_company(generate(name, seed=seed, scale=scale))
