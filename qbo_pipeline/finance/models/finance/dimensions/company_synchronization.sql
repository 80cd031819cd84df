-- When something of a company was last received. Apart from dim_company, so that a change of a document does not make
-- all that reads the companies due.
-- Grain: a company.
-- Key: realm_id
-- Built: table
-- Source: CompanyInfo and the transactions.
-- Columns:
--   realm_id: The company.
--   synced_at: Newest synchronization of any transaction, UTC.
WITH received AS (
    SELECT realm_id, max(synced_at) AS synced_at FROM quickbooks.company_info GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.invoice GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.payment GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.sales_receipt GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.bill GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.bill_payment GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.purchase GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.deposit GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.journal_entry GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.estimate GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.credit_memo GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.refund_receipt GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.reimburse_charge GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.purchase_order GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.vendor_credit GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.credit_card_payment GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.transfer GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.inventory_adjustment GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.time_activity GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.tax_payment GROUP BY ALL
)
SELECT realm_id, max(synced_at) AS synced_at
FROM received
GROUP BY ALL
