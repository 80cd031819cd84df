-- Lines of journal entries as they were entered; accounts that were merged since are those they became.
-- Grain: a line of a journal entry.
-- Key: realm_id, transaction_id, line_number
-- Built: view
-- Source: JournalEntry; posting.merged_account.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   line_number: Number of the line, from 1.
--   doc_number: Number on the document.
--   transaction_date: Date of the transaction.
--   month: First day of the month.
--   is_adjusting: An adjusting journal entry.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_id: The class.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   department_id: The department (location).
--   department_key: Key of the department for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   customer_id: The customer or job.
--   vendor_id: The vendor.
--   employee_id: The employee.
--   currency_id: Currency code.
--   exchange_rate: Home currency for a unit of the transaction currency.
--   foreign_signed_amount: Amount, debits positive, transaction currency.
--   signed_amount: Amount, debits positive, home currency.
--   description: Description.
SELECT
    entry.realm_id,
    'JournalEntry' AS transaction_type,
    entry.id AS transaction_id,
    entry.realm_id || '|JournalEntry|' || entry.id AS transaction_key,
    line.line_number,
    entry.doc_number,
    entry.txn_date AS transaction_date,
    date_trunc('month', entry.txn_date)::DATE AS month,
    coalesce(entry.adjustment, FALSE) AS is_adjusting,
    coalesce(merged_account.surviving_id, line.account_id) AS account_id,
    entry.realm_id || '|' || coalesce(merged_account.surviving_id, line.account_id, '-1') AS account_key,
    line.class_id,
    entry.realm_id || '|' || coalesce(line.class_id, '-1') AS class_key,
    line.department_id,
    entry.realm_id || '|' || coalesce(line.department_id, '-1') AS department_key,
    CASE line.entity_type WHEN 'Customer' THEN line.entity_id END AS customer_id,
    CASE line.entity_type WHEN 'Vendor' THEN line.entity_id END AS vendor_id,
    CASE line.entity_type WHEN 'Employee' THEN line.entity_id END AS employee_id,
    entry.currency_id,
    coalesce(entry.exchange_rate, 1)::DECIMAL(28, 10) AS exchange_rate,
    (CASE line.posting_type WHEN 'Credit' THEN -line.amount ELSE line.amount END)::DECIMAL(18, 2) AS foreign_signed_amount,
    round(CASE line.posting_type WHEN 'Credit' THEN -line.amount ELSE line.amount END * coalesce(entry.exchange_rate, 1),
        2)::DECIMAL(18, 2) AS signed_amount,
    line.description
FROM quickbooks.journal_entry AS entry
INNER JOIN quickbooks.journal_entry_line AS line ON line.realm_id = entry.realm_id AND line.journal_entry_id = entry.id
LEFT JOIN posting.merged_account
    ON merged_account.realm_id = line.realm_id AND merged_account.account_id = line.account_id
WHERE NOT entry.deleted AND line.posting_type IS NOT NULL
