-- What customers owe and what vendors are owed, document by document, is the balance of the accounts of receivables and
-- payables at the same day. Amounts are at the rate of each document: unrealized gains are in neither.
-- Invariant: 11
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.ar_aging
-- Cost: one pass over the agings, and over the legs of the control accounts.
-- Source: the agings, the ledger.
-- Remedy: a payment is applied to a document that is not in the warehouse, or a journal entry on the account names nobody.
-- Columns:
--   realm_id: The company.
--   side: receivable or payable.
--   as_of: The day.
--   open_items: Sum of what is open.
--   control_account: Balance of the control accounts.
--   difference: Open items less control accounts.
WITH open_item AS (
    SELECT realm_id, 'receivable' AS side, as_of, sum(open_balance) AS amount
    FROM finance.ar_aging
    GROUP BY realm_id, as_of
    UNION ALL
    SELECT realm_id, 'payable' AS side, as_of, sum(open_balance) AS amount
    FROM finance.ap_aging
    GROUP BY realm_id, as_of
),

control_day AS (
    SELECT
        leg.realm_id,
        CASE account.account_type WHEN 'Accounts Receivable' THEN 'receivable' ELSE 'payable' END AS side,
        leg.transaction_date,
        sum(
            CASE account.account_type
                WHEN 'Accounts Receivable' THEN leg.debit - leg.credit
                ELSE leg.credit - leg.debit
            END
        ) AS amount
    FROM posting.leg AS leg
    INNER JOIN quickbooks.account AS account
        ON account.realm_id = leg.realm_id AND account.id = leg.account_id
    WHERE leg.basis = 'Accrual' AND account.account_type IN ('Accounts Receivable', 'Accounts Payable')
    GROUP BY leg.realm_id, side, leg.transaction_date
),

control_account AS (
    SELECT
        realm_id,
        side,
        transaction_date,
        sum(amount) OVER (PARTITION BY realm_id, side ORDER BY transaction_date) AS balance
    FROM control_day
),

day AS (
    SELECT DISTINCT sides.realm_id, sides.side, days.as_of
    FROM (SELECT DISTINCT realm_id, side FROM control_day) AS sides
    INNER JOIN (SELECT DISTINCT realm_id, as_of FROM open_item) AS days ON days.realm_id = sides.realm_id
    UNION
    SELECT realm_id, side, as_of
    FROM open_item
),

compared AS (
    SELECT
        day.realm_id,
        day.side,
        day.as_of,
        coalesce(open_item.amount, 0) AS open_items,
        coalesce(control_account.balance, 0) AS control_account
    FROM day
    LEFT JOIN open_item
        ON open_item.realm_id = day.realm_id AND open_item.side = day.side AND open_item.as_of = day.as_of
    ASOF LEFT JOIN control_account
        ON control_account.realm_id = day.realm_id
        AND control_account.side = day.side
        AND control_account.transaction_date <= day.as_of
)

SELECT
    realm_id,
    side,
    as_of,
    open_items,
    control_account,
    open_items - control_account AS difference
FROM compared
WHERE abs(open_items - control_account) > $tolerance
