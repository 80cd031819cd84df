-- Payments from customers: what came in to the bank, or to undeposited funds, leaves A/R, whether it is applied already or not.
-- In a foreign currency the bank takes it at the payment's rate, A/R gives each document up at that document's rate (what is not yet applied
-- at the payment's), and the difference is a realized exchange gain or loss.
-- Grain: a leg of a payment.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: payments, their lines, the rates of the documents they pay and use.
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
        payment.realm_id,
        payment.id,
        payment.txn_date,
        coalesce(payment.doc_number, payment.payment_ref_num) AS doc_number,
        payment.currency_id,
        payment.exchange_rate,
        payment.customer_id,
        payment.department_id,
        payment.private_note,
        payment.total_amt,
        company_account.exchange_gain_or_loss_id,
        payment.currency_id <> company_account.home_currency_id AND company_account.exchange_gain_or_loss_id IS NOT NULL AS is_foreign,
        coalesce(payment.deposit_to_account_id, company_account.undeposited_funds_id) AS money_id,
        coalesce(payment.ar_account_id, reported.receivable_account_id, receivable_account.account_id) AS control_id
    FROM changed.payment
    LEFT JOIN posting.company_account ON company_account.realm_id = payment.realm_id
    LEFT JOIN posting.receivable_account
        ON receivable_account.realm_id = payment.realm_id
        AND receivable_account.currency_id = coalesce(payment.currency_id, company_account.home_currency_id)
    LEFT JOIN posting.document_control_account AS reported
        ON reported.realm_id = payment.realm_id AND reported.transaction_type = 'Payment' AND reported.transaction_id = payment.id
    WHERE NOT payment.deleted
),
linked AS (
    SELECT
        document.realm_id, document.id, document.customer_id, document.exchange_rate, line.amount, linked_txn.txn_type, linked_txn.txn_id
    FROM document
    INNER JOIN changed.payment_line AS line ON line.realm_id = document.realm_id AND line.payment_id = document.id
    INNER JOIN changed.payment_line_linked_txn AS linked_txn
        ON linked_txn.realm_id = line.realm_id AND linked_txn.payment_id = line.payment_id AND linked_txn.line_number = line.line_number
    WHERE document.is_foreign AND linked_txn.linked_txn_number = 1
),
-- An entry may carry a balance over from one customer to another: of its lines those of the payment's customer count, else the most.
journal_side AS (
    SELECT
        line.realm_id,
        line.journal_entry_id AS id,
        CASE line.entity_type WHEN 'Customer' THEN line.entity_id END AS customer_id,
        any_value(journal_entry.exchange_rate) AS exchange_rate,
        sum(CASE line.posting_type WHEN 'Debit' THEN line.amount ELSE -line.amount END) AS owed
    FROM quickbooks.journal_entry_line AS line
    INNER JOIN quickbooks.journal_entry ON journal_entry.realm_id = line.realm_id AND journal_entry.id = line.journal_entry_id
    INNER JOIN quickbooks.account
        ON account.realm_id = line.realm_id AND account.id = line.account_id AND account.account_type = 'Accounts Receivable'
    SEMI JOIN linked
        ON linked.realm_id = line.realm_id AND linked.txn_id = line.journal_entry_id AND linked.txn_type = 'JournalEntry'
    GROUP BY line.realm_id, line.journal_entry_id, CASE line.entity_type WHEN 'Customer' THEN line.entity_id END
),
linked_journal AS (
    SELECT
        payer.realm_id,
        payer.txn_id AS id,
        payer.customer_id,
        any_value(journal_side.exchange_rate) AS exchange_rate,
        arg_max(
            journal_side.owed,
            (journal_side.customer_id IS NOT DISTINCT FROM payer.customer_id, abs(journal_side.owed), coalesce(journal_side.customer_id, ''))
        ) AS owed
    FROM (SELECT DISTINCT realm_id, customer_id, txn_id FROM linked WHERE txn_type = 'JournalEntry') AS payer
    INNER JOIN journal_side ON journal_side.realm_id = payer.realm_id AND journal_side.id = payer.txn_id
    GROUP BY payer.realm_id, payer.txn_id, payer.customer_id
),
settled AS (
    SELECT
        linked.realm_id,
        linked.id,
        CASE
            WHEN linked.txn_type IN ('CreditMemo', 'Deposit') OR linked_journal.owed < 0 OR purchase.credit THEN -linked.amount
            ELSE linked.amount
        END AS amount,
        coalesce(
            invoice.exchange_rate, credit_memo.exchange_rate, linked_journal.exchange_rate, deposit.exchange_rate, purchase.exchange_rate,
            linked.exchange_rate
        ) AS exchange_rate
    FROM linked
    LEFT JOIN quickbooks.invoice
        ON invoice.realm_id = linked.realm_id AND invoice.id = linked.txn_id AND linked.txn_type = 'Invoice'
    LEFT JOIN quickbooks.credit_memo
        ON credit_memo.realm_id = linked.realm_id AND credit_memo.id = linked.txn_id AND linked.txn_type = 'CreditMemo'
    LEFT JOIN linked_journal
        ON linked_journal.realm_id = linked.realm_id AND linked_journal.id = linked.txn_id AND linked.txn_type = 'JournalEntry'
        AND linked_journal.customer_id IS NOT DISTINCT FROM linked.customer_id
    -- A deposit with a line on A/R is a credit of the customer, a check to the customer on A/R is owed back.
    LEFT JOIN quickbooks.deposit
        ON deposit.realm_id = linked.realm_id AND deposit.id = linked.txn_id AND linked.txn_type = 'Deposit'
    LEFT JOIN quickbooks.purchase
        ON purchase.realm_id = linked.realm_id AND purchase.id = linked.txn_id
        AND linked.txn_type IN ('Purchase', 'Check', 'Expense', 'CreditCardExpense', 'CreditCardCredit')
),
settlement AS (
    SELECT realm_id, id, sum(amount) AS amount, sum(round(amount * exchange_rate, 2)) AS home_amount
    FROM settled
    GROUP BY realm_id, id
),
foreign_document AS (
    SELECT
        document.realm_id,
        document.id,
        document.exchange_gain_or_loss_id,
        round(document.total_amt * document.exchange_rate, 2) AS paid,
        settlement.home_amount + round((document.total_amt - settlement.amount) * document.exchange_rate, 2) AS settled
    FROM document
    INNER JOIN settlement ON settlement.realm_id = document.realm_id AND settlement.id = document.id
),
leg AS (
    SELECT
        realm_id, id AS transaction_id, 1 AS leg_number, 'total' AS leg_role, money_id AS account_id, total_amt AS debit, 0::DECIMAL(18, 4) AS credit,
        NULL::DECIMAL(38, 2) AS home_amount
    FROM document
    UNION ALL
    SELECT
        document.realm_id, document.id, 2 AS leg_number, 'settlement' AS leg_role, document.control_id, 0 AS debit, document.total_amt AS credit,
        -foreign_document.settled AS home_amount
    FROM document
    LEFT JOIN foreign_document ON foreign_document.realm_id = document.realm_id AND foreign_document.id = document.id
    UNION ALL
    SELECT
        realm_id, id, 3 AS leg_number, 'exchange' AS leg_role, exchange_gain_or_loss_id, 0 AS debit, 0 AS credit,
        settled - paid AS home_amount
    FROM foreign_document
    WHERE settled <> paid
)
SELECT
    document.realm_id,
    'Payment' AS transaction_type,
    document.id AS transaction_id,
    document.txn_date AS transaction_date,
    document.doc_number,
    document.currency_id,
    document.exchange_rate,
    leg.leg_number::INTEGER AS leg_number,
    leg.leg_role,
    NULL::VARCHAR AS line_id,
    NULL::BIGINT AS line_number,
    leg.account_id,
    leg.debit::DECIMAL(18, 4) AS debit,
    leg.credit::DECIMAL(18, 4) AS credit,
    leg.home_amount::DECIMAL(18, 2) AS home_amount,
    document.customer_id,
    NULL::VARCHAR AS vendor_id,
    NULL::VARCHAR AS employee_id,
    NULL::VARCHAR AS item_id,
    NULL::VARCHAR AS class_id,
    document.department_id,
    NULL::DECIMAL(28, 10) AS quantity,
    document.private_note AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
