-- What each company's closing date was, from when and until when, a row a stretch. Source: history.preferences.
SELECT realm_id, accounting_book_close_date AS last_day, valid_from AS closed_from, valid_to AS closed_until
FROM history.preferences
WHERE accounting_book_close_date IS NOT NULL AND list_contains(?, realm_id)
ORDER BY realm_id, valid_from;
