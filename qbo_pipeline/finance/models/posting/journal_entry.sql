-- Journal entries: each line on the side it says. Their tax is on the side of the lines it was charged on, and on the account for tax on
-- sales or on purchases, as these say.
-- Grain: a leg of a journal entry.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: journal entries, their lines and tax lines.
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
    SELECT realm_id, id, txn_date, doc_number, currency_id, exchange_rate, department_id, private_note
    FROM changed.journal_entry
    WHERE NOT deleted
),
line AS (
    SELECT
        realm_id, journal_entry_id AS transaction_id, line_number, line_id, account_id, posting_type, amount, entity_type, entity_id, class_id,
        department_id, description, tax_code_id, tax_applicable_on
    FROM changed.journal_entry_line
    WHERE detail_type = 'JournalEntryLineDetail'
),
taxed AS (
    SELECT journal_entry_id AS transaction_id, realm_id, sum(amount) AS tax
    FROM changed.journal_entry_tax_line
    GROUP BY realm_id, journal_entry_id
),
code_rate AS (
    SELECT realm_id, tax_code_id, tax_rate_id, 'sales' AS side FROM quickbooks.tax_code_sales_tax_rate
    UNION
    SELECT realm_id, tax_code_id, tax_rate_id, 'purchases' AS side FROM quickbooks.tax_code_purchase_tax_rate
),
side_of_rate AS (
    SELECT
        line.realm_id, line.transaction_id, code_rate.tax_rate_id, min(line.posting_type) AS posting_type,
        min(CASE line.tax_applicable_on WHEN 'Sales' THEN 'sales' WHEN 'Purchase' THEN 'purchases' ELSE code_rate.side END) AS side
    FROM line
    SEMI JOIN taxed ON taxed.realm_id = line.realm_id AND taxed.transaction_id = line.transaction_id
    INNER JOIN code_rate ON code_rate.realm_id = line.realm_id AND code_rate.tax_code_id = line.tax_code_id
    GROUP BY line.realm_id, line.transaction_id, code_rate.tax_rate_id
),
side_that_lacks AS (
    SELECT
        line.realm_id,
        line.transaction_id,
        CASE WHEN sum(CASE line.posting_type WHEN 'Debit' THEN line.amount ELSE -line.amount END) < 0 THEN 'Debit' ELSE 'Credit' END AS posting_type,
        abs(sum(CASE line.posting_type WHEN 'Debit' THEN line.amount ELSE -line.amount END)) AS amount
    FROM line
    SEMI JOIN taxed ON taxed.realm_id = line.realm_id AND taxed.transaction_id = line.transaction_id
    GROUP BY line.realm_id, line.transaction_id
),
tax AS (
    SELECT
        tax_line.realm_id,
        tax_line.journal_entry_id AS transaction_id,
        tax_line.tax_line_number,
        coalesce(tax_rate_account.account_id, company_account.tax_payable_id) AS account_id,
        tax_line.amount,
        CASE
            WHEN side_that_lacks.amount = abs(taxed.tax) THEN side_that_lacks.posting_type
            ELSE coalesce(side_of_rate.posting_type, side_that_lacks.posting_type)
        END AS posting_type
    FROM changed.journal_entry_tax_line AS tax_line
    INNER JOIN taxed ON taxed.realm_id = tax_line.realm_id AND taxed.transaction_id = tax_line.journal_entry_id
    LEFT JOIN side_of_rate
        ON side_of_rate.realm_id = tax_line.realm_id AND side_of_rate.transaction_id = tax_line.journal_entry_id
        AND side_of_rate.tax_rate_id = tax_line.tax_rate_id
    LEFT JOIN side_that_lacks
        ON side_that_lacks.realm_id = tax_line.realm_id AND side_that_lacks.transaction_id = tax_line.journal_entry_id
    LEFT JOIN posting.tax_rate_account
        ON tax_rate_account.realm_id = tax_line.realm_id AND tax_rate_account.tax_rate_id = tax_line.tax_rate_id
        AND tax_rate_account.side = coalesce(side_of_rate.side, 'purchases')
    LEFT JOIN posting.company_account ON company_account.realm_id = tax_line.realm_id
),
leg AS (
    SELECT
        realm_id, transaction_id, 1000 * line_number AS leg_number, 'line' AS leg_role, line_id, line_number, account_id,
        CASE posting_type WHEN 'Debit' THEN amount ELSE 0 END AS debit, CASE posting_type WHEN 'Debit' THEN 0 ELSE amount END AS credit,
        entity_type, entity_id, class_id, department_id, description AS memo
    FROM line
    UNION ALL
    SELECT
        realm_id, transaction_id, 100000000 + tax_line_number AS leg_number, 'tax' AS leg_role, NULL, NULL, account_id,
        CASE posting_type WHEN 'Debit' THEN amount ELSE 0 END AS debit, CASE posting_type WHEN 'Debit' THEN 0 ELSE amount END AS credit,
        NULL, NULL, NULL, NULL, NULL
    FROM tax
)
SELECT
    document.realm_id,
    'JournalEntry' AS transaction_type,
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
    CASE leg.entity_type WHEN 'Customer' THEN leg.entity_id END AS customer_id,
    CASE leg.entity_type WHEN 'Vendor' THEN leg.entity_id END AS vendor_id,
    CASE leg.entity_type WHEN 'Employee' THEN leg.entity_id END AS employee_id,
    NULL::VARCHAR AS item_id,
    leg.class_id AS class_id,
    coalesce(leg.department_id, document.department_id) AS department_id,
    NULL::DECIMAL(28, 10) AS quantity,
    coalesce(leg.memo, document.private_note) AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
