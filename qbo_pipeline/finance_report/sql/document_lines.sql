-- Lines of the documents that have legs in some days, or are open on the last of them, in the document's currency and
-- with its sign: what a credit memo gives is positive there, as it is on paper.
WITH shown AS (
    SELECT transaction_type, transaction_id
    FROM finance.general_ledger
    WHERE realm_id = $realm_id AND basis = $basis AND transaction_date BETWEEN $first AND $last
    UNION
    SELECT transaction_type, transaction_id FROM finance.ar_aging_as_of($last) WHERE realm_id = $realm_id
    UNION
    SELECT transaction_type, transaction_id FROM finance.ap_aging_as_of($last) WHERE realm_id = $realm_id
),
traded AS (
    SELECT
        transaction_type, transaction_id, line_type, line_number, child_number, item_id, account_id, quantity, unit_price,
        foreign_amount, description
    FROM finance.fct_sales_line
    SEMI JOIN shown USING (transaction_type, transaction_id)
    WHERE realm_id = $realm_id
    UNION ALL
    SELECT
        transaction_type, transaction_id, line_type, line_number, child_number, item_id, account_id, quantity, unit_price,
        foreign_amount, description
    FROM finance.fct_spend_line
    SEMI JOIN shown USING (transaction_type, transaction_id)
    WHERE realm_id = $realm_id
),
traded_lines AS (
    SELECT
        traded.transaction_type, traded.transaction_id,
        CASE traded.line_type WHEN 'discount' THEN 1 WHEN 'shipping' THEN 2 WHEN 'tip' THEN 3 WHEN 'tax' THEN 4 ELSE 0 END AS part,
        traded.line_number, traded.child_number,
        CASE traded.line_type
            WHEN 'discount' THEN 'Discount' WHEN 'shipping' THEN 'Shipping' WHEN 'tip' THEN 'Tip' WHEN 'tax' THEN 'Tax'
            ELSE coalesce(dim_item.name, dim_account.path, '')
        END AS what,
        coalesce(traded.description, '') AS description,
        CASE WHEN traded.line_type IN ('item', 'bundle_item') THEN abs(traded.quantity) END AS quantity,
        CASE WHEN traded.line_type IN ('item', 'bundle_item') THEN traded.unit_price END AS rate,
        traded.foreign_amount
        * CASE WHEN sum(traded.foreign_amount) OVER (
            PARTITION BY traded.transaction_type, traded.transaction_id
        ) < 0 THEN -1 ELSE 1 END AS amount
    FROM traded
    LEFT JOIN finance.dim_item ON dim_item.realm_id = $realm_id AND dim_item.item_id = traded.item_id
    LEFT JOIN finance.dim_account ON dim_account.realm_id = $realm_id AND dim_account.account_id = traded.account_id
),
settled AS (
    SELECT transaction_type, transaction_id, line_number, link_number, applied_to_type, applied_to_id, foreign_amount
    FROM finance.fct_ar_application
    WHERE realm_id = $realm_id
    UNION ALL
    SELECT transaction_type, transaction_id, line_number, link_number, applied_to_type, applied_to_id, foreign_amount
    FROM finance.fct_ap_application
    WHERE realm_id = $realm_id
    UNION ALL
    SELECT transaction_type, transaction_id, line_number, 0, linked_type, linked_id, foreign_amount
    FROM finance.fct_deposit_line
    WHERE realm_id = $realm_id
),
settled_lines AS (
    SELECT
        settled.transaction_type, settled.transaction_id, 0 AS part, settled.line_number, settled.link_number,
        coalesce(concat_ws(' ', applied_to.type_label, applied_to.doc_number), '') AS what,
        coalesce(applied_to.memo, '') AS description, NULL AS quantity, NULL AS rate, settled.foreign_amount AS amount
    FROM settled
    LEFT JOIN finance.dim_transaction AS applied_to
        ON applied_to.realm_id = $realm_id
        AND applied_to.transaction_type = settled.applied_to_type
        AND applied_to.transaction_id = settled.applied_to_id
)
SELECT transaction_type, transaction_id, what, description, quantity, rate, amount::DECIMAL(18, 2) AS amount
FROM (SELECT * FROM traded_lines UNION ALL SELECT * FROM settled_lines)
SEMI JOIN shown USING (transaction_type, transaction_id)
ORDER BY transaction_type, transaction_id, part, line_number, child_number
