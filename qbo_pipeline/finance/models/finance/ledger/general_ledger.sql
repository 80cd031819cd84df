-- The general ledger: every debit and credit of the company on both bases, with who, what and where.
-- Grain: a leg.
-- Key: realm_id, basis, transaction_type, transaction_id, leg_number
-- Built: view
-- Source: posting.leg, the chart of accounts and what reports post to beside it.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   transaction_type: QuickBooks' name of the entity, or what posting.transaction_type calls it.
--   transaction_id: Id of the transaction.
--   leg_number: Unique in the transaction; not consecutive.
--   leg_role: What the leg is to the document.
--   line_id: QuickBooks' id of the line.
--   line_number: Position of the line, from 1.
--   transaction_date: The date QuickBooks' report gives it, else the document's.
--   month: First day of that month.
--   account_id: The account.
--   account_name: Its full name.
--   account_type: Its type.
--   debit: Home currency.
--   credit: Home currency.
--   signed_amount: Home currency; debit less credit.
--   natural_amount: Home currency; positive on the side where the account's balance normally is.
--   currency_id: Currency of the transaction.
--   exchange_rate: Home currency for one unit of it; NULL where only the report is known.
--   foreign_debit: Transaction currency.
--   foreign_credit: Transaction currency.
--   foreign_signed_amount: Transaction currency; debit less credit.
--   foreign_natural_amount: Transaction currency; positive on the side where the account's balance normally is.
--   customer_id: The customer or job.
--   vendor_id: The vendor.
--   employee_id: The employee.
--   item_id: The product or service.
--   class_id: The class.
--   department_id: The location.
--   quantity: How many.
--   memo: What the line says.
--   doc_number: Number as printed.
--   posting_source: entity, report_patch or report_only.
--   patch_reason: Why the report differs from the document; NULL where it does not.
--   confirmed: Whether QuickBooks' report of that month was pulled after this version of the document, and agrees once patched.
--   qbo_url: The page of QuickBooks that shows the transaction.
--   transaction_key: Key of dim_transaction.
--   account_key: Key of dim_account.
--   customer_key: Key of dim_customer.
--   vendor_key: Key of dim_vendor.
--   employee_key: Key of dim_employee.
--   item_key: Key of dim_item.
--   class_key: Key of dim_class.
--   department_key: Key of dim_department.
--   currency_key: Key of dim_currency.
WITH account AS (
    SELECT
        realm_id,
        id,
        coalesce(fully_qualified_name, name) AS name,
        account_type,
        CASE WHEN classification IN ('Liability', 'Equity', 'Revenue') THEN -1 ELSE 1 END AS normal_side
    FROM quickbooks.account
    UNION ALL
    SELECT
        uncharted_account.realm_id,
        uncharted_account.account_id,
        uncharted_account.name,
        uncharted_account.account_type,
        CASE account_type.normal_balance WHEN 'Credit' THEN -1 ELSE 1 END
    FROM finance.uncharted_account
    LEFT JOIN finance.account_type ON account_type.account_type = uncharted_account.account_type
)
SELECT
    leg.realm_id,
    leg.basis,
    leg.transaction_type,
    leg.transaction_id,
    leg.leg_number,
    leg.leg_role,
    leg.line_id,
    leg.line_number,
    leg.transaction_date,
    leg.month,
    leg.account_id,
    account.name AS account_name,
    account.account_type,
    leg.debit,
    leg.credit,
    (leg.debit - leg.credit)::DECIMAL(18, 2) AS signed_amount,
    ((leg.debit - leg.credit) * coalesce(account.normal_side, 1))::DECIMAL(18, 2) AS natural_amount,
    leg.currency_id,
    leg.exchange_rate,
    leg.foreign_debit,
    leg.foreign_credit,
    (leg.foreign_debit - leg.foreign_credit)::DECIMAL(18, 2) AS foreign_signed_amount,
    ((leg.foreign_debit - leg.foreign_credit) * coalesce(account.normal_side, 1))::DECIMAL(18, 2) AS foreign_natural_amount,
    leg.customer_id,
    leg.vendor_id,
    leg.employee_id,
    leg.item_id,
    leg.class_id,
    leg.department_id,
    leg.quantity,
    leg.memo,
    leg.doc_number,
    leg.posting_source,
    leg.patch_reason,
    leg.confirmed,
    'https://app.qbo.intuit.com/app/' || transaction_type.url_path || '?txnId=' || leg.transaction_id AS qbo_url,
    leg.realm_id || '|' || leg.transaction_type || '|' || leg.transaction_id AS transaction_key,
    leg.realm_id || '|' || coalesce(leg.account_id, '-1') AS account_key,
    leg.realm_id || '|' || coalesce(leg.customer_id, '-1') AS customer_key,
    leg.realm_id || '|' || coalesce(leg.vendor_id, '-1') AS vendor_key,
    leg.realm_id || '|' || coalesce(leg.employee_id, '-1') AS employee_key,
    leg.realm_id || '|' || coalesce(leg.item_id, '-1') AS item_key,
    leg.realm_id || '|' || coalesce(leg.class_id, '-1') AS class_key,
    leg.realm_id || '|' || coalesce(leg.department_id, '-1') AS department_key,
    leg.realm_id || '|' || coalesce(leg.currency_id, '-1') AS currency_key
FROM posting.leg
LEFT JOIN account ON account.realm_id = leg.realm_id AND account.id = leg.account_id
LEFT JOIN posting.transaction_type ON transaction_type.transaction_type = leg.transaction_type
