"""The Reports API, computed from the postings of a company: `endpoint` answers, `catalogue` says what there is.

A report is built as a `table.Table` in English and in amounts; `rendering` alone knows the two shapes of the JSON
(v1 as recorded in 2020, v2 since 2026-08-31) and `titles` the languages.
"""
