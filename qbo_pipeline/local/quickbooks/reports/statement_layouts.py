"""The lines of the three statements, as data. Group names are those of the API's documentation and recordings."""

from __future__ import annotations

from dataclasses import dataclass

from qbo_pipeline.local.quickbooks.reports.table import Title


@dataclass(frozen=True, slots=True)
class AccountLines:
    """The accounts of some types, one line each, and their sum."""

    title: Title
    group: str | None
    kinds: tuple[str, ...]
    sign: int = 1
    """What turns a debit-positive amount into the one shown."""
    total: Title | None = None
    """Of the sum; none where the lines stand among others without a heading."""
    always: bool = False
    """Whether it is there without any account too."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of a number that comes from elsewhere: `net_income`, `beginning_cash`, `ending_cash`."""

    title: Title
    group: str
    figure: str
    sums_up: bool = False
    """Whether it stands as a summary, and adds nothing to the section it is in."""


@dataclass(frozen=True, slots=True)
class Result:
    """A sum of earlier groups, each with its sign."""

    title: Title
    group: str
    terms: tuple[tuple[str, int], ...]
    only_with: tuple[str, ...] = ()
    """Groups of which one must be there for the line to be."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Parts under a heading, and their sum."""

    title: Title
    group: str
    parts: tuple[Line, ...]
    total: Title | None
    always: bool = False


Line = AccountLines | Figure | Result | Branch


def _lines(
    title: str, group: str, *kinds: str, sign: int = 1, total: str | None = None, always: bool = False
) -> AccountLines:
    named = Title(total) if total else Title("Total {}", Title(title))
    return AccountLines(Title(title), group, kinds, sign, named, always)


PROFIT_AND_LOSS: tuple[Line, ...] = (
    _lines("Income", "Income", "Income", sign=-1, always=True),
    _lines("Cost of Goods Sold", "COGS", "Cost of Goods Sold"),
    Result(Title("Gross Profit"), "GrossProfit", (("Income", 1), ("COGS", -1))),
    _lines("Expenses", "Expenses", "Expense", always=True),
    Result(Title("Net Operating Income"), "NetOperatingIncome", (("GrossProfit", 1), ("Expenses", -1))),
    _lines("Other Income", "OtherIncome", "Other Income", sign=-1),
    _lines("Other Expenses", "OtherExpenses", "Other Expense"),
    Result(
        Title("Net Other Income"),
        "NetOtherIncome",
        (("OtherIncome", 1), ("OtherExpenses", -1)),
        ("OtherIncome", "OtherExpenses"),
    ),
    Result(Title("Net Income"), "NetIncome", (("NetOperatingIncome", 1), ("NetOtherIncome", 1))),
)

_CURRENT_ASSETS = Branch(
    Title("Current Assets"),
    "CurrentAssets",
    (
        _lines("Bank Accounts", "BankAccounts", "Bank"),
        _lines("Accounts Receivable", "AR", "Accounts Receivable"),
        _lines("Other Current Assets", "OtherCurrentAssets", "Other Current Asset"),
    ),
    Title("Total {}", Title("Current Assets")),
)
_LIABILITIES = Branch(
    Title("Liabilities"),
    "Liabilities",
    (
        Branch(
            Title("Current Liabilities"),
            "CurrentLiabilities",
            (
                _lines("Accounts Payable", "AP", "Accounts Payable", sign=-1),
                _lines("Credit Cards", "CreditCards", "Credit Card", sign=-1),
                _lines("Other Current Liabilities", "OtherCurrentLiabilities", "Other Current Liability", sign=-1),
            ),
            Title("Total {}", Title("Current Liabilities")),
        ),
        _lines("Long-Term Liabilities", "LongTermLiabilities", "Long Term Liability", sign=-1),
    ),
    Title("Total {}", Title("Liabilities")),
)

BALANCE_SHEET: tuple[Line, ...] = (
    Branch(
        Title("Assets", caps=True),
        "TotalAssets",
        (
            _CURRENT_ASSETS,
            _lines("Fixed Assets", "FixedAssets", "Fixed Asset"),
            _lines("Other Assets", "OtherAssets", "Other Asset"),
        ),
        Title("Total {}", Title("Assets"), caps=True),
        always=True,
    ),
    Branch(
        Title("Liabilities and Equity", caps=True),
        "TotalLiabilitiesAndEquity",
        (
            _LIABILITIES,
            Branch(
                Title("Equity"),
                "Equity",
                (
                    AccountLines(Title("Equity"), None, ("Equity",), -1),
                    Figure(Title("Net Income"), "NetIncome", "net_income"),
                ),
                Title("Total {}", Title("Equity")),
                always=True,
            ),
        ),
        Title("Total {}", Title("Liabilities and Equity"), caps=True),
        always=True,
    ),
)

_ADJUSTMENTS = "Adjustments to reconcile Net Income to Net Cash provided by operations:"

CASH_FLOW: tuple[Line, ...] = (
    Branch(
        Title("Operating Activities", caps=True),
        "OperatingActivities",
        (
            Figure(Title("Net Income"), "NetIncome", "net_income"),
            _lines(
                _ADJUSTMENTS,
                "OperatingAdjustments",
                "Accounts Receivable",
                "Other Current Asset",
                "Accounts Payable",
                "Credit Card",
                "Other Current Liability",
                sign=-1,
            ),
        ),
        Title("Net cash provided by operating activities"),
        always=True,
    ),
    Branch(
        Title("Investing Activities", caps=True),
        "InvestingActivities",
        (AccountLines(Title(""), None, ("Fixed Asset", "Other Asset"), -1),),
        Title("Net cash provided by investing activities"),
    ),
    Branch(
        Title("Financing Activities", caps=True),
        "FinancingActivities",
        (AccountLines(Title(""), None, ("Long Term Liability", "Equity"), -1),),
        Title("Net cash provided by financing activities"),
    ),
    Result(
        Title("Net cash increase for period"),
        "CashIncrease",
        (("OperatingActivities", 1), ("InvestingActivities", 1), ("FinancingActivities", 1)),
    ),
    Figure(Title("Cash at beginning of period"), "BeginningCash", "beginning_cash", sums_up=True),
    Figure(Title("Cash at end of period"), "EndingCash", "ending_cash", sums_up=True),
)
