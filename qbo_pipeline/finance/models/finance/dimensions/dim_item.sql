-- Products, services, bundles and categories with their accounts. Those that are inactive or deleted stay.
-- Grain: an item, and "Not specified" of each company.
-- Key: realm_id, item_id
-- Built: view
-- Source: Item.
-- Columns:
--   realm_id: The company.
--   item_id: The item.
--   item_key: Key of the item for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   path: Names from the root down, with colons between.
--   sku: Stock keeping unit.
--   description: Description.
--   item_type: QuickBooks' type: Inventory, Service, NonInventory, Group, Category.
--   parent_item_id: Parent item or category.
--   root_item_id: Topmost parent.
--   category_path: Path of the parent.
--   depth: How deep it lies; 1 is a root.
--   level1: Name at the first level (the root).
--   level2: Name at the second level, NULL above it.
--   level3: Name at the third level, NULL above it.
--   level4: Name at the fourth level, NULL above it.
--   level5: Name at the fifth level, NULL above it.
--   is_bundle: A bundle of other items.
--   is_category: A category.
--   is_inventory: Its quantity is tracked.
--   income_account_id: Account of its sales.
--   expense_account_id: Account of its cost.
--   asset_account_id: Account of its stock.
--   unit_price: Price of a unit, transaction currency.
--   purchase_cost: Cost of a unit.
--   quantity_on_hand: Quantity in stock as QuickBooks has it.
--   quantity_on_purchase_order: Quantity ordered.
--   reorder_point: Quantity at which to order.
--   inventory_start_date: First day of its inventory.
--   preferred_vendor_id: Preferred vendor.
--   is_taxable: Taxable.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
SELECT
    item.realm_id,
    item.id AS item_id,
    item.realm_id || '|' || item.id AS item_key,
    coalesce(item.name, 'Item ' || item.id) AS name,
    hierarchy.path,
    item.sku,
    item.description,
    item.type AS item_type,
    item.parent_id AS parent_item_id,
    hierarchy.root_id AS root_item_id,
    CASE WHEN hierarchy.depth > 1 THEN regexp_replace(hierarchy.path, ':[^:]*$', '') END AS category_path,
    hierarchy.depth,
    hierarchy.level1,
    hierarchy.level2,
    hierarchy.level3,
    hierarchy.level4,
    hierarchy.level5,
    coalesce(item.type = 'Group', FALSE) AS is_bundle,
    coalesce(item.type = 'Category', FALSE) AS is_category,
    coalesce(item.track_quantity_on_hand, FALSE) AS is_inventory,
    item.income_account_id,
    item.expense_account_id,
    item.asset_account_id,
    item.unit_price,
    item.purchase_cost,
    item.quantity_on_hand,
    item.quantity_on_purchase_order,
    item.reorder_point,
    item.inventory_start_date,
    item.preferred_vendor_id,
    item.taxable AS is_taxable,
    coalesce(item.active, FALSE) AND NOT item.deleted AS is_active,
    item.deleted AS is_deleted
FROM quickbooks.item
LEFT JOIN finance.hierarchy
    ON hierarchy.realm_id = item.realm_id AND hierarchy.list = 'item' AND hierarchy.id = item.id
UNION ALL
SELECT
    realm_id, '-1', realm_id || '|-1', 'Not specified', 'Not specified', NULL, NULL, NULL, NULL, '-1', NULL, 1, 'Not specified',
        NULL, NULL, NULL,
    NULL, FALSE, FALSE, FALSE, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, FALSE, FALSE
FROM finance.dim_company
