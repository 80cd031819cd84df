"""Take the pictures of the report that the documentation shows, of what `make demo` loaded.

python -m qbo_pipeline_tests.finance_report.screenshots
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import qbo_pipeline
from qbo_pipeline.command_line.warehouse_reader import WarehouseReader
from qbo_pipeline.finance_report.page import render_page
from qbo_pipeline.finance_report.reading import read_companies, read_report
from qbo_pipeline.settings import load_settings
from qbo_pipeline_tests.end_to_end.browser import open_browser
from qbo_pipeline_tests.prerequisites import chromium

IMAGES = Path(qbo_pipeline.__file__).parent.parent / "docs" / "images"
COMPANY = "Ironbark Fabrication"


def main() -> int:
    """Write docs/images/report.png and docs/images/report-document.png."""
    browser = chromium()
    if browser is None:
        sys.exit("there is no Chromium on this machine")
    with WarehouseReader(load_settings().data.warehouse) as reader:
        connection = reader.connection()
        [company] = [one for one in read_companies(connection) if one.name == COMPANY]
        html = render_page(read_report(connection, company, with_legs=True))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        path.write_text(html, encoding="utf-8")
        with open_browser(browser, Path(folder) / "profile", width=1400, height=1085, scale=1) as page:
            page.goto(path.as_uri())
            page.screenshot(path=IMAGES / "report.png")
            page.set_viewport_size({"width": 1400, "height": 640})
            row = page.locator("#balance tr").filter(has=page.locator("th:text-is('Inventory Asset')"))
            row.locator("td button").first.click()
            page.locator("#drill details summary").nth(3).click()
            page.locator("#drill .legs button").first.click()
            page.screenshot(path=IMAGES / "report-document.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
