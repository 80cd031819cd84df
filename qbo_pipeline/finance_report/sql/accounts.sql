-- The chart of accounts of a company, in the order of the statements.
SELECT
    account_id, path, coalesce(account_type, '') AS account_type, ordinal,
    coalesce(cash_flow_section, '') AS cash_flow_section, is_retained_earnings
FROM finance.dim_account
WHERE realm_id = $realm_id
ORDER BY ordinal
