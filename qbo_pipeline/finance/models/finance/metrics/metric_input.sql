-- What metrics are made of, month by month up to today: figures of the statements and control accounts, home currency, accrual basis.
-- Grain: a month.
-- Key: realm_id, month
-- Built: table
-- Source: fct_account_balance_month, account_balance_month.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   fiscal_year: Fiscal year, named after the calendar year it ends in.
--   as_of: The day.
--   days: Days of the month, up to today.
--   income: Income.
--   cost_of_goods_sold: Cost of goods sold.
--   expense: Expense.
--   other_income: Other income.
--   other_expense: Other expense.
--   net_income: Net income of the month.
--   charged: Debits to receivables accounts: what customers were charged.
--   collected: Credits to receivables accounts.
--   purchased: Credits to payables accounts: what was bought on credit.
--   cash_change: Change of cash.
--   cash: Cash at the end of the month.
--   receivables: Receivables at the end of the month.
--   payables: Payables at the end of the month.
--   inventory: Stock at the end of the month.
--   current_assets: Bank accounts, receivables and other current assets.
--   current_liabilities: Payables, credit cards and other current liabilities.
WITH months AS (
    SELECT
        company_month.realm_id, company_month.month, company_month.fiscal_year, least(company_month.month_end,
            dim_company.as_of_date) AS as_of,
        (least(company_month.month_end, dim_company.as_of_date) - company_month.month + 1)::INTEGER AS days
    FROM finance.company_month
    INNER JOIN finance.dim_company ON dim_company.realm_id = company_month.realm_id
    WHERE company_month.basis = 'Accrual' AND company_month.month <= dim_company.as_of_date
),
activity AS (
    SELECT
        moves.realm_id, moves.month,
        sum(-moves.net) FILTER (dim_account.section = 'Income') AS income,
        sum(moves.net) FILTER (dim_account.section = 'Cost of Goods Sold') AS cost_of_goods_sold,
        sum(moves.net) FILTER (dim_account.section = 'Expense') AS expense,
        sum(-moves.net) FILTER (dim_account.section = 'Other Income') AS other_income,
        sum(moves.net) FILTER (dim_account.section = 'Other Expense') AS other_expense,
        sum(-moves.net) FILTER (dim_account.statement = 'ProfitAndLoss') AS net_income,
        sum(moves.debit) FILTER (dim_account.is_receivable) AS charged,
        sum(moves.credit) FILTER (dim_account.is_receivable) AS collected,
        sum(moves.credit) FILTER (dim_account.is_payable) AS purchased,
        sum(moves.net) FILTER (dim_account.is_cash) AS cash_change
    FROM finance.fct_account_balance_month AS moves
    INNER JOIN finance.dim_account ON dim_account.realm_id = moves.realm_id AND dim_account.account_id = moves.account_id
    WHERE moves.basis = 'Accrual'
    GROUP BY ALL
),
balances AS (
    SELECT
        balance.realm_id, balance.month,
        sum(balance.closing_balance) FILTER (dim_account.is_cash) AS cash,
        sum(balance.closing_balance) FILTER (dim_account.is_receivable) AS receivables,
        sum(-balance.closing_balance) FILTER (dim_account.is_payable) AS payables,
        sum(balance.closing_balance) FILTER (dim_account.account_sub_type = 'Inventory') AS inventory,
        sum(balance.closing_balance) FILTER (dim_account.account_type IN ('Bank', 'Accounts Receivable',
            'Other Current Asset')) AS current_assets,
        sum(-balance.closing_balance) FILTER (dim_account.account_type IN ('Accounts Payable', 'Credit Card',
            'Other Current Liability')) AS current_liabilities
    FROM finance.account_balance_month AS balance
    INNER JOIN finance.dim_account ON dim_account.realm_id = balance.realm_id AND dim_account.account_id = balance.account_id
    WHERE balance.basis = 'Accrual'
    GROUP BY ALL
)
SELECT
    months.realm_id,
    months.month,
    months.fiscal_year,
    months.as_of,
    months.days,
    coalesce(activity.income, 0)::DECIMAL(18, 2) AS income,
    coalesce(activity.cost_of_goods_sold, 0)::DECIMAL(18, 2) AS cost_of_goods_sold,
    coalesce(activity.expense, 0)::DECIMAL(18, 2) AS expense,
    coalesce(activity.other_income, 0)::DECIMAL(18, 2) AS other_income,
    coalesce(activity.other_expense, 0)::DECIMAL(18, 2) AS other_expense,
    coalesce(activity.net_income, 0)::DECIMAL(18, 2) AS net_income,
    coalesce(activity.charged, 0)::DECIMAL(18, 2) AS charged,
    coalesce(activity.collected, 0)::DECIMAL(18, 2) AS collected,
    coalesce(activity.purchased, 0)::DECIMAL(18, 2) AS purchased,
    coalesce(activity.cash_change, 0)::DECIMAL(18, 2) AS cash_change,
    coalesce(balances.cash, 0)::DECIMAL(18, 2) AS cash,
    coalesce(balances.receivables, 0)::DECIMAL(18, 2) AS receivables,
    coalesce(balances.payables, 0)::DECIMAL(18, 2) AS payables,
    coalesce(balances.inventory, 0)::DECIMAL(18, 2) AS inventory,
    coalesce(balances.current_assets, 0)::DECIMAL(18, 2) AS current_assets,
    coalesce(balances.current_liabilities, 0)::DECIMAL(18, 2) AS current_liabilities
FROM months
LEFT JOIN activity ON activity.realm_id = months.realm_id AND activity.month = months.month
LEFT JOIN balances ON balances.realm_id = months.realm_id AND balances.month = months.month
