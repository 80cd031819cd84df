-- Purchases: checks, cash and card expenses leave the bank or card account; expenses, stock and tax against them.
-- A card credit is the same the other way round.
-- Grain: a leg of a purchase.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: purchases, their lines and tax lines.
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
    SELECT *
    FROM changed.purchase
    WHERE NOT deleted
),
leg AS (
    SELECT
        realm_id, id AS transaction_id, 1 AS leg_number, 'total' AS leg_role, NULL AS line_id, NULL AS line_number, account_id,
        0 AS debit, total_amt AS credit, NULL AS customer_id, NULL AS item_id, NULL AS class_id, NULL AS quantity, NULL AS memo
    FROM document
    UNION ALL
    SELECT
        realm_id, transaction_id, 1000 * line_number + child_number AS leg_number, leg_role, line_id, line_number, account_id,
        amount AS debit, 0 AS credit, customer_id, item_id, class_id, quantity, memo
    FROM posting.purchase_line
    WHERE transaction_type = 'Purchase'
    UNION ALL
    SELECT
        realm_id, transaction_id, 100000000 + tax_line_number AS leg_number, 'tax' AS leg_role, NULL, NULL, account_id,
        amount AS debit, 0 AS credit, NULL, NULL, NULL, NULL, NULL
    FROM posting.tax_line
    WHERE transaction_type = 'Purchase'
)
SELECT
    document.realm_id,
    'Purchase' AS transaction_type,
    document.id AS transaction_id,
    document.txn_date AS transaction_date,
    document.doc_number,
    document.currency_id,
    document.exchange_rate,
    leg.leg_number,
    leg.leg_role,
    leg.line_id,
    leg.line_number,
    leg.account_id,
    CASE WHEN document.credit THEN leg.credit ELSE leg.debit END AS debit,
    CASE WHEN document.credit THEN leg.debit ELSE leg.credit END AS credit,
    NULL AS home_amount,
    coalesce(leg.customer_id, CASE WHEN document.entity_type = 'Customer' THEN document.entity_id END) AS customer_id,
    CASE WHEN document.entity_type = 'Vendor' THEN document.entity_id END AS vendor_id,
    CASE WHEN document.entity_type = 'Employee' THEN document.entity_id END AS employee_id,
    leg.item_id,
    leg.class_id,
    document.department_id,
    CASE WHEN document.credit THEN -leg.quantity ELSE leg.quantity END AS quantity,
    coalesce(leg.memo, document.private_note) AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
