-- Refund receipts: what is paid back leaves the bank; sales, shipping and tax, less discounts, are taken back.
-- Grain: a leg of a refund receipt.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: refund receipts, their lines and tax lines; the item's income account where a line names none.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' name of the entity.
--   transaction_id: Id of the transaction.
--   transaction_date: The date of the transaction.
--   doc_number: Its number as printed.
--   currency_id: Currency of the transaction; NULL where the company has only one.
--   exchange_rate: Home currency for one unit of the transaction's; NULL means 1.
--   leg_number: Unique in the transaction.
--   leg_role: What the leg is to the document.
--   line_id: QuickBooks' id of the line.
--   line_number: Position of the line, from 1.
--   account_id: The account it posts to.
--   debit: Transaction currency; a negative debit is a credit.
--   credit: Transaction currency; a negative credit is a debit.
--   home_amount: Home currency, debit positive, where it is not the amount at the exchange rate; else NULL.
--   customer_id: The customer or job.
--   vendor_id: The vendor.
--   employee_id: The employee.
--   item_id: The product or service.
--   class_id: The class.
--   department_id: The location.
--   quantity: How many, as the document counts them; returned ones negative.
--   memo: What the line says.
WITH document AS (
    SELECT
        refund_receipt.realm_id,
        refund_receipt.id,
        refund_receipt.txn_date,
        refund_receipt.doc_number,
        refund_receipt.currency_id,
        refund_receipt.exchange_rate,
        refund_receipt.customer_id,
        refund_receipt.class_id,
        refund_receipt.department_id,
        refund_receipt.private_note,
        refund_receipt.total_amt,
        refund_receipt.total_tax,
        company_account.tax_payable_id,
        coalesce(refund_receipt.deposit_to_account_id, company_account.undeposited_funds_id) AS deposit_to_id
    FROM changed.refund_receipt
    LEFT JOIN posting.company_account ON company_account.realm_id = refund_receipt.realm_id
    WHERE NOT refund_receipt.deleted
),
-- A bundle posts by its children: its own line carries their sum once more. Subtotals and descriptions post nothing.
form_line AS (
    SELECT
        realm_id, refund_receipt_id, line_number, 0::BIGINT AS child_number, line_id, detail_type, amount, item_id, item_account_id, discount_account_id,
        class_id, quantity, description
    FROM changed.refund_receipt_line
    UNION ALL
    SELECT
        realm_id, refund_receipt_id, line_number, group_line_number, line_id, detail_type, amount, item_id, item_account_id, discount_account_id,
        class_id, quantity, description
    FROM changed.refund_receipt_line_group_line
),
line AS (
    SELECT
        form_line.realm_id,
        form_line.refund_receipt_id,
        1000 * form_line.line_number + form_line.child_number AS leg_number,
        CASE
            WHEN form_line.item_id = 'SHIPPING_ITEM_ID' THEN 'shipping'
            WHEN form_line.item_id = 'GRATUITY_ITEM_ID' THEN 'tip'
            WHEN form_line.child_number > 0 THEN 'bundle_line'
            ELSE 'line'
        END AS leg_role,
        form_line.line_id,
        form_line.line_number,
        coalesce(form_line.item_account_id, item_account.sales_account_id, company_account.sales_id) AS account_id,
        form_line.amount,
        CASE WHEN form_line.item_id NOT IN ('SHIPPING_ITEM_ID', 'GRATUITY_ITEM_ID') THEN form_line.item_id END AS item_id,
        form_line.class_id,
        form_line.quantity,
        form_line.description
    FROM form_line
    LEFT JOIN posting.item_account ON item_account.realm_id = form_line.realm_id AND item_account.item_id = form_line.item_id
    LEFT JOIN posting.company_account ON company_account.realm_id = form_line.realm_id
    WHERE form_line.detail_type = 'SalesItemLineDetail' AND form_line.amount <> 0
),
-- The form shows a discount as a positive amount that is taken off.
discount AS (
    SELECT
        form_line.realm_id,
        form_line.refund_receipt_id,
        1000 * form_line.line_number + form_line.child_number AS leg_number,
        form_line.line_id,
        form_line.line_number,
        coalesce(form_line.discount_account_id, company_account.discount_id) AS account_id,
        form_line.amount,
        form_line.class_id,
        form_line.description
    FROM form_line
    LEFT JOIN posting.company_account ON company_account.realm_id = form_line.realm_id
    WHERE form_line.detail_type = 'DiscountLineDetail' AND form_line.amount <> 0
),
tax AS (
    SELECT
        tax_line.realm_id,
        tax_line.refund_receipt_id,
        tax_line.tax_line_number,
        coalesce(tax_rate_account.account_id, company_account.tax_payable_id) AS account_id,
        tax_line.amount
    FROM changed.refund_receipt_tax_line AS tax_line
    LEFT JOIN posting.tax_rate_account
        ON tax_rate_account.realm_id = tax_line.realm_id AND tax_rate_account.tax_rate_id = tax_line.tax_rate_id
        AND tax_rate_account.side = 'sales'
    LEFT JOIN posting.company_account ON company_account.realm_id = tax_line.realm_id
    UNION ALL
    SELECT document.realm_id, document.id, 0 AS tax_line_number, document.tax_payable_id, document.total_tax
    FROM document
    ANTI JOIN changed.refund_receipt_tax_line AS tax_line ON tax_line.realm_id = document.realm_id AND tax_line.refund_receipt_id = document.id
    WHERE document.total_tax <> 0
),
leg AS (
    SELECT
        realm_id, id AS transaction_id, 1::BIGINT AS leg_number, 'total' AS leg_role, NULL::VARCHAR AS line_id, NULL::BIGINT AS line_number,
        deposit_to_id AS account_id, 0::DECIMAL(18, 4) AS debit, total_amt AS credit,
        NULL::VARCHAR AS item_id, NULL::VARCHAR AS class_id, NULL::DECIMAL(28, 10) AS quantity, NULL::VARCHAR AS memo
    FROM document
    UNION ALL
    SELECT
        realm_id, refund_receipt_id, leg_number, leg_role, line_id, line_number, account_id, amount AS debit, 0 AS credit,
        item_id, class_id, -quantity AS quantity, description
    FROM line
    UNION ALL
    SELECT
        realm_id, refund_receipt_id, leg_number, 'discount' AS leg_role, line_id, line_number, account_id, 0 AS debit, amount AS credit,
        NULL AS item_id, class_id, NULL AS quantity, description
    FROM discount
    UNION ALL
    SELECT
        realm_id, refund_receipt_id, 100000000 + tax_line_number, 'tax' AS leg_role, NULL AS line_id, NULL AS line_number, account_id,
        amount AS debit, 0 AS credit, NULL AS item_id, NULL AS class_id, NULL AS quantity, NULL AS memo
    FROM tax
)
SELECT
    document.realm_id,
    'RefundReceipt' AS transaction_type,
    document.id AS transaction_id,
    document.txn_date AS transaction_date,
    document.doc_number,
    document.currency_id,
    document.exchange_rate,
    leg.leg_number::INTEGER AS leg_number,
    leg.leg_role,
    leg.line_id::VARCHAR AS line_id,
    leg.line_number::BIGINT AS line_number,
    leg.account_id,
    leg.debit::DECIMAL(18, 4) AS debit,
    leg.credit::DECIMAL(18, 4) AS credit,
    NULL::DECIMAL(18, 2) AS home_amount,
    document.customer_id,
    NULL::VARCHAR AS vendor_id,
    NULL::VARCHAR AS employee_id,
    leg.item_id::VARCHAR AS item_id,
    coalesce(leg.class_id, document.class_id) AS class_id,
    document.department_id,
    leg.quantity::DECIMAL(28, 10) AS quantity,
    coalesce(leg.memo, document.private_note) AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
