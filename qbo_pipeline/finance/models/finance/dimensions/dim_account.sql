-- The chart of accounts with levels, place and order in the statements. Accounts that are inactive or deleted stay, and those that only
-- QuickBooks' reports know are there.
-- Grain: an account, and "Not specified" of each company.
-- Key: realm_id, account_id
-- Built: table
-- Source: Account, uncharted_account.
-- Columns:
--   realm_id: The company.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   path: Names from the root down, with colons between.
--   account_number: Account number.
--   account_type: QuickBooks' account type.
--   account_sub_type: QuickBooks' detail type.
--   classification: 'Asset', 'Liability', 'Equity', 'Revenue' or 'Expense'.
--   statement: 'BalanceSheet' or 'ProfitAndLoss'.
--   section: Section of the statement.
--   subsection: Part of the section.
--   normal_balance: The side on which the account grows: 'Debit' or 'Credit'.
--   natural_sign: 1 where debits count positive, -1 where credits do.
--   ordinal: Order in the statement.
--   cash_flow_section: 'Operating', 'Investing', 'Financing' or 'Cash'.
--   parent_account_id: Parent account.
--   root_account_id: Topmost parent account.
--   depth: How deep it lies; 1 is a root.
--   id_path: Ids from the root down, with bars between.
--   level1: Name at the first level (the root).
--   level2: Name at the second level, NULL above it.
--   level3: Name at the third level, NULL above it.
--   level4: Name at the fourth level, NULL above it.
--   level5: Name at the fifth level, NULL above it.
--   currency_id: Currency code.
--   is_receivable: A control account of receivables.
--   is_payable: A control account of payables.
--   is_undeposited_funds: Holds payments that wait for their deposit.
--   is_retained_earnings: The account that prior years are rolled into.
--   is_cash: Cash of the cash flow statement: bank accounts and undeposited funds.
--   takes_purchases: What is spent on it buys something; not so liabilities, equity, cash and receivables, where a check for a card, a
--     loan or the balance of a vendor pays off what is owed.
--   current_balance: Balance today as QuickBooks' account shows it, in the account's currency and sign.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
--   is_charted: Is in QuickBooks' list of accounts; others are known from reports alone.
WITH listed AS (
    SELECT
        realm_id, id, coalesce(name, 'Account ' || id) AS name, fully_qualified_name, acct_num, account_type, account_sub_type,
            parent_id, currency_id,
        current_balance, coalesce(active, FALSE) AND NOT deleted AS is_active, deleted AS is_deleted, TRUE AS is_charted
    FROM quickbooks.account
    UNION ALL
    SELECT realm_id, account_id, name, name, NULL, account_type, NULL, NULL, NULL, NULL, TRUE, FALSE, FALSE
    FROM finance.uncharted_account
),
charted AS (
    SELECT
        account.realm_id, account.id AS account_id, account.name,
        coalesce(hierarchy.path, account.fully_qualified_name, account.name) AS path,
        account.acct_num AS account_number, account.account_type, account.account_sub_type,
        account_type.classification, account_type.statement, account_type.section, account_type.subsection,
        account_type.normal_balance, account_type.type_ordinal,
        CASE
            WHEN account.account_sub_type = 'UndepositedFunds' THEN 'Cash'
            WHEN account.account_sub_type IN ('AccumulatedDepreciation', 'AccumulatedAmortization', 'AccumulatedDepletion',
                'AccumulatedAmortizationOfOtherAssets', 'CumulativeDepreciationOnIntangibleAssets') THEN 'Operating'
            ELSE account_type.cash_flow_section
        END AS cash_flow_section,
        account.parent_id AS parent_account_id, coalesce(hierarchy.root_id, account.id) AS root_account_id,
            coalesce(hierarchy.depth, 1) AS depth, coalesce(hierarchy.id_path, account.id) AS id_path,
        coalesce(hierarchy.sort_path, lower(account.name)) AS sort_path, coalesce(hierarchy.level1, account.name) AS level1,
            hierarchy.level2, hierarchy.level3, hierarchy.level4, hierarchy.level5,
        account.currency_id, account.current_balance, account.is_active, account.is_deleted, account.is_charted
    FROM listed AS account
    LEFT JOIN finance.account_type ON account_type.account_type = account.account_type
    LEFT JOIN finance.hierarchy
        ON hierarchy.realm_id = account.realm_id AND hierarchy.list = 'account' AND hierarchy.id = account.id
)
SELECT
    realm_id,
    account_id,
    realm_id || '|' || account_id AS account_key,
    name,
    path,
    account_number,
    account_type,
    account_sub_type,
    classification,
    statement,
    section,
    subsection,
    normal_balance,
    CASE normal_balance WHEN 'Debit' THEN 1 WHEN 'Credit' THEN -1 END AS natural_sign,
    row_number() OVER (
        PARTITION BY realm_id ORDER BY type_ordinal NULLS LAST, sort_path, length(account_id), account_id
    )::INTEGER AS ordinal,
    cash_flow_section,
    parent_account_id,
    root_account_id,
    depth,
    id_path,
    level1,
    level2,
    level3,
    level4,
    level5,
    currency_id,
    coalesce(account_type = 'Accounts Receivable', FALSE) AS is_receivable,
    coalesce(account_type = 'Accounts Payable', FALSE) AS is_payable,
    coalesce(account_sub_type = 'UndepositedFunds', FALSE) AS is_undeposited_funds,
    coalesce(account_sub_type = 'RetainedEarnings', FALSE) AS is_retained_earnings,
    coalesce(cash_flow_section = 'Cash', FALSE) AS is_cash,
    NOT coalesce(
        classification IN ('Liability', 'Equity') OR cash_flow_section = 'Cash' OR account_type = 'Accounts Receivable', FALSE
    ) AS takes_purchases,
    current_balance::DECIMAL(18, 2) AS current_balance,
    is_active,
    is_deleted,
    is_charted
FROM charted
UNION ALL
SELECT
    realm_id, '-1', realm_id || '|-1', 'Not specified', 'Not specified', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        0, NULL,
    NULL, '-1', 1, '-1', 'Not specified', NULL, NULL, NULL, NULL, NULL, FALSE, FALSE, FALSE, FALSE, FALSE, TRUE, NULL, FALSE, FALSE,
        TRUE
FROM finance.dim_company
