-- What was bought of each vendor in some days, as booked to costs and to what is owned; most first.
WITH bought AS (
    SELECT dim_vendor.name AS vendor, sum(general_ledger.signed_amount)::DECIMAL(18, 2) AS amount
    FROM finance.general_ledger
    INNER JOIN finance.dim_vendor
        ON dim_vendor.realm_id = general_ledger.realm_id AND dim_vendor.vendor_id = general_ledger.vendor_id
    INNER JOIN finance.dim_account
        ON dim_account.realm_id = general_ledger.realm_id AND dim_account.account_id = general_ledger.account_id
    WHERE
        general_ledger.realm_id = $realm_id AND general_ledger.basis = $basis
        AND general_ledger.transaction_date BETWEEN $first AND $last
        AND dim_account.takes_purchases AND dim_account.classification <> 'Revenue'
    GROUP BY ALL
)
SELECT vendor, amount
FROM bought
WHERE amount <> 0
ORDER BY amount DESC, vendor
