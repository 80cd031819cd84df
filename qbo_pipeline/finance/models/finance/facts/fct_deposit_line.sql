-- What deposits are made of: payments and receipts that waited in undeposited funds, other money, and cash taken back (negative).
-- Grain: a line of a deposit; line 0 is the cash taken back.
-- Key: realm_id, transaction_id, line_number
-- Built: view
-- Source: Deposit; posting.company_account, posting.merged_account.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   line_number: Number of the line, from 1.
--   transaction_date: Date of the transaction.
--   deposit_to_account_id: Account it was deposited to.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   linked_type: Type of what was deposited.
--   linked_id: Id of what was deposited.
--   customer_id: The customer or job.
--   vendor_id: The vendor.
--   payment_method_id: Payment method.
--   currency_id: Currency code.
--   exchange_rate: Home currency for a unit of the transaction currency.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
--   description: Description.
WITH links AS (
    SELECT realm_id, deposit_id, line_number, min(txn_type) AS linked_type,
        min(txn_id) AS linked_id FROM quickbooks.deposit_line_linked_txn GROUP BY ALL
),
lines AS (
    SELECT line.realm_id, line.deposit_id, line.line_number,
        coalesce(line.account_id, company_account.undeposited_funds_id) AS account_id,
        line.amount, links.linked_type, links.linked_id,
        line.entity_type, line.entity_id, line.payment_method_id, line.description
    FROM quickbooks.deposit_line AS line
    LEFT JOIN links ON links.realm_id = line.realm_id AND links.deposit_id = line.deposit_id
        AND links.line_number = line.line_number
    LEFT JOIN posting.company_account ON company_account.realm_id = line.realm_id
    UNION ALL
    SELECT realm_id, id, 0, cash_back_account_id, -cash_back_amount, NULL, NULL, NULL, NULL, NULL, cash_back_memo
    FROM quickbooks.deposit
    WHERE cash_back_amount <> 0
)
SELECT
    deposit.realm_id,
    'Deposit' AS transaction_type,
    deposit.id AS transaction_id,
    deposit.realm_id || '|Deposit|' || deposit.id AS transaction_key,
    lines.line_number,
    deposit.txn_date AS transaction_date,
    coalesce(merged_bank.surviving_id, deposit.deposit_to_account_id) AS deposit_to_account_id,
    coalesce(merged_account.surviving_id, lines.account_id) AS account_id,
    deposit.realm_id || '|' || coalesce(merged_account.surviving_id, lines.account_id, '-1') AS account_key,
    lines.linked_type,
    lines.linked_id,
    CASE upper(lines.entity_type) WHEN 'CUSTOMER' THEN lines.entity_id END AS customer_id,
    CASE upper(lines.entity_type) WHEN 'VENDOR' THEN lines.entity_id END AS vendor_id,
    lines.payment_method_id,
    deposit.currency_id,
    coalesce(deposit.exchange_rate, 1)::DECIMAL(28, 10) AS exchange_rate,
    lines.amount::DECIMAL(18, 2) AS foreign_amount,
    round(lines.amount * coalesce(deposit.exchange_rate, 1), 2)::DECIMAL(18, 2) AS amount,
    lines.description
FROM quickbooks.deposit
INNER JOIN lines ON lines.realm_id = deposit.realm_id AND lines.deposit_id = deposit.id
LEFT JOIN posting.merged_account
    ON merged_account.realm_id = lines.realm_id AND merged_account.account_id = lines.account_id
LEFT JOIN posting.merged_account AS merged_bank
    ON merged_bank.realm_id = deposit.realm_id AND merged_bank.account_id = deposit.deposit_to_account_id
WHERE NOT deposit.deleted
