"""The balance sheet: what the ledger holds at the end of the last day that is chosen."""

from __future__ import annotations

from qbo_pipeline.model.columns import NUMBER_FORMAT
from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.measures.declared import (
    Figure,
    at_month,
    difference,
    ledger,
    ledger_to_date,
    measure,
    of_basis,
    summed_at_month,
    to_date,
    total,
)
from qbo_pipeline.model.measures.formulas import BASIS

FOLDER = "Balance Sheet"
_CURRENT_ASSETS = ("Bank", "Accounts Receivable", "Other Current Asset")
_CURRENT_LIABILITIES = ("Accounts Payable", "Credit Card", "Other Current Liability")

LEDGER_AMOUNT = measure(
    "Ledger Amount", of_basis("Amount"), ledger("sum(line.signed_amount)"),
    "Debits less credits of the period.", folder="Ledger",
)  # fmt: skip
LEDGER_DEBIT = measure(
    "Ledger Debit", of_basis("Debit"), ledger("sum(line.debit)"), "Debits of the period.", folder="Ledger"
)
LEDGER_CREDIT = measure(
    "Ledger Credit", of_basis("Credit"), ledger("sum(line.credit)"), "Credits of the period.", folder="Ledger"
)
NATURAL_AMOUNT = measure(
    "Natural Amount Posted", of_basis("Natural Amount"), ledger("sum(line.natural_amount)"),
    "What was posted in the period, positive on the side where each account's balance normally is.", folder="Ledger",
)  # fmt: skip
LEDGER_BALANCE = measure(
    "Ledger Balance", to_date("Ledger Amount"), ledger_to_date("sum(line.signed_amount)"),
    "Balance at the end of the last day, debits positive. Of all accounts together it is zero.", folder="Ledger",
)  # fmt: skip
ACCOUNT_BALANCE = measure(
    "Account Balance", to_date("Natural Amount Posted"), ledger_to_date("sum(line.natural_amount)"),
    "Balance of an account at the end of the last day, positive on the side where it normally is.", folder="Ledger",
)  # fmt: skip


def holding(
    name: str, dax_filter: str, condition: str, description: str, *, sign: str = "", folder: str = FOLDER
) -> Measure:
    """The balance of some accounts at the end of the last day."""
    return measure(
        name,
        f"{sign}CALCULATE([Ledger Balance], {dax_filter})",
        ledger_to_date(f"{sign}sum(line.signed_amount)", condition),
        description,
        folder=folder,
    )


def _types(types: tuple[str, ...], quote: str) -> str:
    return ", ".join(f"{quote}{one}{quote}" for one in types)


ASSETS = holding(
    "Total Assets", "'Account'[Section] = \"Assets\"", "account.section = 'Assets'", "What the company owns."
)
LIABILITIES = holding(
    "Total Liabilities", "'Account'[Section] = \"Liabilities\"", "account.section = 'Liabilities'",
    "What the company owes.", sign="-",
)  # fmt: skip
POSTED_EQUITY = holding(
    "Posted Equity", "'Account'[Section] = \"Equity\"", "account.section = 'Equity'",
    "Equity as it was posted, without earnings that QuickBooks adds to it.", sign="-",
)  # fmt: skip
EARNINGS = holding(
    "Retained And Current Earnings", "'Account'[Statement] = \"ProfitAndLoss\"", "account.statement = 'ProfitAndLoss'",
    "Net income since the books began, which the balance sheet shows as retained earnings and net income.", sign="-",
)  # fmt: skip
EQUITY = measure(
    "Total Equity", "[Posted Equity] + [Retained And Current Earnings]",
    total(POSTED_EQUITY, EARNINGS),
    "What is the owners'.", folder=FOLDER,
)  # fmt: skip
LIABILITIES_AND_EQUITY = measure(
    "Total Liabilities And Equity", "[Total Liabilities] + [Total Equity]",
    total(LIABILITIES, EQUITY),
    "What is owed, and what is the owners'.", folder=FOLDER,
)  # fmt: skip
BALANCE_CHECK = measure(
    "Balance Check", "[Total Assets] - [Total Liabilities] - [Total Equity]",
    difference(ASSETS, LIABILITIES, EQUITY), "Assets less liabilities and equity: always zero.", folder=FOLDER,
)  # fmt: skip
CURRENT_ASSETS = holding(
    "Current Assets", f"'Account'[Account Type] IN {{{_types(_CURRENT_ASSETS, chr(34))}}}",
    f"account.account_type IN ({_types(_CURRENT_ASSETS, chr(39))})", "Bank, receivables and other current assets.",
)  # fmt: skip
CURRENT_LIABILITIES = holding(
    "Current Liabilities", f"'Account'[Account Type] IN {{{_types(_CURRENT_LIABILITIES, chr(34))}}}",
    f"account.account_type IN ({_types(_CURRENT_LIABILITIES, chr(39))})",
    "Payables, credit cards and other current liabilities.", sign="-",
)  # fmt: skip
WORKING_CAPITAL = measure(
    "Working Capital", "[Current Assets] - [Current Liabilities]", difference(CURRENT_ASSETS, CURRENT_LIABILITIES),
    "Current assets less current liabilities.", folder=FOLDER,
)  # fmt: skip
CURRENT_RATIO = measure(
    "Current Ratio", "DIVIDE([Current Assets], [Current Liabilities])",
    Figure(
        f"SELECT ({CURRENT_ASSETS.sql})::DOUBLE / nullif(({CURRENT_LIABILITIES.sql}), 0)",
        "[Current Assets] / [Current Liabilities]",
    ),
    "Current assets for one unit of current liabilities.", folder=FOLDER, format_=NUMBER_FORMAT,
)  # fmt: skip
INVENTORY = holding(
    "Inventory Value", "'Account'[Is Inventory] = TRUE()", "account.is_inventory", "Value of stock in the ledger."
)
STATEMENT = measure(
    "Balance Sheet Amount",
    "VAR chosenBasis = SELECTEDVALUE('Basis'[Basis], \"Accrual\")\nRETURN "
    + at_month(
        "SUM('Balance Sheet Lines'[Balance])",
        "'Basis'[Basis] = chosenBasis, 'Balance Sheet Lines'[Balance Sheet Month]",
        "Last Month Of Books",
    ),
    Figure(
        "SELECT sum(line.balance)\nFROM finance.semantic_balance_sheet_line AS line\n"
        "INNER JOIN finance.semantic_company AS company ON company.realm_id = line.realm_id\n"
        "WHERE line.realm_id = $realm_id AND line.basis = 'Accrual'\n"
        "    AND line.month = least(date_trunc('month', $last_day::DATE), company.last_month)\n"
        "    AND $first_day <= last_day(company.last_month)",
        summed_at_month(
            "Balance", "Balance Sheet Month", "Last Month Of Books", f" AND [Balance Sheet Basis] = {BASIS}"
        ),
    ),
    "Lines of the balance sheet at the end of the last month that is chosen, with the signs the statement shows.",
    folder=FOLDER,
)
MEASURES = (
    ASSETS,
    LIABILITIES,
    POSTED_EQUITY,
    EARNINGS,
    EQUITY,
    LIABILITIES_AND_EQUITY,
    BALANCE_CHECK,
    CURRENT_ASSETS,
    CURRENT_LIABILITIES,
    WORKING_CAPITAL,
    CURRENT_RATIO,
    INVENTORY,
    STATEMENT,
    LEDGER_AMOUNT,
    LEDGER_DEBIT,
    LEDGER_CREDIT,
    NATURAL_AMOUNT,
    LEDGER_BALANCE,
    ACCOUNT_BALANCE,
)
