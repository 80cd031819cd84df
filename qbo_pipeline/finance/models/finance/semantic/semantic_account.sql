-- The chart of accounts with the order of sections, subsections and types, which is the same for every company: tools that sort one column
-- by another take one order for each name.
-- Grain: an account, and "Not specified" of each company.
-- Key: realm_id, account_id
-- Built: view
-- Source: dim_account, account_type.
-- Columns:
--   realm_id: The company.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   path: Names from the root down, with colons between.
--   account_number: Account number.
--   account_type: QuickBooks' account type.
--   type_ordinal: Order of the type in the statements.
--   account_sub_type: QuickBooks' detail type.
--   classification: 'Asset', 'Liability', 'Equity', 'Revenue' or 'Expense'.
--   statement: 'BalanceSheet' or 'ProfitAndLoss'.
--   section: Section of the statement.
--   section_ordinal: Order of the section in the statement.
--   subsection: Part of the section.
--   subsection_ordinal: Order of the part in the statement.
--   cash_flow_section: 'Operating', 'Investing', 'Financing' or 'Cash'.
--   cash_flow_ordinal: Order of that section.
--   normal_balance: The side on which the account grows: 'Debit' or 'Credit'.
--   natural_sign: 1 where debits count positive, -1 where credits do.
--   depth: How deep it lies; 1 is a root.
--   level1: Name at the first level (the root).
--   level2: Name at the second level, NULL above it.
--   level3: Name at the third level, NULL above it.
--   level4: Name at the fourth level, NULL above it.
--   level5: Name at the fifth level, NULL above it.
--   currency_id: Currency code.
--   is_receivable: A control account of receivables.
--   is_payable: A control account of payables.
--   is_cash: Cash of the cash flow statement: bank accounts and undeposited funds.
--   is_inventory: An account of stock.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
WITH sections AS (SELECT section, min(type_ordinal) AS ordinal FROM finance.account_type GROUP BY ALL),
subsections AS (SELECT subsection, min(type_ordinal) AS ordinal FROM finance.account_type GROUP BY ALL)
SELECT
    account.realm_id,
    account.account_id,
    account.account_key,
    account.name,
    account.path,
    account.account_number,
    coalesce(account.account_type, 'Not specified') AS account_type,
    coalesce(account_type.type_ordinal, 1000)::INTEGER AS type_ordinal,
    account.account_sub_type,
    coalesce(account.classification, 'Not specified') AS classification,
    coalesce(account.statement, 'Not specified') AS statement,
    coalesce(account.section, 'Not specified') AS section,
    coalesce(sections.ordinal, 1000)::INTEGER AS section_ordinal,
    coalesce(account.subsection, 'Not specified') AS subsection,
    coalesce(subsections.ordinal, 1000)::INTEGER AS subsection_ordinal,
    coalesce(account.cash_flow_section, 'Not specified') AS cash_flow_section,
    CASE account.cash_flow_section
        WHEN 'Operating' THEN 1 WHEN 'Investing' THEN 2 WHEN 'Financing' THEN 3 WHEN 'Cash' THEN 4 ELSE 1000
    END::INTEGER AS cash_flow_ordinal,
    account.normal_balance,
    account.natural_sign,
    account.depth,
    account.level1,
    account.level2,
    account.level3,
    account.level4,
    account.level5,
    account.currency_id,
    account.is_receivable,
    account.is_payable,
    account.is_cash,
    coalesce(account.account_sub_type = 'Inventory', FALSE) AS is_inventory,
    account.is_active,
    account.is_deleted
FROM finance.dim_account AS account
LEFT JOIN finance.account_type ON account_type.account_type = account.account_type
LEFT JOIN sections ON sections.section = account.section
LEFT JOIN subsections ON subsections.subsection = account.subsection
