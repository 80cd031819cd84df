-- A deposit brings the bank the sum of its lines, less the cash taken back.
-- Invariant: 12
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Cost: one pass over the deposits and their lines.
-- Source: quickbooks.deposit and quickbooks.deposit_line.
-- Remedy: load the deposit again (qbo-pipeline sync); the lines in the warehouse are not those of its total.
-- Columns:
--   realm_id: The company.
--   transaction_id: QuickBooks' id of the deposit.
--   transaction_date: Its date.
--   total: Its amount.
--   lines: Sum of its lines.
--   cash_back: Cash taken back.
--   difference: Total less lines and cash back.
WITH deposited AS (
    SELECT realm_id, deposit_id, sum(amount) AS lines
    FROM quickbooks.deposit_line
    GROUP BY realm_id, deposit_id
),

deposit AS (
    SELECT
        deposit.realm_id,
        deposit.id AS transaction_id,
        deposit.txn_date AS transaction_date,
        coalesce(deposit.total_amt, 0) AS total,
        coalesce(deposited.lines, 0) + coalesce(deposit.total_tax, 0) AS lines,
        coalesce(deposit.cash_back_amount, 0) AS cash_back
    FROM quickbooks.deposit AS deposit
    LEFT JOIN deposited ON deposited.realm_id = deposit.realm_id AND deposited.deposit_id = deposit.id
    WHERE NOT deposit.deleted
)

SELECT
    realm_id,
    transaction_id,
    transaction_date,
    total,
    lines,
    cash_back,
    total - lines + cash_back AS difference
FROM deposit
WHERE abs(total - lines + cash_back) > $tolerance
