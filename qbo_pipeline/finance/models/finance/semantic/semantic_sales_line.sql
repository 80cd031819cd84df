-- Sales lines as BI tools read them: with one key of their own and what their document says.
-- Grain: a line of a sales form.
-- Key: sales_line_key
-- Built: view
-- Source: fct_sales_line, dim_transaction.
-- Columns:
--   sales_line_key: Key of the line: the company's id, the document's type and id, the line's type and numbers, with bars between.
--   realm_id: The company.
--   transaction_date: Date of the document.
--   fiscal_month_key: Key of its month in semantic_fiscal_period.
--   due_date: Day it is due.
--   service_date: Day the service was given.
--   transaction_type: What people call the type of the document.
--   doc_number: Number on the document.
--   transaction_key: Key of the document.
--   line_type: 'item', 'bundle_item', 'discount', 'shipping', 'tip' or 'tax'.
--   customer_key: Key of the customer.
--   item_key: Key of the item.
--   account_key: Key of the account.
--   class_key: Key of the class.
--   department_key: Key of the department (location).
--   term_key: Key of the payment term.
--   currency_id: Code of the transaction currency.
--   quantity: Quantity.
--   unit_price: Price of a unit, transaction currency.
--   amount: With tax, home currency.
--   gross_amount: Before discounts, tips and tax, home currency.
--   discount_amount: Discounts (negative), home currency.
--   net_amount: Without tips and tax, home currency.
--   tax_amount: Tax, home currency.
--   foreign_amount: With tax, transaction currency.
--   description: Description.
--   qbo_url: Opens the document in QuickBooks.
--   line_count: Always 1: its sum counts lines.
SELECT
    line.realm_id || '|' || line.transaction_type || '|' || line.transaction_id || '|' || line.line_type || '|'
    || line.line_number || '|' || line.child_number AS sales_line_key,
    line.realm_id,
    line.transaction_date,
    line.realm_id || '|' || strftime(line.transaction_date, '%Y-%m') AS fiscal_month_key,
    document.due_date,
    line.service_date,
    coalesce(document.type_label, line.transaction_type) AS transaction_type,
    document.doc_number,
    line.transaction_key,
    line.line_type,
    line.customer_key,
    line.item_key,
    line.account_key,
    line.class_key,
    line.department_key,
    line.realm_id || '|' || coalesce(document.term_id, '-1') AS term_key,
    document.currency_id,
    line.quantity,
    line.unit_price,
    line.amount,
    line.gross_amount,
    line.discount_amount,
    line.net_amount,
    line.tax_amount,
    line.foreign_amount,
    line.description,
    document.qbo_url,
    1::INTEGER AS line_count
FROM finance.fct_sales_line AS line
LEFT JOIN finance.dim_transaction AS document
    ON document.realm_id = line.realm_id AND document.transaction_type = line.transaction_type
        AND document.transaction_id = line.transaction_id
