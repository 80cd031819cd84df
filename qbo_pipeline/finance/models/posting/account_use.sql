-- What an account is used for, where that tells why a report differs from a document.
-- Grain: an account.
-- Key: realm_id, account_id
-- Built: table
-- Source: the chart of accounts, items, posting.tax_account, posting.merged_account.
-- Columns:
--   realm_id: The company.
--   account_id: The account.
--   control: Receivable or payable.
--   stock: Inventory or the cost of what was sold from it: only QuickBooks knows its cost.
--   tax: What is owed to tax agencies.
--   balance_sheet: Asset, liability or equity.
--   exchange: Realized exchange differences.
--   kind: Its currency, type, sub-type and classification: on which statement it is, and whether it is cash.
WITH named_by_item AS (
    SELECT realm_id, asset_account_id AS account_id
    FROM quickbooks.item
    WHERE type IN ('Inventory', 'Assembly')
    UNION
    SELECT realm_id, expense_account_id
    FROM quickbooks.item
    WHERE type IN ('Inventory', 'Assembly')
),
-- Items may still name accounts that were merged into others.
stock_account AS (
    SELECT DISTINCT named_by_item.realm_id, coalesce(merged_account.surviving_id, named_by_item.account_id) AS account_id
    FROM named_by_item
    LEFT JOIN posting.merged_account
        ON merged_account.realm_id = named_by_item.realm_id AND merged_account.account_id = named_by_item.account_id
),
tax_account AS (
    SELECT DISTINCT realm_id, account_id
    FROM posting.tax_account
)
SELECT
    account.realm_id,
    account.id AS account_id,
    account.account_type IN ('Accounts Receivable', 'Accounts Payable') AS control,
    stock_account.account_id IS NOT NULL OR account.account_type = 'Cost of Goods Sold' OR coalesce(account.account_sub_type = 'Inventory', false) AS stock,
    tax_account.account_id IS NOT NULL
    OR coalesce(account.account_sub_type IN ('GlobalTaxPayable', 'GlobalTaxSuspense', 'SalesTaxPayable'), false)
    OR coalesce(account.tax_account, false) AS tax,
    coalesce(account.classification IN ('Asset', 'Liability', 'Equity'), false) AS balance_sheet,
    coalesce(account.account_sub_type = 'ExchangeGainOrLoss', false) AS exchange,
    concat_ws(
        '|', coalesce(account.currency_id, '-'), coalesce(account.account_type, '-'), coalesce(account.account_sub_type, '-'),
        coalesce(account.classification, '-')
    ) AS kind
FROM quickbooks.account
LEFT JOIN stock_account ON stock_account.realm_id = account.realm_id AND stock_account.account_id = account.id
LEFT JOIN tax_account ON tax_account.realm_id = account.realm_id AND tax_account.account_id = account.id
