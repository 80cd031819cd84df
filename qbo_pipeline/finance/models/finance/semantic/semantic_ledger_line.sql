-- The general ledger as BI tools read it: every leg with one key of its own and what it adds to net income.
-- Grain: a leg.
-- Key: ledger_line_key
-- Built: view
-- Source: general_ledger, dim_account.
-- Columns:
--   ledger_line_key: Key of the leg: the company's id, the basis, the transaction's type and id, the leg's number, with bars between.
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   transaction_date: The date QuickBooks' report gives it, else the document's.
--   fiscal_month_key: Key of its month in semantic_fiscal_period.
--   transaction_type: What people call the type.
--   doc_number: Number as printed.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   account_key: Key of the account.
--   customer_key: Key of the customer.
--   vendor_key: Key of the vendor.
--   employee_key: Key of the employee.
--   item_key: Key of the item.
--   class_key: Key of the class.
--   department_key: Key of the department (location).
--   currency_key: Key of the transaction's currency.
--   debit: Debit, home currency.
--   credit: Credit, home currency.
--   signed_amount: Debit less credit, home currency.
--   natural_amount: Home currency; positive on the side where the account's balance normally is.
--   net_income_effect: What it adds to net income, home currency; NULL where the account is of the balance sheet.
--   foreign_signed_amount: Debit less credit, transaction currency.
--   quantity: How many.
--   memo: What the line says.
--   posting_source: 'entity', 'report_patch' or 'report_only'.
--   patch_reason: Why the report differs from the document; NULL where it does not.
--   qbo_url: The page of QuickBooks that shows the transaction.
--   line_count: Always 1: its sum counts lines.
SELECT
    ledger.realm_id || '|' || ledger.basis || '|' || ledger.transaction_type || '|' || ledger.transaction_id || '|'
    || ledger.leg_number AS ledger_line_key,
    ledger.realm_id,
    ledger.basis,
    ledger.transaction_date,
    ledger.realm_id || '|' || strftime(ledger.transaction_date, '%Y-%m') AS fiscal_month_key,
    coalesce(kinds.label, ledger.transaction_type) AS transaction_type,
    ledger.doc_number,
    ledger.transaction_key,
    ledger.account_key,
    ledger.customer_key,
    ledger.vendor_key,
    ledger.employee_key,
    ledger.item_key,
    ledger.class_key,
    ledger.department_key,
    ledger.currency_key,
    ledger.debit,
    ledger.credit,
    ledger.signed_amount,
    (ledger.signed_amount * coalesce(nullif(account.natural_sign, 0), 1))::DECIMAL(18, 2) AS natural_amount,
    CASE WHEN account.statement = 'ProfitAndLoss' THEN -ledger.signed_amount END::DECIMAL(18, 2) AS net_income_effect,
    ledger.foreign_signed_amount,
    ledger.quantity,
    ledger.memo,
    ledger.posting_source,
    ledger.patch_reason,
    ledger.qbo_url,
    1::INTEGER AS line_count
FROM finance.general_ledger AS ledger
LEFT JOIN finance.dim_account AS account ON account.realm_id = ledger.realm_id AND account.account_id = ledger.account_id
LEFT JOIN posting.transaction_type AS kinds ON kinds.transaction_type = ledger.transaction_type
