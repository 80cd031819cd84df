-- Deposits: what was brought to the bank, less the cash that was kept; receipts leave undeposited funds, other lines name their account.
-- Tax is on the account for tax on sales, or on purchases where the lines say that it is of those, as what a vendor gives back.
-- Grain: a leg of a deposit.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: deposits, their lines and tax lines; the rates of tax codes.
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
        deposit.realm_id, deposit.id, deposit.txn_date, deposit.doc_number, deposit.currency_id, deposit.exchange_rate,
        deposit.department_id, deposit.private_note, deposit.total_amt, deposit.deposit_to_account_id, deposit.cash_back_account_id,
        deposit.cash_back_amount, deposit.cash_back_memo, deposit.total_tax, company_account.undeposited_funds_id,
        company_account.tax_payable_id
    FROM changed.deposit
    LEFT JOIN posting.company_account ON company_account.realm_id = deposit.realm_id
    WHERE NOT deposit.deleted
),
code_rate AS (
    SELECT realm_id, tax_code_id, tax_rate_id FROM quickbooks.tax_code_sales_tax_rate
    UNION
    SELECT realm_id, tax_code_id, tax_rate_id FROM quickbooks.tax_code_purchase_tax_rate
),
side_of_rate AS (
    SELECT
        line.realm_id, line.deposit_id, code_rate.tax_rate_id,
        max(CASE line.tax_applicable_on WHEN 'Purchase' THEN 'purchases' ELSE 'sales' END) AS side
    FROM changed.deposit_line AS line
    INNER JOIN code_rate ON code_rate.realm_id = line.realm_id AND code_rate.tax_code_id = line.tax_code_id
    GROUP BY line.realm_id, line.deposit_id, code_rate.tax_rate_id
),
leg AS (
    SELECT
        realm_id, id AS transaction_id, 1::BIGINT AS leg_number, 'total' AS leg_role, NULL::VARCHAR AS line_id, NULL::BIGINT AS line_number,
        deposit_to_account_id AS account_id, total_amt AS debit, 0::DECIMAL(18, 4) AS credit,
        NULL::VARCHAR AS entity_type, NULL::VARCHAR AS entity_id, NULL::VARCHAR AS class_id, NULL::VARCHAR AS memo
    FROM document
    UNION ALL
    SELECT
        realm_id, id, 2 AS leg_number, 'cash_back' AS leg_role, NULL, NULL, cash_back_account_id, cash_back_amount AS debit, 0 AS credit,
        NULL, NULL, NULL, cash_back_memo
    FROM document
    WHERE cash_back_amount <> 0
    UNION ALL
    SELECT
        line.realm_id, line.deposit_id, 1000 * line.line_number AS leg_number, 'line' AS leg_role, line.line_id, line.line_number,
        coalesce(line.account_id, document.undeposited_funds_id), 0 AS debit, line.amount AS credit,
        upper(line.entity_type), line.entity_id, line.class_id, line.description
    FROM changed.deposit_line AS line
    INNER JOIN document ON document.realm_id = line.realm_id AND document.id = line.deposit_id
    UNION ALL
    SELECT
        tax_line.realm_id, tax_line.deposit_id, 100000000 + tax_line.tax_line_number AS leg_number, 'tax' AS leg_role, NULL, NULL,
        coalesce(tax_rate_account.account_id, company_account.tax_payable_id), 0 AS debit, tax_line.amount AS credit, NULL, NULL, NULL, NULL
    FROM changed.deposit_tax_line AS tax_line
    LEFT JOIN side_of_rate
        ON side_of_rate.realm_id = tax_line.realm_id AND side_of_rate.deposit_id = tax_line.deposit_id
        AND side_of_rate.tax_rate_id = tax_line.tax_rate_id
    LEFT JOIN posting.tax_rate_account
        ON tax_rate_account.realm_id = tax_line.realm_id AND tax_rate_account.tax_rate_id = tax_line.tax_rate_id
        AND tax_rate_account.side = coalesce(side_of_rate.side, 'sales')
    LEFT JOIN posting.company_account ON company_account.realm_id = tax_line.realm_id
    UNION ALL
    SELECT
        document.realm_id, document.id, 100000000 AS leg_number, 'tax' AS leg_role, NULL, NULL,
        document.tax_payable_id, 0 AS debit, document.total_tax AS credit, NULL, NULL, NULL, NULL
    FROM document
    ANTI JOIN changed.deposit_tax_line AS tax_line ON tax_line.realm_id = document.realm_id AND tax_line.deposit_id = document.id
    WHERE document.total_tax <> 0
)
SELECT
    document.realm_id,
    'Deposit' AS transaction_type,
    document.id AS transaction_id,
    document.txn_date AS transaction_date,
    document.doc_number AS doc_number,
    document.currency_id AS currency_id,
    document.exchange_rate AS exchange_rate,
    leg.leg_number::INTEGER AS leg_number,
    leg.leg_role,
    leg.line_id AS line_id,
    leg.line_number AS line_number,
    leg.account_id,
    leg.debit::DECIMAL(18, 4) AS debit,
    leg.credit::DECIMAL(18, 4) AS credit,
    NULL::DECIMAL(18, 2) AS home_amount,
    CASE leg.entity_type WHEN 'CUSTOMER' THEN leg.entity_id END AS customer_id,
    CASE leg.entity_type WHEN 'VENDOR' THEN leg.entity_id END AS vendor_id,
    CASE leg.entity_type WHEN 'EMPLOYEE' THEN leg.entity_id END AS employee_id,
    NULL::VARCHAR AS item_id,
    leg.class_id AS class_id,
    document.department_id AS department_id,
    NULL::DECIMAL(28, 10) AS quantity,
    coalesce(leg.memo, document.private_note) AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
