-- What moved stock: quantity and value of each item and transaction. Quantity and value are QuickBooks' own, from the legs of its reports on the
-- items' asset accounts (only QuickBooks knows the cost of what was sold). Where a document is newer than the reports, its lines stand in, at the item's
-- purchase cost for what goes out, and are not confirmed.
-- Grain: a leg on stock, or a line.
-- Key: realm_id, transaction_type, transaction_id, item_id, movement_number
-- Built: documents
-- Source: JournalReport; lines of sales and purchase forms, InventoryAdjustment.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   item_id: The item.
--   item_key: Key of the item for BI tools: the company's id, a bar, the id; -1 where there is none.
--   movement_number: Number of the leg in the report, 0 for lines that stand in.
--   transaction_date: Date of the transaction.
--   month: First day of the month.
--   direction: 'in' or 'out'.
--   quantity: Quantity.
--   value: Value at cost, home currency; out is negative.
--   confirmed: QuickBooks' report of the month has this version of the document.
WITH stocked AS (
    SELECT item.realm_id, item.id AS item_id, coalesce(merged_account.surviving_id, item.asset_account_id) AS asset_account_id,
        coalesce(item.purchase_cost, 0) AS purchase_cost, coalesce(item.inventory_start_date, DATE '0001-01-01') AS stocked_since
    FROM quickbooks.item
    LEFT JOIN posting.merged_account
        ON merged_account.realm_id = item.realm_id AND merged_account.account_id = item.asset_account_id
    WHERE item.type IN ('Inventory', 'Assembly') AND item.asset_account_id IS NOT NULL
),
-- An item that was given another asset account may have its past on the one before.
stock_account AS (
    SELECT realm_id, asset_account_id AS account_id
    FROM stocked
    UNION
    SELECT realm_id, id
    FROM quickbooks.account
    WHERE account_sub_type = 'Inventory'
),
documents AS (
    SELECT document.realm_id, document.transaction_type, document.transaction_id, document.transaction_date, document.deleted,
        document.updated_at
    FROM changed.document
),
reported AS (
    SELECT
        legs.realm_id, legs.transaction_type, legs.transaction_id, legs.transaction_date, legs.item_id,
            legs.leg_number AS movement_number,
        legs.quantity, legs.debit - legs.credit AS value
    FROM posting.posted_leg AS legs
    SEMI JOIN stocked ON stocked.realm_id = legs.realm_id AND stocked.item_id = legs.item_id
    SEMI JOIN stock_account ON stock_account.realm_id = legs.realm_id AND stock_account.account_id = legs.account_id
    LEFT JOIN documents
        ON documents.realm_id = legs.realm_id AND documents.transaction_type = legs.transaction_type
            AND documents.transaction_id = legs.transaction_id
    LEFT JOIN reports.month_pull
        ON month_pull.realm_id = legs.realm_id AND month_pull.basis = legs.basis AND month_pull.month = legs.month
    WHERE legs.basis = 'Accrual' AND NOT coalesce(documents.deleted,
        FALSE) AND coalesce(documents.updated_at <= month_pull.pulled_at, TRUE)
),
shown AS (
    SELECT line.realm_id, line.transaction_type, line.transaction_id, line.transaction_date, line.item_id,
        -line.quantity AS quantity,
        -line.quantity * stocked.purchase_cost AS value
    FROM changed.fct_sales_line AS line
    INNER JOIN stocked ON stocked.realm_id = line.realm_id AND stocked.item_id = line.item_id
        AND stocked.stocked_since <= line.transaction_date
    WHERE line.line_type IN ('item', 'bundle_item') AND line.quantity <> 0
    UNION ALL
    -- What is bought without units corrects the cost of those that are there.
    SELECT line.realm_id, line.transaction_type, line.transaction_id, line.transaction_date, line.item_id,
        coalesce(line.quantity, 0), line.amount
    FROM changed.fct_spend_line AS line
    INNER JOIN stocked ON stocked.realm_id = line.realm_id AND stocked.item_id = line.item_id
        AND stocked.stocked_since <= line.transaction_date
    WHERE line.line_type IN ('item', 'bundle_item') AND (line.quantity <> 0 OR line.amount <> 0)
    UNION ALL
    SELECT line.realm_id, 'InventoryAdjustment', line.inventory_adjustment_id, adjustment.txn_date, line.item_id,
        line.quantity_difference,
        coalesce(line.value_difference, line.quantity_difference * stocked.purchase_cost)
    FROM changed.inventory_adjustment_line AS line
    INNER JOIN changed.inventory_adjustment AS adjustment
        ON adjustment.realm_id = line.realm_id AND adjustment.id = line.inventory_adjustment_id AND NOT adjustment.deleted
    INNER JOIN stocked ON stocked.realm_id = line.realm_id AND stocked.item_id = line.item_id
),
unreported AS (
    SELECT
        shown.realm_id, shown.transaction_type, shown.transaction_id, shown.transaction_date, shown.item_id,
        sum(shown.quantity) AS quantity, round(sum(shown.value), 2) AS value
    FROM shown
    ANTI JOIN reported
        ON reported.realm_id = shown.realm_id AND reported.transaction_type = shown.transaction_type
            AND reported.transaction_id = shown.transaction_id
    GROUP BY ALL
),
movements AS (
    SELECT realm_id, transaction_type, transaction_id, transaction_date, item_id, movement_number, quantity::DECIMAL(38, 10) AS quantity, value::DECIMAL(38, 2) AS value,
        TRUE AS confirmed FROM reported
    UNION ALL
    SELECT realm_id, transaction_type, transaction_id, transaction_date, item_id, 0, quantity, value, FALSE FROM unreported
)
SELECT
    realm_id,
    transaction_type,
    transaction_id,
    realm_id || '|' || transaction_type || '|' || transaction_id AS transaction_key,
    item_id,
    realm_id || '|' || item_id AS item_key,
    movement_number::INTEGER AS movement_number,
    transaction_date,
    date_trunc('month', transaction_date)::DATE AS month,
    CASE WHEN quantity > 0 OR (coalesce(quantity, 0) = 0 AND value > 0) THEN 'in' ELSE 'out' END AS direction,
    coalesce(quantity, 0)::DECIMAL(28, 10) AS quantity,
    value::DECIMAL(18, 2) AS value,
    confirmed
FROM movements
