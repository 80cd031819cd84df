-- Accounts that QuickBooks keeps for itself and documents do not name, found by what they are, never by name.
-- Grain: a company.
-- Key: realm_id
-- Built: table
-- Source: the chart of accounts, the preferences.
-- Columns:
--   realm_id: The company.
--   home_currency_id: The currency of the books; '-' where QuickBooks does not say.
--   undeposited_funds_id: Receipts without a bank account wait here.
--   exchange_gain_or_loss_id: Realized exchange differences.
--   discount_id: Discounts given, where a discount line names no account.
--   shipping_id: Shipping, where the line names no account; NULL where QuickBooks does not say.
--   tips_id: Tips on sales forms: a liability where they are the staff's, else income.
--   sales_id: Sales of lines that name neither an account nor an item with one.
--   expense_id: Expenses of lines that name neither an account nor an item with one.
--   tax_payable_id: Tax whose agency has no account of its own.
WITH account AS (
    SELECT
        realm_id,
        id,
        account_type,
        account_sub_type,
        (deleted, NOT coalesce(active, true), length(id), id) AS preference
    FROM quickbooks.account
),
found AS (
    SELECT
        realm_id,
        list(id) AS ids,
        min_by(id, preference) FILTER (account_sub_type = 'UndepositedFunds') AS undeposited_funds_id,
        min_by(id, preference) FILTER (account_sub_type = 'ExchangeGainOrLoss') AS exchange_gain_or_loss_id,
        min_by(id, preference) FILTER (account_sub_type = 'DiscountsRefundsGiven') AS discount_id,
        min_by(id, preference) FILTER (account_sub_type = 'UndistributedTips') AS tips_id,
        min_by(id, preference) FILTER (account_sub_type IN ('SalesOfProductIncome', 'ServiceFeeIncome')) AS sales_id,
        min_by(id, preference) FILTER (account_type = 'Income') AS income_id,
        min_by(id, preference) FILTER (account_type = 'Expense') AS expense_id,
        min_by(id, preference) FILTER (account_sub_type IN ('GlobalTaxPayable', 'SalesTaxPayable')) AS tax_payable_id
    FROM account
    GROUP BY realm_id
),
preferred AS (
    SELECT realm_id, min(value) FILTER (name = 'SalesFormsPrefs.GratuityAccount') AS tips_account
    FROM quickbooks.preferences_other
    GROUP BY realm_id
)
SELECT
    found.realm_id,
    coalesce(preferences.home_currency_id, '-') AS home_currency_id,
    found.undeposited_funds_id,
    found.exchange_gain_or_loss_id,
    coalesce(
        CASE WHEN list_contains(found.ids, preferences.sales_default_discount_account) THEN preferences.sales_default_discount_account END,
        found.discount_id,
        found.income_id
    ) AS discount_id,
    CASE WHEN list_contains(found.ids, preferences.sales_default_shipping_account) THEN preferences.sales_default_shipping_account END AS shipping_id,
    coalesce(
        CASE WHEN list_contains(found.ids, preferred.tips_account) THEN preferred.tips_account END,
        found.tips_id,
        found.sales_id,
        found.income_id
    ) AS tips_id,
    coalesce(found.sales_id, found.income_id) AS sales_id,
    found.expense_id,
    found.tax_payable_id
FROM found
LEFT JOIN quickbooks.preferences ON preferences.realm_id = found.realm_id
LEFT JOIN preferred ON preferred.realm_id = found.realm_id
