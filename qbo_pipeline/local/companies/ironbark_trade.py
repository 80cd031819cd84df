"""How Ironbark Fabrication buys and sells: orders, goods received, quotes, invoices, the counter, returns."""

from __future__ import annotations

from datetime import timedelta

from qbo_pipeline.local.companies import posting
from qbo_pipeline.local.companies.amounts import extend, percent_of
from qbo_pipeline.local.companies.ironbark_lists import IronbarkLists
from qbo_pipeline.local.companies.model import Document, Item, Line, Party


class IronbarkTrade(IronbarkLists):
    """The shop at work."""

    def _first_stock(self) -> None:
        for item in self.stock:
            self._order(item, item.reorder_point * 3, at_once=True)

    def _reorder(self) -> None:
        """Orders what is low: one purchase order a supplier, with every item of theirs that is needed."""
        needed: dict[Party, list[tuple[Item, int]]] = {}
        for item in self.stock:
            if item.on_hand + self.incoming.get(item.id, 0) <= item.reorder_point and item.vendor is not None:
                needed.setdefault(item.vendor, []).append((item, item.reorder_point * 2))
        for supplier, rows in needed.items():
            self._send_order(supplier, rows)

    def _order(self, item: Item, units: int, at_once: bool = False) -> None:
        if item.vendor is not None:
            self._send_order(item.vendor, [(item, units)], at_once)

    def _send_order(self, supplier: Party, rows: list[tuple[Item, int]], at_once: bool = False) -> None:
        books, rng = self.books, self.books.rng
        order = books.enter("PurchaseOrder", party=supplier)
        self.order_number += 1
        order.number = f"PO-{self.order_number}"
        order.status = "Open"
        order.emailed = True
        for item, units in rows:
            # Steel follows the market.
            price = percent_of(
                item.cost, 10_000 + rng.randrange(-300, 500) + 250 * (books.today.year - books.start.year)
            )
            line = Line(
                "item", extend(price, 100 * units), item.description, item=item, quantity=100 * units, price=price
            )
            line.klass = self.classes[item.parent.name] if item.parent else None
            order.lines.append(line)
            self.incoming[item.id] = self.incoming.get(item.id, 0) + units
        order.total = sum(line.amount for line in order.lines)
        order.due = order.day + timedelta(days=21)
        if at_once:
            self._goods_arrive(order)
        else:
            arrival = books.business_day(books.today + timedelta(days=rng.randrange(5, 19)))
            books.on(arrival, lambda _: self._goods_arrive(order))

    def _goods_arrive(self, order: Document) -> None:
        """The supplier's bill comes with the goods, sometimes with freight on it."""
        if order.party is None:
            return
        lines = []
        for ordered in order.lines:
            if ordered.item is None:
                continue
            line = Line("item", ordered.amount, ordered.description, item=ordered.item, klass=ordered.klass)
            line.quantity, line.price, line.cost, line.source = ordered.quantity, ordered.price, 0, order
            lines.append(line)
            posting.receive(ordered.item, ordered.quantity // 100, ordered.amount)
            self.incoming[ordered.item.id] -= ordered.quantity // 100
        if self.books.rng.random() < 0.3:
            lines.append(
                Line("account", self.books.rng.randrange(4_500, 28_000), "Freight", account=self.chart["Freight In"])
            )
        bill = self.routine.bill(order.party, lines)
        bill.department = self.locations["Akron Shop"]
        order.status = "Closed"
        self.books.link(order, bill, bill.created)

    def _freight(self) -> None:
        line = Line("account", self.books.rng.randrange(6_000, 42_000), "Freight", account=self.chart["Freight In"])
        self.routine.bill(self.carrier, [line])

    def _supplier_credit(self) -> None:
        """Faulty goods go back, at what they cost."""
        rng = self.books.rng
        item = rng.choice(self.stock)
        if not item.layers or item.vendor is None or item.layers[0][0] < 3:
            return
        units, cost = item.layers[0]
        count = rng.randrange(1, max(2, min(units // 2, 6)))
        value = posting.issue(item, count)
        credit = self.books.enter("VendorCredit", party=item.vendor)
        credit.number = f"RMA{rng.randrange(1000, 9999)}"
        line = Line("item", value, f"Returned: {item.name}", item=item, quantity=100 * count, price=cost // units)
        credit.lines = [line]
        credit.total = value
        self.routine.credits[item.vendor].append(credit)

    def _stock_line(self, item: Item, units: int) -> Line | None:
        """A sale of stock, as many as there are; None when there are none."""
        units = min(units, item.on_hand)
        if units <= 0:
            return None
        line = Line("item", extend(item.price, 100 * units), item.description, item=item, quantity=100 * units)
        line.price, line.taxable = item.price, item.taxable
        line.klass = self.classes[item.parent.name] if item.parent else None
        line.cost = posting.issue(item, units)
        return line

    def _bundle_line(self, bundle: Item, count: int) -> Line | None:
        if any(part.on_hand < each * count for part, each in bundle.components):
            return None
        children = [self._stock_line(part, each * count) for part, each in bundle.components]
        line = Line("bundle", item=bundle, description=bundle.description, quantity=100 * count)
        line.children = tuple(child for child in children if child is not None)
        line.amount = sum(child.amount for child in line.children)
        return line

    def _goods(self, most: int) -> list[Line]:
        rng = self.books.rng
        lines: list[Line] = []
        for item in rng.sample(self.stock, rng.randrange(1, most)):
            line = self._stock_line(item, rng.randrange(1, 13) if item.cost < 2000 else rng.randrange(1, 4))
            if line is not None:
                lines.append(line)
        if rng.random() < 0.16:
            bundle = self._bundle_line(rng.choice(self.bundles), 1)
            if bundle is not None:
                lines.append(bundle)
        return lines

    def _service_line(self, item: Item) -> Line:
        hours = 50 * self.books.rng.randrange(1, 17)
        line = Line("item", extend(item.price, hours), item.description, item=item, quantity=hours, price=item.price)
        line.klass = self.classes["Services"]
        return line

    def _sale(self) -> None:
        rng = self.books.rng
        client = rng.choice(self.clients)
        lines = self._goods(5)
        if not lines or rng.random() < 0.25:
            lines.append(self._service_line(rng.choice(self.services)))
        self._bill_sale(client, lines)

    def _bill_sale(self, client: Party, lines: list[Line]) -> Document:
        rng = self.books.rng
        charges = self.charges.pop(client, [])
        for charge in charges:
            line = Line(
                "item", charge.total, charge.lines[0].description, account=self.chart["Billable Expense Income"]
            )
            line.quantity, line.price, line.source = 100, charge.total, charge
            lines.append(line)
        dealer = client.root.group is not None and client.root.group.name == "Dealer"
        invoice = self.selling.invoice(
            client,
            lines,
            discount_percent=1000 if dealer else 500 if rng.random() < 0.05 else 0,
            shipping=100 * rng.randrange(15, 140) if rng.random() < 0.3 else 0,
            deposit_percent=3000 if rng.random() < 0.03 else 0,
        )
        invoice.department = self.locations["Akron Shop" if rng.random() < 0.8 else "Canton Showroom"]
        if rng.random() < 0.5:
            invoice.custom = (("PO Number", str(rng.randrange(40_000, 90_000))),)
        for charge in charges:
            charge.status = "HasBeenBilled"
            self.books.link(charge, invoice, invoice.created)
        return invoice

    def _quote(self) -> None:
        """An estimate does not touch stock; an accepted one becomes an invoice weeks later."""
        rng = self.books.rng
        client = rng.choice(self.clients)
        item = rng.choice(self.stock)
        units = rng.randrange(1, 4)
        quoted = Line("item", extend(item.price, 100 * units), item.description, item=item, quantity=100 * units)
        quoted.price, quoted.taxable = item.price, item.taxable
        estimate = self.selling.form("Estimate", client, [quoted, self._service_line(self.services[0])])
        estimate.due = estimate.day + timedelta(days=45)
        estimate.status = rng.choice(("Pending", "Pending", "Accepted", "Accepted", "Rejected"))
        self.books.total_up(estimate)
        if estimate.status == "Accepted":
            self.books.on(
                self.books.business_day(self.books.today + timedelta(days=rng.randrange(4, 25))),
                lambda _: self._order_quoted(estimate),
            )

    def _order_quoted(self, estimate: Document) -> None:
        quoted, work = estimate.lines
        if estimate.party is None or not estimate.party.active or quoted.item is None:
            return
        goods = self._stock_line(quoted.item, quoted.quantity // 100)
        work = Line("item", work.amount, work.description, item=work.item, quantity=work.quantity, price=work.price)
        lines = [line for line in (goods, work) if line is not None]
        for line in lines:
            line.source = estimate
        invoice = self._bill_sale(estimate.party, lines)
        estimate.status = "Closed"
        self.books.link(estimate, invoice, invoice.created)

    def _counter_sale(self) -> None:
        rng = self.books.rng
        lines = self._goods(3)
        if not lines:
            return
        client = rng.choice(self.clients) if rng.random() < 0.35 else None
        receipt = self.selling.form("SalesReceipt", client, lines)
        receipt.tax_code = self.ohio if client is None or client.tax_code else client.tax_code
        receipt.department = self.locations["Canton Showroom" if rng.random() < 0.7 else "Akron Shop"]
        receipt.method = self.methods[rng.choice(("Cash", "Visa Card", "Visa Card", "Debit Card", "Check"))]
        receipt.reference = str(rng.randrange(1000, 9999)) if receipt.method.name == "Check" else ""
        self.books.total_up(receipt)
        self.books.undeposited.append(receipt)
        if rng.random() < 0.045 and lines[0].item is not None and lines[0].kind == "item":
            self.books.on(
                self.books.today + timedelta(days=rng.randrange(1, 12)),
                lambda _: self._refund(receipt, lines[0]),
            )

    def _returned(self, sold: Line) -> Line:
        """One unit back on the shelf."""
        line = Line("item", sold.price, f"Returned: {sold.description}", item=sold.item, quantity=100, price=sold.price)
        line.taxable, line.klass = sold.taxable, sold.klass
        if sold.item is not None and sold.item.asset is not None:
            line.cost = posting.give_back(sold.item, 1)
        return line

    def _refund(self, receipt: Document, sold: Line) -> None:
        refund = self.selling.form("RefundReceipt", receipt.party, [self._returned(sold)])
        refund.tax_code, refund.department = receipt.tax_code, receipt.department
        refund.method, refund.account = receipt.method, self.chart["Operating Account"]
        self.books.total_up(refund)

    def _goods_return(self) -> None:
        """A customer on account sends something back and gets a credit memo."""
        rng = self.books.rng
        client = rng.choice(self.clients)
        for invoice in self.selling.open_invoices[client]:
            for sold in invoice.lines:
                if sold.kind == "item" and sold.item is not None and sold.item.asset is not None:
                    self.selling.credit(client, [self._returned(sold)], f"Return from invoice {invoice.number}")
                    return

    def _billable_part(self) -> None:
        """A part bought by card for one customer's job, to be charged on."""
        books, rng = self.books, self.books.rng
        client = rng.choice(self.clients)
        habit = self.routine.habits[0]
        line = Line("account", rng.randrange(3_000, 45_000), "Special-order part", account=habit.account)
        line.party, line.billable = client, "Billable"
        purchase = self.routine.spend(habit.vendor, [line])
        charge = books.enter("ReimburseCharge", party=client)
        charge.lines = [Line("reimburse", line.amount, line.description, account=self.chart["Billable Expense Income"])]
        charge.total = line.amount
        charge.status = "Billable"
        books.link(purchase, charge, charge.created)
        self.charges.setdefault(client, []).append(charge)
