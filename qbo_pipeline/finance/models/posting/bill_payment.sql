-- Payments of bills: what was owed leaves A/P, the money leaves the bank or goes on the card.
-- In a foreign currency the bank gives it at the payment's rate, A/P gives each bill up at that bill's rate, and the difference is a realized
-- exchange gain or loss.
-- Grain: a leg of a bill payment.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: bill payments, their lines, the rates of the documents they pay and use, the A/P accounts of the bills.
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
WITH billed AS (
    SELECT linked_txn.realm_id, linked_txn.bill_payment_id AS id, min_by(bill.ap_account_id, linked_txn.line_number) AS payable_id
    FROM changed.bill_payment_line_linked_txn AS linked_txn
    INNER JOIN quickbooks.bill ON bill.realm_id = linked_txn.realm_id AND bill.id = linked_txn.txn_id
    WHERE linked_txn.txn_type = 'Bill'
    GROUP BY linked_txn.realm_id, linked_txn.bill_payment_id
),
document AS (
    SELECT
        bill_payment.realm_id,
        bill_payment.id,
        bill_payment.txn_date,
        bill_payment.doc_number,
        bill_payment.currency_id,
        bill_payment.exchange_rate,
        bill_payment.vendor_id,
        bill_payment.department_id,
        bill_payment.private_note,
        bill_payment.total_amt,
        company_account.exchange_gain_or_loss_id,
        bill_payment.currency_id <> company_account.home_currency_id AND company_account.exchange_gain_or_loss_id IS NOT NULL AS is_foreign,
        coalesce(bill_payment.check_bank_account_id, bill_payment.credit_card_account_id) AS money_id,
        coalesce(
            bill_payment.ap_account_id, reported.payable_account_id, billed.payable_id, payable_account.account_id
        ) AS control_id
    FROM changed.bill_payment
    LEFT JOIN posting.company_account ON company_account.realm_id = bill_payment.realm_id
    LEFT JOIN posting.payable_account
        ON payable_account.realm_id = bill_payment.realm_id
        AND payable_account.currency_id = coalesce(bill_payment.currency_id, company_account.home_currency_id)
    LEFT JOIN posting.document_control_account AS reported
        ON reported.realm_id = bill_payment.realm_id AND reported.transaction_type = 'BillPayment' AND reported.transaction_id = bill_payment.id
    LEFT JOIN billed ON billed.realm_id = bill_payment.realm_id AND billed.id = bill_payment.id
    WHERE NOT bill_payment.deleted
),
linked AS (
    SELECT
        document.realm_id, document.id, document.vendor_id, document.exchange_rate, line.amount, linked_txn.txn_type, linked_txn.txn_id
    FROM document
    INNER JOIN changed.bill_payment_line AS line ON line.realm_id = document.realm_id AND line.bill_payment_id = document.id
    INNER JOIN changed.bill_payment_line_linked_txn AS linked_txn
        ON linked_txn.realm_id = line.realm_id AND linked_txn.bill_payment_id = line.bill_payment_id AND linked_txn.line_number = line.line_number
    WHERE document.is_foreign AND linked_txn.linked_txn_number = 1
),
-- An entry may carry a balance over from one vendor to another: of its lines those of the payment's vendor count, else the most.
journal_side AS (
    SELECT
        line.realm_id,
        line.journal_entry_id AS id,
        CASE line.entity_type WHEN 'Vendor' THEN line.entity_id END AS vendor_id,
        any_value(journal_entry.exchange_rate) AS exchange_rate,
        sum(CASE line.posting_type WHEN 'Credit' THEN line.amount ELSE -line.amount END) AS owed
    FROM quickbooks.journal_entry_line AS line
    INNER JOIN quickbooks.journal_entry ON journal_entry.realm_id = line.realm_id AND journal_entry.id = line.journal_entry_id
    INNER JOIN quickbooks.account
        ON account.realm_id = line.realm_id AND account.id = line.account_id AND account.account_type = 'Accounts Payable'
    SEMI JOIN linked
        ON linked.realm_id = line.realm_id AND linked.txn_id = line.journal_entry_id AND linked.txn_type = 'JournalEntry'
    GROUP BY line.realm_id, line.journal_entry_id, CASE line.entity_type WHEN 'Vendor' THEN line.entity_id END
),
linked_journal AS (
    SELECT
        payer.realm_id,
        payer.txn_id AS id,
        payer.vendor_id,
        any_value(journal_side.exchange_rate) AS exchange_rate,
        arg_max(
            journal_side.owed,
            (journal_side.vendor_id IS NOT DISTINCT FROM payer.vendor_id, abs(journal_side.owed), coalesce(journal_side.vendor_id, ''))
        ) AS owed
    FROM (SELECT DISTINCT realm_id, vendor_id, txn_id FROM linked WHERE txn_type = 'JournalEntry') AS payer
    INNER JOIN journal_side ON journal_side.realm_id = payer.realm_id AND journal_side.id = payer.txn_id
    GROUP BY payer.realm_id, payer.txn_id, payer.vendor_id
),
settled AS (
    SELECT
        linked.realm_id,
        linked.id,
        CASE
            WHEN linked.txn_type = 'VendorCredit' OR linked_journal.owed < 0 OR NOT coalesce(purchase.credit, purchase.id IS NULL)
                THEN -linked.amount
            ELSE linked.amount
        END AS amount,
        coalesce(
            bill.exchange_rate, vendor_credit.exchange_rate, linked_journal.exchange_rate, deposit.exchange_rate, purchase.exchange_rate,
            linked.exchange_rate
        ) AS exchange_rate
    FROM linked
    LEFT JOIN quickbooks.bill
        ON bill.realm_id = linked.realm_id AND bill.id = linked.txn_id AND linked.txn_type = 'Bill'
    LEFT JOIN quickbooks.vendor_credit
        ON vendor_credit.realm_id = linked.realm_id AND vendor_credit.id = linked.txn_id AND linked.txn_type = 'VendorCredit'
    LEFT JOIN linked_journal
        ON linked_journal.realm_id = linked.realm_id AND linked_journal.id = linked.txn_id AND linked.txn_type = 'JournalEntry'
        AND linked_journal.vendor_id IS NOT DISTINCT FROM linked.vendor_id
    -- A check to the vendor on A/P was paid in advance, what the vendor gave back on a deposit is owed again.
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
        realm_id, id AS transaction_id, 1 AS leg_number, 'total' AS leg_role, money_id AS account_id, 0::DECIMAL(18, 4) AS debit, total_amt AS credit,
        NULL::DECIMAL(38, 2) AS home_amount
    FROM document
    UNION ALL
    SELECT
        document.realm_id, document.id, 2 AS leg_number, 'settlement' AS leg_role, document.control_id, document.total_amt AS debit, 0 AS credit,
        foreign_document.settled AS home_amount
    FROM document
    LEFT JOIN foreign_document ON foreign_document.realm_id = document.realm_id AND foreign_document.id = document.id
    UNION ALL
    SELECT
        realm_id, id, 3 AS leg_number, 'exchange' AS leg_role, exchange_gain_or_loss_id, 0 AS debit, 0 AS credit,
        paid - settled AS home_amount
    FROM foreign_document
    WHERE settled <> paid
)
SELECT
    document.realm_id,
    'BillPayment' AS transaction_type,
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
    NULL::VARCHAR AS customer_id,
    document.vendor_id,
    NULL::VARCHAR AS employee_id,
    NULL::VARCHAR AS item_id,
    NULL::VARCHAR AS class_id,
    document.department_id,
    NULL::DECIMAL(28, 10) AS quantity,
    document.private_note AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
