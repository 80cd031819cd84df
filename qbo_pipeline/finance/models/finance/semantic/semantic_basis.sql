-- The two bases of accounting that every statement can be read on.
-- Grain: a basis.
-- Key: basis
-- Built: view
-- Source: the bases QuickBooks' reports are on.
-- Columns:
--   basis: 'Accrual' or 'Cash'.
--   ordinal: Order to show them in.
SELECT basis, ordinal::INTEGER AS ordinal
FROM (VALUES ('Accrual', 1), ('Cash', 2)) AS bases (basis, ordinal)
