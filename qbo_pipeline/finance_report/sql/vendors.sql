-- Costs of some days by vendor, as booked to cost of goods sold and expenses; most first.
SELECT
    dim_vendor.name,
    sum(general_ledger.signed_amount)::DECIMAL(18, 2) AS amount
FROM finance.general_ledger
INNER JOIN finance.dim_vendor
    ON dim_vendor.realm_id = general_ledger.realm_id AND dim_vendor.vendor_id = general_ledger.vendor_id
INNER JOIN finance.dim_account
    ON dim_account.realm_id = general_ledger.realm_id AND dim_account.account_id = general_ledger.account_id
WHERE
    general_ledger.realm_id = $realm_id AND general_ledger.basis = $basis
    AND general_ledger.transaction_date BETWEEN $first AND $last
    AND dim_account.account_type NOT IN ('Accounts Payable', 'Bank', 'Credit Card')
GROUP BY ALL
HAVING amount <> 0
ORDER BY amount DESC, name
