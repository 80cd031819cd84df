-- Invoices: what the customer owes to A/R, what was paid on the form to the bank; sales, shipping and tax, less discounts, against it.
-- Grain: a leg of an invoice.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: invoices, their lines and tax lines; the item's income account where a line names none.
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
        invoice.realm_id,
        invoice.id,
        invoice.txn_date,
        invoice.doc_number,
        invoice.currency_id,
        invoice.exchange_rate,
        invoice.customer_id,
        invoice.class_id,
        invoice.department_id,
        invoice.private_note,
        invoice.total_amt,
        invoice.total_tax,
        company_account.tax_payable_id,
        invoice.deposit,
        coalesce(invoice.deposit_to_account_id, company_account.undeposited_funds_id) AS deposit_to_id,
        coalesce(invoice.ar_account_id, reported.receivable_account_id, receivable_account.account_id) AS receivable_id
    FROM changed.invoice
    LEFT JOIN posting.company_account ON company_account.realm_id = invoice.realm_id
    LEFT JOIN posting.receivable_account
        ON receivable_account.realm_id = invoice.realm_id
        AND receivable_account.currency_id = coalesce(invoice.currency_id, company_account.home_currency_id)
    LEFT JOIN posting.document_control_account AS reported
        ON reported.realm_id = invoice.realm_id AND reported.transaction_type = 'Invoice' AND reported.transaction_id = invoice.id
    WHERE NOT invoice.deleted
),
-- A bundle posts by its children: its own line carries their sum once more. Subtotals and descriptions post nothing.
form_line AS (
    SELECT
        realm_id, invoice_id, line_number, 0::BIGINT AS child_number, line_id, detail_type, amount, item_id, item_account_id, discount_account_id,
        class_id, quantity, description
    FROM changed.invoice_line
    UNION ALL
    SELECT
        realm_id, invoice_id, line_number, group_line_number, line_id, detail_type, amount, item_id, item_account_id, discount_account_id,
        class_id, quantity, description
    FROM changed.invoice_line_group_line
),
line AS (
    SELECT
        form_line.realm_id,
        form_line.invoice_id,
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
        form_line.invoice_id,
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
        tax_line.invoice_id,
        tax_line.tax_line_number,
        coalesce(tax_rate_account.account_id, company_account.tax_payable_id) AS account_id,
        tax_line.amount
    FROM changed.invoice_tax_line AS tax_line
    LEFT JOIN posting.tax_rate_account
        ON tax_rate_account.realm_id = tax_line.realm_id AND tax_rate_account.tax_rate_id = tax_line.tax_rate_id
        AND tax_rate_account.side = 'sales'
    LEFT JOIN posting.company_account ON company_account.realm_id = tax_line.realm_id
    UNION ALL
    SELECT document.realm_id, document.id, 0 AS tax_line_number, document.tax_payable_id, document.total_tax
    FROM document
    ANTI JOIN changed.invoice_tax_line AS tax_line ON tax_line.realm_id = document.realm_id AND tax_line.invoice_id = document.id
    WHERE document.total_tax <> 0
),
leg AS (
    SELECT
        realm_id, id AS transaction_id, 1::BIGINT AS leg_number, 'total' AS leg_role, NULL::VARCHAR AS line_id, NULL::BIGINT AS line_number,
        receivable_id AS account_id, total_amt - coalesce(deposit, 0) AS debit, 0::DECIMAL(18, 4) AS credit,
        NULL::VARCHAR AS item_id, NULL::VARCHAR AS class_id, NULL::DECIMAL(28, 10) AS quantity, NULL::VARCHAR AS memo
    FROM document
    UNION ALL
    SELECT
        realm_id, id, 2 AS leg_number, 'deposit' AS leg_role, NULL AS line_id, NULL AS line_number, deposit_to_id, deposit AS debit, 0 AS credit,
        NULL AS item_id, NULL AS class_id, NULL AS quantity, NULL AS memo
    FROM document
    WHERE deposit <> 0
    UNION ALL
    SELECT
        realm_id, invoice_id, leg_number, leg_role, line_id, line_number, account_id, 0 AS debit, amount AS credit,
        item_id, class_id, quantity, description
    FROM line
    UNION ALL
    SELECT
        realm_id, invoice_id, leg_number, 'discount' AS leg_role, line_id, line_number, account_id, amount AS debit, 0 AS credit,
        NULL AS item_id, class_id, NULL AS quantity, description
    FROM discount
    UNION ALL
    SELECT
        realm_id, invoice_id, 100000000 + tax_line_number, 'tax' AS leg_role, NULL AS line_id, NULL AS line_number, account_id,
        0 AS debit, amount AS credit, NULL AS item_id, NULL AS class_id, NULL AS quantity, NULL AS memo
    FROM tax
)
SELECT
    document.realm_id,
    'Invoice' AS transaction_type,
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
