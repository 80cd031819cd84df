-- Transfers: money leaves one account for another.
-- Grain: a leg of a transfer.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: transfers.
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
        realm_id, id, txn_date, doc_number, currency_id, exchange_rate, from_account_id, to_account_id, amount, class_id, department_id,
        private_note
    FROM changed.transfer
    WHERE NOT deleted
),
leg AS (
    SELECT
        realm_id, id AS transaction_id, 1 AS leg_number, 'total' AS leg_role, from_account_id AS account_id, 0::DECIMAL(18, 4) AS debit, amount AS credit
    FROM document
    UNION ALL
    SELECT realm_id, id, 2 AS leg_number, 'settlement' AS leg_role, to_account_id, amount AS debit, 0 AS credit
    FROM document
)
SELECT
    document.realm_id,
    'Transfer' AS transaction_type,
    document.id AS transaction_id,
    document.txn_date AS transaction_date,
    document.doc_number AS doc_number,
    document.currency_id AS currency_id,
    document.exchange_rate AS exchange_rate,
    leg.leg_number::INTEGER AS leg_number,
    leg.leg_role,
    NULL::VARCHAR AS line_id,
    NULL::BIGINT AS line_number,
    leg.account_id,
    leg.debit::DECIMAL(18, 4) AS debit,
    leg.credit::DECIMAL(18, 4) AS credit,
    NULL::DECIMAL(18, 2) AS home_amount,
    NULL::VARCHAR AS customer_id,
    NULL::VARCHAR AS vendor_id,
    NULL::VARCHAR AS employee_id,
    NULL::VARCHAR AS item_id,
    document.class_id AS class_id,
    document.department_id AS department_id,
    NULL::DECIMAL(28, 10) AS quantity,
    document.private_note AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
