-- The account that shipping posts to: the preference where it is set, else learned from reports.
-- A shipping line names the item SHIPPING_ITEM_ID, which is in no list, and mostly no account. Of documents with such a line the report
-- has a leg of just its amount; the account that has most of them is the one.
-- Grain: a company.
-- Key: realm_id
-- Built: table
-- Source: lines of sales forms, reports.posted_leg, preferences.
-- Columns:
--   realm_id: The company.
--   account_id: The account.
WITH sampled AS (
    SELECT realm_id, max(invoice_id, 200) AS ids
    FROM quickbooks.invoice_line
    WHERE item_id = 'SHIPPING_ITEM_ID' AND item_account_id IS NULL
    GROUP BY realm_id
    UNION ALL
    SELECT realm_id, max(sales_receipt_id, 200) AS ids
    FROM quickbooks.sales_receipt_line
    WHERE item_id = 'SHIPPING_ITEM_ID' AND item_account_id IS NULL
    GROUP BY realm_id
    UNION ALL
    SELECT realm_id, max(credit_memo_id, 200) AS ids
    FROM quickbooks.credit_memo_line
    WHERE item_id = 'SHIPPING_ITEM_ID' AND item_account_id IS NULL
    GROUP BY realm_id
    UNION ALL
    SELECT realm_id, max(refund_receipt_id, 200) AS ids
    FROM quickbooks.refund_receipt_line
    WHERE item_id = 'SHIPPING_ITEM_ID' AND item_account_id IS NULL
    GROUP BY realm_id
),
document AS (
    SELECT DISTINCT realm_id, unnest(ids) AS transaction_id
    FROM sampled
),
line AS (
    SELECT line.realm_id, line.invoice_id AS transaction_id, line.amount
    FROM quickbooks.invoice_line AS line
    SEMI JOIN document ON document.realm_id = line.realm_id AND document.transaction_id = line.invoice_id
    WHERE line.item_id = 'SHIPPING_ITEM_ID' AND line.item_account_id IS NULL AND line.amount <> 0
    UNION ALL
    SELECT line.realm_id, line.sales_receipt_id AS transaction_id, line.amount
    FROM quickbooks.sales_receipt_line AS line
    SEMI JOIN document ON document.realm_id = line.realm_id AND document.transaction_id = line.sales_receipt_id
    WHERE line.item_id = 'SHIPPING_ITEM_ID' AND line.item_account_id IS NULL AND line.amount <> 0
    UNION ALL
    SELECT line.realm_id, line.credit_memo_id AS transaction_id, line.amount
    FROM quickbooks.credit_memo_line AS line
    SEMI JOIN document ON document.realm_id = line.realm_id AND document.transaction_id = line.credit_memo_id
    WHERE line.item_id = 'SHIPPING_ITEM_ID' AND line.item_account_id IS NULL AND line.amount <> 0
    UNION ALL
    SELECT line.realm_id, line.refund_receipt_id AS transaction_id, line.amount
    FROM quickbooks.refund_receipt_line AS line
    SEMI JOIN document ON document.realm_id = line.realm_id AND document.transaction_id = line.refund_receipt_id
    WHERE line.item_id = 'SHIPPING_ITEM_ID' AND line.item_account_id IS NULL AND line.amount <> 0
),
learned AS (
    SELECT posted_leg.realm_id, posted_leg.account_id, count(*) AS legs
    FROM reports.posted_leg
    INNER JOIN line
        ON line.realm_id = posted_leg.realm_id AND line.transaction_id = posted_leg.transaction_id
        AND abs(coalesce(posted_leg.foreign_debit - posted_leg.foreign_credit, posted_leg.debit - posted_leg.credit)) = abs(line.amount)
    INNER JOIN quickbooks.account ON account.realm_id = posted_leg.realm_id AND account.id = posted_leg.account_id
    WHERE posted_leg.basis = 'Accrual' AND account.account_type IN ('Income', 'Other Income')
    GROUP BY posted_leg.realm_id, posted_leg.account_id
),
most_used AS (
    SELECT realm_id, max_by(account_id, (legs, account_id)) AS account_id
    FROM learned
    GROUP BY realm_id
)
SELECT company_account.realm_id, coalesce(company_account.shipping_id, most_used.account_id, company_account.sales_id) AS account_id
FROM posting.company_account
LEFT JOIN most_used ON most_used.realm_id = company_account.realm_id
