-- A deposit takes from undeposited funds what its receipts put there, so that what is left is the receipts that are on
-- no deposit yet.
-- Invariant: 13
-- Severity: warn
-- Blocking: no
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Cost: the legs of one account and the lines of deposits.
-- Source: the accrual ledger and quickbooks.deposit_line_linked_txn.
-- Remedy: look at the deposit in QuickBooks: a receipt is on two deposits, or was changed after it was deposited.
-- Columns:
--   realm_id: The company.
--   transaction_id: QuickBooks' id of the deposit.
--   transaction_date: Its date.
--   received: What its receipts put into undeposited funds.
--   deposited: What the deposit took from there.
--   difference: Received less deposited.
WITH undeposited_leg AS (
    SELECT
        leg.realm_id,
        leg.transaction_type,
        leg.transaction_id,
        min(leg.transaction_date) AS transaction_date,
        sum(leg.debit - leg.credit) AS amount
    FROM posting.leg AS leg
    INNER JOIN quickbooks.account AS account
        ON account.realm_id = leg.realm_id AND account.id = leg.account_id
    WHERE leg.basis = 'Accrual' AND account.account_sub_type = 'UndepositedFunds'
    GROUP BY leg.realm_id, leg.transaction_type, leg.transaction_id
),

deposited_receipt AS (
    SELECT DISTINCT link.realm_id, link.deposit_id, link.txn_type, link.txn_id
    FROM quickbooks.deposit_line_linked_txn AS link
    INNER JOIN quickbooks.deposit AS deposit
        ON deposit.realm_id = link.realm_id AND deposit.id = link.deposit_id AND NOT deposit.deleted
),

received AS (
    SELECT receipt.realm_id, receipt.deposit_id, sum(leg.amount) AS amount
    FROM deposited_receipt AS receipt
    INNER JOIN undeposited_leg AS leg
        ON leg.realm_id = receipt.realm_id
        AND leg.transaction_type = receipt.txn_type
        AND leg.transaction_id = receipt.txn_id
    GROUP BY receipt.realm_id, receipt.deposit_id
),

deposit AS (
    SELECT realm_id, transaction_id, transaction_date, amount
    FROM undeposited_leg
    WHERE transaction_type = 'Deposit'
)

SELECT
    coalesce(deposit.realm_id, received.realm_id) AS realm_id,
    coalesce(deposit.transaction_id, received.deposit_id) AS transaction_id,
    deposit.transaction_date,
    coalesce(received.amount, 0) AS received,
    -coalesce(deposit.amount, 0) AS deposited,
    coalesce(received.amount, 0) + coalesce(deposit.amount, 0) AS difference
FROM deposit
FULL JOIN received ON received.realm_id = deposit.realm_id AND received.deposit_id = deposit.transaction_id
WHERE abs(coalesce(received.amount, 0) + coalesce(deposit.amount, 0)) > $tolerance
