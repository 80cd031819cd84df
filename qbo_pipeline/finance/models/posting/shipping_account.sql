-- The account that shipping posts to: the preference where it is set, else learned from reports.
-- A shipping line names the item SHIPPING_ITEM_ID, which is in no list, and mostly no account. On its account the report of such a document has
-- just its amount more than the other lines post there; the account of which this is true most often is the one. That a leg has its amount
-- would not tell: other lines may be of the same amount.
-- Grain: a company.
-- Key: realm_id
-- Built: table
-- Documents: posting.shipping_sample
-- Source: lines of sales forms, items, reports.posted_leg, preferences.
-- Columns:
--   realm_id: The company.
--   account_id: The account.
WITH
-- Sales credit income, what is given back debits it. A bundle posts by its children.
form_line AS (
    SELECT realm_id, invoice_id AS transaction_id, detail_type, amount, item_id, item_account_id, discount_account_id
    FROM quickbooks.invoice_line
    UNION ALL
    SELECT realm_id, invoice_id AS transaction_id, detail_type, amount, item_id, item_account_id, discount_account_id
    FROM quickbooks.invoice_line_group_line
    UNION ALL
    SELECT realm_id, sales_receipt_id AS transaction_id, detail_type, amount, item_id, item_account_id, discount_account_id
    FROM quickbooks.sales_receipt_line
    UNION ALL
    SELECT realm_id, sales_receipt_id AS transaction_id, detail_type, amount, item_id, item_account_id, discount_account_id
    FROM quickbooks.sales_receipt_line_group_line
    UNION ALL
    SELECT realm_id, credit_memo_id AS transaction_id, detail_type, -amount AS amount, item_id, item_account_id, discount_account_id
    FROM quickbooks.credit_memo_line
    UNION ALL
    SELECT realm_id, credit_memo_id AS transaction_id, detail_type, -amount AS amount, item_id, item_account_id, discount_account_id
    FROM quickbooks.credit_memo_line_group_line
    UNION ALL
    SELECT realm_id, refund_receipt_id AS transaction_id, detail_type, -amount AS amount, item_id, item_account_id, discount_account_id
    FROM quickbooks.refund_receipt_line
    UNION ALL
    SELECT realm_id, refund_receipt_id AS transaction_id, detail_type, -amount AS amount, item_id, item_account_id, discount_account_id
    FROM quickbooks.refund_receipt_line_group_line
),
line AS (
    SELECT
        form_line.realm_id,
        form_line.transaction_id,
        form_line.item_id = 'SHIPPING_ITEM_ID' AND form_line.item_account_id IS NULL AS is_shipping,
        CASE form_line.detail_type
            WHEN 'DiscountLineDetail' THEN coalesce(form_line.discount_account_id, company_account.discount_id)
            ELSE coalesce(
                form_line.item_account_id, item.income_account_id,
                CASE form_line.item_id WHEN 'GRATUITY_ITEM_ID' THEN company_account.tips_id END, company_account.sales_id
            )
        END AS account_id,
        CASE form_line.detail_type WHEN 'DiscountLineDetail' THEN -form_line.amount ELSE form_line.amount END AS amount
    FROM form_line
    SEMI JOIN posting.shipping_sample AS document
        ON document.realm_id = form_line.realm_id AND document.transaction_id = form_line.transaction_id
    LEFT JOIN quickbooks.item ON item.realm_id = form_line.realm_id AND item.id = form_line.item_id
    LEFT JOIN posting.company_account ON company_account.realm_id = form_line.realm_id
    WHERE form_line.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
),
shipping AS (
    SELECT realm_id, transaction_id, sum(amount) AS amount
    FROM line
    WHERE is_shipping
    GROUP BY realm_id, transaction_id
    HAVING sum(amount) <> 0
),
other_line AS (
    SELECT realm_id, transaction_id, account_id, sum(amount) AS amount
    FROM line
    WHERE is_shipping IS DISTINCT FROM true
    GROUP BY realm_id, transaction_id, account_id
),
posted AS (
    SELECT
        posted_leg.realm_id,
        posted_leg.month,
        posted_leg.transaction_title,
        posted_leg.transaction_id,
        posted_leg.account_id,
        sum(coalesce(posted_leg.foreign_credit - posted_leg.foreign_debit, posted_leg.credit - posted_leg.debit)) AS amount
    FROM reports.posted_leg
    SEMI JOIN shipping ON shipping.realm_id = posted_leg.realm_id AND shipping.transaction_id = posted_leg.transaction_id
    INNER JOIN quickbooks.account ON account.realm_id = posted_leg.realm_id AND account.id = posted_leg.account_id
    WHERE posted_leg.basis = 'Accrual' AND account.account_type IN ('Income', 'Other Income')
    GROUP BY
        posted_leg.realm_id, posted_leg.month, posted_leg.transaction_title, posted_leg.transaction_id, posted_leg.account_id
),
learned AS (
    SELECT posted.realm_id, posted.account_id, count(*) AS documents
    FROM posted
    INNER JOIN shipping ON shipping.realm_id = posted.realm_id AND shipping.transaction_id = posted.transaction_id
    LEFT JOIN other_line
        ON other_line.realm_id = posted.realm_id AND other_line.transaction_id = posted.transaction_id AND other_line.account_id = posted.account_id
    WHERE posted.amount - coalesce(other_line.amount, 0) = shipping.amount
    GROUP BY posted.realm_id, posted.account_id
),
most_used AS (
    SELECT realm_id, max_by(account_id, (documents, account_id)) AS account_id
    FROM learned
    GROUP BY realm_id
)
SELECT company_account.realm_id, coalesce(company_account.shipping_id, most_used.account_id, company_account.sales_id) AS account_id
FROM posting.company_account
LEFT JOIN most_used ON most_used.realm_id = company_account.realm_id
