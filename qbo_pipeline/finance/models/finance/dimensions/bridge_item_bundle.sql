-- What a bundle is made of.
-- Grain: a component of a bundle.
-- Key: realm_id, bundle_item_id, component_number
-- Built: view
-- Source: ItemGroupDetail of Item.
-- Columns:
--   realm_id: The company.
--   bundle_item_id: The bundle.
--   component_number: Number of the component.
--   component_item_id: The component.
--   bundle_item_key: Key of the bundle for BI tools: the company's id, a bar, the id; -1 where there is none.
--   component_item_key: Key of the component for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   quantity: Quantity.
SELECT
    item_group_line.realm_id,
    item_group_line.item_id AS bundle_item_id,
    item_group_line.group_line_number AS component_number,
    item_group_line.component_id AS component_item_id,
    item_group_line.realm_id || '|' || item_group_line.item_id AS bundle_item_key,
    item_group_line.realm_id || '|' || item_group_line.component_id AS component_item_key,
    item_group_line.quantity
FROM quickbooks.item_group_line
