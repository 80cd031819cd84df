-- Adjustments of stock whose value the entity tells: the item's asset account against the adjustment account.
-- Most tell quantities alone: what these are worth only QuickBooks knows, and its report brings the legs.
-- Grain: a leg of an inventory adjustment.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: inventory adjustments and their lines; the item's asset account.
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
        realm_id, id, txn_date, doc_number, currency_id, exchange_rate, adjust_account_id, customer_id, department_id, private_note
    FROM changed.inventory_adjustment
    WHERE NOT deleted
),
line AS (
    SELECT
        line.realm_id,
        line.inventory_adjustment_id,
        line.line_number,
        line.line_id,
        line.item_id,
        line.class_id,
        line.quantity_difference,
        line.description,
        line.value_difference,
        item.asset_account_id
    FROM changed.inventory_adjustment_line AS line
    INNER JOIN quickbooks.item ON item.realm_id = line.realm_id AND item.id = line.item_id
    WHERE line.value_difference <> 0
),
leg AS (
    SELECT
        realm_id, inventory_adjustment_id AS transaction_id, 1000 * line_number AS leg_number, 'line' AS leg_role, line_id, line_number,
        asset_account_id AS account_id, value_difference AS debit, 0::DECIMAL(18, 4) AS credit, item_id, class_id, quantity_difference AS quantity,
        description AS memo
    FROM line
    UNION ALL
    SELECT
        line.realm_id, line.inventory_adjustment_id, 1000 * line.line_number + 1 AS leg_number, 'line' AS leg_role, line.line_id, line.line_number,
        document.adjust_account_id, 0 AS debit, line.value_difference AS credit, line.item_id, line.class_id, NULL AS quantity,
        line.description
    FROM line
    INNER JOIN document ON document.realm_id = line.realm_id AND document.id = line.inventory_adjustment_id
)
SELECT
    document.realm_id,
    'InventoryAdjustment' AS transaction_type,
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
    document.customer_id AS customer_id,
    NULL::VARCHAR AS vendor_id,
    NULL::VARCHAR AS employee_id,
    leg.item_id AS item_id,
    leg.class_id AS class_id,
    document.department_id AS department_id,
    leg.quantity AS quantity,
    coalesce(leg.memo, document.private_note) AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
