-- All that documents post by beside themselves: when a row of it changes, so may what they post.
-- Grain: a fact.
-- Key: realm_id, input, input_id
-- Built: inline
-- Source: the posting models of accounts, items, taxes and titles; the rates of tax codes.
-- Columns:
--   realm_id: The company.
--   input: What the fact is about; item where it only concerns the documents of one item, cost those of them that are not confirmed, kind
--     those with legs on one account.
--   input_id: Which one.
--   value: What it is.
SELECT
    item_account.realm_id, 'item' AS input, item_account.item_id AS input_id,
    concat_ws(
        '|', item_account.sales_account_id, item_account.purchase_account_id, 'stock', item_account.stock_account_id,
        'since', item_account.stocked_since,
        'became', CASE WHEN merged_item.item_id IS NOT NULL THEN coalesce(merged_item.surviving_id, '?') END
    ) AS value
FROM posting.item_account
LEFT JOIN posting.merged_item ON merged_item.realm_id = item_account.realm_id AND merged_item.item_id = item_account.item_id
WHERE item_account.item_id NOT IN ('SHIPPING_ITEM_ID', 'GRATUITY_ITEM_ID')
UNION ALL
SELECT realm_id, 'cost' AS input, item_id AS input_id, stock_cost::VARCHAR AS value
FROM posting.item_account
WHERE stock_account_id IS NOT NULL
UNION ALL
SELECT realm_id, 'shipping' AS input, item_id AS input_id, sales_account_id AS value
FROM posting.item_account
WHERE item_id = 'SHIPPING_ITEM_ID'
UNION ALL
SELECT
    realm_id, 'company' AS input, realm_id AS input_id,
    concat_ws(
        '|', home_currency_id, 'funds', undeposited_funds_id, 'exchange', exchange_gain_or_loss_id, 'discount', discount_id, 'tips', tips_id,
        'sales', sales_id, 'expense', expense_id, 'tax', tax_payable_id
    ) AS value
FROM posting.company_account
UNION ALL
SELECT realm_id, 'receivable' AS input, currency_id AS input_id, concat_ws('|', account_id, accounts) AS value
FROM posting.receivable_account
UNION ALL
SELECT realm_id, 'payable' AS input, currency_id AS input_id, concat_ws('|', account_id, accounts) AS value
FROM posting.payable_account
UNION ALL
SELECT realm_id, 'tax' AS input, tax_rate_id || '|' || side AS input_id, account_id AS value
FROM posting.tax_rate_account
UNION ALL
SELECT realm_id, 'title' AS input, title AS input_id, transaction_type AS value
FROM posting.transaction_title
UNION ALL
SELECT realm_id, 'account' AS input, account_id AS input_id, concat_ws('|', control, stock, tax, exchange) AS value
FROM posting.account_use
WHERE control OR stock OR tax OR exchange
UNION ALL
SELECT realm_id, 'kind' AS input, account_id AS input_id, kind AS value
FROM posting.account_use
UNION ALL
SELECT DISTINCT realm_id, 'tax_code' AS input, tax_code_id || '|' || tax_rate_id || '|' || side AS input_id, NULL AS value
FROM (
    SELECT realm_id, tax_code_id, tax_rate_id, 'sales' AS side
    FROM quickbooks.tax_code_sales_tax_rate
    UNION ALL
    SELECT realm_id, tax_code_id, tax_rate_id, 'purchases' AS side
    FROM quickbooks.tax_code_purchase_tax_rate
)
UNION ALL
SELECT realm_id, 'merged' AS input, account_id AS input_id, surviving_id AS value
FROM posting.merged_account
