-- Ways of being paid.
-- Grain: a payment method, and "Not specified" of each company.
-- Key: realm_id, payment_method_id
-- Built: view
-- Source: PaymentMethod.
-- Columns:
--   realm_id: The company.
--   payment_method_id: Payment method.
--   payment_method_key: Key of the payment method for BI tools: the company's id, a bar, the id; -1 where there
--       is none.
--   name: Name.
--   is_card: A credit card.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
SELECT
    realm_id,
    id AS payment_method_id,
    realm_id || '|' || id AS payment_method_key,
    coalesce(name, 'Payment method ' || id) AS name,
    type = 'CREDIT_CARD' AS is_card,
    coalesce(active, FALSE) AND NOT deleted AS is_active,
    deleted AS is_deleted
FROM quickbooks.payment_method
UNION ALL
SELECT realm_id, '-1', realm_id || '|-1', 'Not specified', NULL, FALSE, FALSE
FROM finance.dim_company
