-- The posting legs of some days, newest first, so that a page too small for all has the newest.
SELECT transaction_type, transaction_id, transaction_date, coalesce(account_id, '-1') AS account_id, signed_amount,
    coalesce(memo, '') AS memo
FROM finance.general_ledger
WHERE
    realm_id = $realm_id AND basis = $basis AND transaction_date BETWEEN $first AND $last AND signed_amount <> 0
ORDER BY transaction_date DESC, transaction_type, transaction_id, leg_number
LIMIT $most
