-- What each of QuickBooks' account types means: its statement, its place there, its normal balance and its section of the cash flow.
-- Grain: an account type.
-- Key: account_type
-- Built: view
-- Source: the account types of QuickBooks' API, which are the same in every language; the order of its statements.
-- Columns:
--   account_type: QuickBooks' account type.
--   statement: 'BalanceSheet' or 'ProfitAndLoss'.
--   classification: 'Asset', 'Liability', 'Equity', 'Revenue' or 'Expense'.
--   section: Section of the statement.
--   subsection: Part of the section.
--   normal_balance: The side on which the account grows: 'Debit' or 'Credit'.
--   type_ordinal: Order of the account types in the statements.
--   cash_flow_section: 'Operating', 'Investing', 'Financing' or 'Cash'.
SELECT account_type, statement, classification, section, subsection, normal_balance, type_ordinal, cash_flow_section
FROM (
    VALUES
    ('Bank', 'BalanceSheet', 'Asset', 'Assets', 'Bank Accounts', 'Debit', 10, 'Cash'),
    ('Accounts Receivable', 'BalanceSheet', 'Asset', 'Assets', 'Accounts Receivable', 'Debit', 20, 'Operating'),
    ('Other Current Asset', 'BalanceSheet', 'Asset', 'Assets', 'Other Current Assets', 'Debit', 30, 'Operating'),
    ('Fixed Asset', 'BalanceSheet', 'Asset', 'Assets', 'Fixed Assets', 'Debit', 40, 'Investing'),
    ('Other Asset', 'BalanceSheet', 'Asset', 'Assets', 'Other Assets', 'Debit', 50, 'Investing'),
    ('Accounts Payable', 'BalanceSheet', 'Liability', 'Liabilities', 'Accounts Payable', 'Credit', 60, 'Operating'),
    ('Credit Card', 'BalanceSheet', 'Liability', 'Liabilities', 'Credit Cards', 'Credit', 70, 'Operating'),
    ('Other Current Liability', 'BalanceSheet', 'Liability', 'Liabilities', 'Other Current Liabilities', 'Credit', 80,
        'Operating'),
    ('Long Term Liability', 'BalanceSheet', 'Liability', 'Liabilities', 'Long-Term Liabilities', 'Credit', 90, 'Financing'),
    ('Equity', 'BalanceSheet', 'Equity', 'Equity', 'Equity', 'Credit', 100, 'Financing'),
    ('Income', 'ProfitAndLoss', 'Revenue', 'Income', 'Income', 'Credit', 110, 'Operating'),
    ('Cost of Goods Sold', 'ProfitAndLoss', 'Expense', 'Cost of Goods Sold', 'Cost of Goods Sold', 'Debit', 120, 'Operating'),
    ('Expense', 'ProfitAndLoss', 'Expense', 'Expense', 'Expense', 'Debit', 130, 'Operating'),
    ('Other Income', 'ProfitAndLoss', 'Revenue', 'Other Income', 'Other Income', 'Credit', 140, 'Operating'),
    ('Other Expense', 'ProfitAndLoss', 'Expense', 'Other Expense', 'Other Expense', 'Debit', 150, 'Operating'),
    ('Non-Posting', 'NonPosting', 'NonPosting', 'Non-Posting', 'Non-Posting', 'Debit', 900, 'None')
) AS types (account_type, statement, classification, section, subsection, normal_balance, type_ordinal, cash_flow_section)
