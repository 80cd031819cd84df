-- The value of stock in QuickBooks' inventory valuation is the balance of the accounts of its items at the same day.
-- Invariant: 21
-- Severity: warn
-- Blocking: no
-- Tolerance: 0.01
-- On: finance.account_balance_month
-- Cost: the legs of the accounts of inventory.
-- Source: reports.inventory_valuation and the accrual ledger.
-- Remedy: something was posted to the account that names no item; see its legs in finance.general_ledger.
-- Columns:
--   realm_id: The company.
--   as_of: The day.
--   quickbooks: Value as the valuation shows it.
--   ours: Balance of the accounts.
--   difference: Ours less QuickBooks'.
WITH valued AS (
    SELECT realm_id, as_of, sum(asset_value) AS value
    FROM reports.inventory_valuation
    SEMI JOIN (SELECT * FROM finance.pulled_day WHERE report = 'InventoryValuationSummary') AS holding
        ON holding.realm_id = inventory_valuation.realm_id AND holding.as_of = inventory_valuation.as_of
    GROUP BY realm_id, as_of
),

asset_account AS (
    SELECT DISTINCT item.realm_id, coalesce(merged_account.surviving_id, item.asset_account_id) AS account_id
    FROM quickbooks.item AS item
    LEFT JOIN posting.merged_account AS merged_account
        ON merged_account.realm_id = item.realm_id AND merged_account.account_id = item.asset_account_id
    WHERE item.type = 'Inventory' AND item.asset_account_id IS NOT NULL
),

posted AS (
    SELECT leg.realm_id, leg.transaction_date, sum(leg.debit - leg.credit) AS amount
    FROM posting.leg AS leg
    INNER JOIN asset_account AS account
        ON account.realm_id = leg.realm_id AND account.account_id = leg.account_id
    WHERE leg.basis = 'Accrual'
    GROUP BY leg.realm_id, leg.transaction_date
),

compared AS (
    SELECT valued.realm_id, valued.as_of, valued.value AS quickbooks, coalesce(sum(posted.amount), 0) AS ours
    FROM valued
    LEFT JOIN posted ON posted.realm_id = valued.realm_id AND posted.transaction_date <= valued.as_of
    GROUP BY valued.realm_id, valued.as_of, valued.value
)

SELECT
    realm_id,
    as_of,
    quickbooks,
    ours,
    ours - quickbooks AS difference
FROM compared
WHERE abs(ours - quickbooks) > $tolerance
