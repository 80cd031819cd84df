-- Spend lines as BI tools read them: with one key of their own and what their document says.
-- Grain: a line of a purchase form.
-- Key: spend_line_key
-- Built: view
-- Source: fct_spend_line, dim_account, dim_transaction, dim_term, dim_employee.
-- Columns:
--   spend_line_key: Key of the line: the company's id, the document's type and id, the line's type and numbers, with bars between.
--   realm_id: The company.
--   transaction_date: Date of the document.
--   fiscal_month_key: Key of its month in semantic_fiscal_period.
--   due_date: Day it is due.
--   transaction_type: What people call the type of the document.
--   doc_number: Number on the document.
--   transaction_key: Key of the document.
--   line_type: 'account', 'item', 'bundle_item' or 'tax'.
--   vendor_key: Key of the vendor.
--   employee: Name of the employee.
--   customer_key: Key of the customer.
--   item_key: Key of the item.
--   account_key: Key of the account.
--   class_key: Key of the class.
--   department_key: Key of the department (location).
--   term: Name of the payment term.
--   currency_id: Code of the transaction currency.
--   billable_status: 'Billable', 'HasBeenBilled' or 'NotBillable'.
--   quantity: Quantity.
--   unit_price: Price of a unit, transaction currency.
--   amount: With tax, home currency.
--   net_amount: Bought, without tax, home currency; 0 of what pays off what is owed, as a check for a card, a loan or the balance
--       of a vendor.
--   tax_amount: Tax, home currency.
--   foreign_amount: With tax, transaction currency.
--   description: Description.
--   qbo_url: Opens the document in QuickBooks.
--   line_count: Always 1: its sum counts lines.
SELECT
    line.realm_id || '|' || line.transaction_type || '|' || line.transaction_id || '|' || line.line_type || '|'
    || line.line_number || '|' || line.child_number AS spend_line_key,
    line.realm_id,
    line.transaction_date,
    line.realm_id || '|' || strftime(line.transaction_date, '%Y-%m') AS fiscal_month_key,
    document.due_date,
    coalesce(document.type_label, line.transaction_type) AS transaction_type,
    document.doc_number,
    line.transaction_key,
    line.line_type,
    line.vendor_key,
    dim_employee.name AS employee,
    line.customer_key,
    line.item_key,
    line.account_key,
    line.class_key,
    line.department_key,
    dim_term.name AS term,
    document.currency_id,
    line.billable_status,
    line.quantity,
    line.unit_price,
    line.amount,
    (CASE WHEN account.takes_purchases IS NOT FALSE THEN line.net_amount ELSE 0 END)::DECIMAL(18, 2) AS net_amount,
    line.tax_amount,
    line.foreign_amount,
    line.description,
    document.qbo_url,
    1::INTEGER AS line_count
FROM finance.fct_spend_line AS line
LEFT JOIN finance.dim_account AS account ON account.account_key = line.account_key
LEFT JOIN finance.dim_transaction AS document
    ON document.realm_id = line.realm_id AND document.transaction_type = line.transaction_type
        AND document.transaction_id = line.transaction_id
LEFT JOIN finance.dim_term ON dim_term.realm_id = document.realm_id AND dim_term.term_id = document.term_id
LEFT JOIN finance.dim_employee ON dim_employee.realm_id = line.realm_id AND dim_employee.employee_id = line.employee_id
