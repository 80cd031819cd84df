-- Payments to tax agencies and refunds from them: the money leaves the bank and settles the tax owed.
-- The entity does not say which agency: its report tells the account, else the company's account for tax stands in.
-- Grain: a leg of a tax payment.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: tax payments; their report legs.
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
WITH reported AS (
    SELECT posted_leg.realm_id, posted_leg.transaction_id, min_by(posted_leg.account_id, posted_leg.leg_number) AS account_id
    FROM posting.posted_leg
    INNER JOIN changed.tax_payment
        ON tax_payment.realm_id = posted_leg.realm_id AND tax_payment.id = posted_leg.transaction_id
        AND tax_payment.payment_account_id <> posted_leg.account_id
    WHERE posted_leg.basis = 'Accrual' AND posted_leg.transaction_type = 'TaxPayment'
    GROUP BY posted_leg.realm_id, posted_leg.transaction_id
),
document AS (
    SELECT
        tax_payment.realm_id,
        tax_payment.id,
        tax_payment.payment_date,
        tax_payment.payment_account_id,
        tax_payment.description,
        coalesce(reported.account_id, company_account.tax_payable_id) AS tax_account_id,
        CASE WHEN tax_payment.refund THEN -tax_payment.payment_amount ELSE tax_payment.payment_amount END AS paid
    FROM changed.tax_payment
    LEFT JOIN reported ON reported.realm_id = tax_payment.realm_id AND reported.transaction_id = tax_payment.id
    LEFT JOIN posting.company_account ON company_account.realm_id = tax_payment.realm_id
    WHERE NOT tax_payment.deleted
),
leg AS (
    SELECT
        realm_id, id AS transaction_id, 1 AS leg_number, 'total' AS leg_role, payment_account_id AS account_id, 0::DECIMAL(18, 4) AS debit, paid AS credit
    FROM document
    UNION ALL
    SELECT realm_id, id, 2 AS leg_number, 'tax' AS leg_role, tax_account_id, paid AS debit, 0 AS credit
    FROM document
)
SELECT
    document.realm_id,
    'TaxPayment' AS transaction_type,
    document.id AS transaction_id,
    document.payment_date AS transaction_date,
    NULL::VARCHAR AS doc_number,
    NULL::VARCHAR AS currency_id,
    NULL::DECIMAL(28, 10) AS exchange_rate,
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
    NULL::VARCHAR AS class_id,
    NULL::VARCHAR AS department_id,
    NULL::DECIMAL(28, 10) AS quantity,
    document.description AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
