"use strict";
// Drill-down: a cell of a statement, the accounts and months in it, their legs, and the document of a leg.
// Amounts are whole cents as BigInt, so that every sum is exact.
(() => {
  const books = JSON.parse(document.getElementById("books").textContent);
  const { accounts, documents, legs, lines, texts } = books;
  const dialog = document.getElementById("drill");
  const title = document.getElementById("drill-title");
  const body = document.getElementById("drill-body");
  const back = document.getElementById("back");
  const epoch = Date.parse(books.epoch + "T00:00:00Z");
  const DAY = 86400000;
  const voided = new Set(documents.voided);
  const path = [];

  const number = (date) => Math.round((Date.parse(date + "T00:00:00Z") - epoch) / DAY);
  const date = (day) => new Date(epoch + day * DAY);
  const written = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const named = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
  const sum = (amounts) => amounts.reduce((total, one) => total + one, 0n);

  function money(amount) {
    if (amount === 0n) return "–";
    const digits = (amount < 0n ? -amount : amount).toString().padStart(3, "0");
    const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
    const text = whole + "." + digits.slice(-2);
    return amount < 0n ? "(" + text + ")" : text;
  }

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  const amountCell = (amount, tag = "td") => {
    const text = money(amount);
    return text.endsWith(")")
      ? element(tag, { class: "n" }, text.slice(0, -1), element("span", { class: "hang" }, ")"))
      : element(tag, { class: "n" }, text);
  };
  const link = (text, follow) => element("button", { type: "button", onclick: follow }, text);
  const head = (...titles) => element("thead", null, element("tr", null,
    ...titles.map((one) => element("th", { scope: "col", class: one.startsWith("#") ? "n" : null }, one.replace("#", "")))));
  const sumLine = (label, amount) => element("p", { class: "sum" }, element("span", null, label), amountCell(amount, "span"));
  const totalRow = (width, amount) => element("tfoot", null, element("tr", null,
    element("th", { scope: "row", colspan: width }, "Total"), amountCell(amount)));

  // Views: each fills the dialog; `path` remembers how one got there.
  function show(view) {
    path.push(view);
    draw();
  }
  function draw() {
    const view = path.at(-1);
    title.textContent = view.title;
    body.replaceChildren(...view.content());
    back.hidden = path.length < 2;
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    title.focus();
  }

  function legsOf(cell) {
    const found = [];
    for (let place = 0; place < legs.account.length; place += 1) {
      if (legs.day[place] < cell.first || legs.day[place] > cell.last || !cell.accounts.has(legs.account[place])) continue;
      found.push({ place, amount: BigInt(legs.amount[place]) * cell.sign });
    }
    return found.sort((one, other) => legs.day[one.place] - legs.day[other.place] || one.place - other.place);
  }

  function groups(found, key) {
    const grouped = new Map();
    for (const one of found) {
      const name = key(one.place);
      if (!grouped.has(name)) grouped.set(name, []);
      grouped.get(name).push(one);
    }
    return grouped;
  }

  function cellView(cell) {
    const found = legsOf(cell);
    const byAccount = [...groups(found, (place) => legs.account[place])].sort((one, other) => one[0] - other[0]);
    return { title: cell.label, content: () => {
      const moved = sum(found.map((one) => one.amount));
      const cut = books.limited && cell.first < books.from;
      const brought = cut && cell.amount !== null ? cell.amount - moved : cell.opening;
      const parts = [element("p", { class: "lead" }, `${cell.statement}, ${cell.when}. ${books.currency}.`)];
      if (cut) {
        parts.push(element("p", { class: "lead" },
          `There are too many postings for one page: it holds those from ${written.format(date(books.from))} on.`));
      }
      if (brought !== 0n) parts.push(sumLine("Brought forward", brought));
      if (byAccount.length > 1) parts.push(accountTable(cell, byAccount));
      else parts.push(...monthParts(found));
      parts.push(sumLine(cell.label, brought + moved));
      return parts;
    } };
  }

  function accountTable(cell, byAccount) {
    return element("table", null, head("Account", "#Amount"), element("tbody", null, ...byAccount.map(([account, found]) =>
      element("tr", null,
        element("td", null, link(accounts[account], () => show(cellView({
          ...cell, label: accounts[account], accounts: new Set([account]), opening: 0n, amount: null })))),
        amountCell(sum(found.map((one) => one.amount)))))));
  }

  function monthParts(found) {
    const months = groups(found, (place) => named.format(date(legs.day[place])));
    return [...months].map(([month, inside]) => {
      const details = element("details", months.size === 1 ? { open: "" } : null,
        element("summary", null, element("span", null, month), amountCell(sum(inside.map((one) => one.amount)), "span")));
      const fill = () => { if (details.open && !details.querySelector("table")) details.append(legTable(inside)); };
      details.addEventListener("toggle", fill);
      fill();
      return details;
    });
  }

  function legTable(found) {
    return element("table", { class: "legs" }, head("Date", "Document", "Name", "Memo", "#Amount"),
      element("tbody", null, ...found.map(({ place, amount }) => {
        const one = legs.document[place];
        return element("tr", null,
          element("td", { class: "day" }, written.format(date(legs.day[place]))),
          element("td", null, documentLink(one)),
          element("td", null, texts[documents.party[one]]),
          element("td", { class: "memo" }, texts[legs.memo[place]]),
          amountCell(amount));
      })));
  }

  const documentName = (one) => [texts[documents.label[one]], documents.number[one]].filter(Boolean).join(" ");
  const documentLink = (one) => link(documentName(one), () => show(documentView(one)));
  const address = (one) => texts[documents.url[one]].replace(/\*$/, documents.id[one]);

  function documentView(one) {
    return { title: documentName(one), content: () => {
      const facts = [
        ["Date", written.format(date(documents.day[one]))],
        ["Name", texts[documents.party[one]]],
        ["Total", !Number(documents.total[one]) && !voided.has(one) ? "" : `${money(BigInt(documents.total[one] ?? 0))} ${texts[documents.currency[one]]}`],
        ["Memo", texts[documents.memo[one]]],
        ["Status", voided.has(one) ? "Voided" : ""],
        ["QuickBooks id", documents.id[one]],
      ].filter(([, value]) => value);
      const parts = [element("dl", { class: "card" },
        ...facts.flatMap(([name, value]) => [element("dt", null, name), element("dd", null, value)]))];
      const inside = indices(lines.document, one);
      if (inside.length) {
        parts.push(element("h3", null, "Lines"), element("table", { class: "lines" },
          head("Item", "Description", "#Quantity", "#Rate", "#Amount"),
          element("tbody", null, ...inside.map((place) => element("tr", null,
            element("td", null, texts[lines.item[place]]),
            element("td", null, texts[lines.description[place]]),
            element("td", { class: "n" }, lines.quantity[place] ?? ""),
            element("td", { class: "n" }, lines.rate[place] ?? ""),
            amountCell(BigInt(lines.amount[place])))))));
      }
      const posted = indices(legs.document, one);
      if (posted.length) {
        const amounts = posted.map((place) => BigInt(legs.amount[place]));
        const debit = sum(amounts.filter((amount) => amount > 0n));
        parts.push(element("h3", null, `Postings, ${books.currency}`), element("table", { class: "postings" },
          head("Account", "#Debit", "#Credit"),
          element("tbody", null, ...posted.map((place, at) => element("tr", null,
            element("td", null, accounts[legs.account[place]]),
            element("td", { class: "n" }, amounts[at] > 0n ? money(amounts[at]) : ""),
            element("td", { class: "n" }, amounts[at] < 0n ? money(-amounts[at]) : "")))),
          element("tfoot", null, element("tr", null, element("th", { scope: "row" }, "Total"),
            amountCell(debit), amountCell(sum(amounts.filter((amount) => amount < 0n).map((amount) => -amount)))))));
      }
      const url = address(one);
      if (url) {
        parts.push(element("a", { class: "open", href: url, target: "_blank", rel: "noopener noreferrer" }, "Open in QuickBooks ↗"));
      }
      return parts;
    } };
  }

  function indices(column, value) {
    const found = [];
    column.forEach((one, place) => { if (one === value) found.push(place); });
    return found;
  }

  function openView(label, open) {
    return { title: label, content: () => [element("table", { class: "open-documents" },
      head("Document", "Date", "Due", "#Days late", "#Open"),
      element("tbody", null, ...open.map(([one, type, name, dated, due, late, , amount]) => element("tr", null,
        element("td", null, one < 0 ? [texts[type], name].filter(Boolean).join(" ") : documentLink(one)),
        element("td", { class: "day" }, written.format(date(dated))),
        element("td", { class: "day" }, due === null ? "" : written.format(date(due))),
        element("td", { class: "n" }, late > 0 ? String(late) : ""),
        amountCell(BigInt(amount))))),
      totalRow(4, sum(open.map((one) => BigInt(one.at(-1))))))] };
  }

  // Cells become buttons: without this script they are plain figures.
  function enhance(cell, told, view) {
    const button = element("button", { type: "button", "aria-haspopup": "dialog", "aria-label": `${cell.textContent} – ${told}` });
    button.append(...cell.childNodes);
    button.addEventListener("click", () => { path.length = 0; show(view()); });
    cell.replaceChildren(button);
  }
  const exact = (text) => {
    const digits = BigInt(text.replace(/\D/g, "") || "0");
    return text.includes("(") ? -digits : digits;
  };

  for (const cell of document.querySelectorAll("td[data-drill]")) {
    const row = cell.parentElement;
    const table = row.closest("table");
    const column = table.tHead.rows[0].cells[cell.cellIndex];
    const label = row.cells[0].textContent.trim();
    const heading = column.firstChild.textContent.trim();
    const when = column.querySelector("small")?.textContent ?? heading;
    const amount = exact(cell.textContent);
    enhance(cell, `${label}, ${heading}`, () => cellView({
      label, when, amount, statement: table.dataset.statement,
      accounts: new Set(row.dataset.accounts.split(" ").map(Number)),
      sign: BigInt(row.dataset.sign), opening: BigInt(row.dataset.opening ?? 0),
      first: number(column.dataset.first), last: number(column.dataset.last),
    }));
  }
  for (const cell of document.querySelectorAll("td[data-bucket]")) {
    const row = cell.parentElement;
    const table = row.closest("table");
    const label = row.cells[0].textContent.trim();
    const column = table.tHead.rows[0].cells[cell.cellIndex].textContent.trim();
    const bucket = cell.dataset.bucket;
    enhance(cell, `${label}, ${column}`, () => openView(`${label}, ${column.toLowerCase()}`,
      books.agings[table.dataset.aging][Number(row.dataset.party)].filter((one) => bucket === "all" || one[6] === Number(bucket))));
  }
  back.addEventListener("click", () => { path.pop(); draw(); });
  document.getElementById("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
})();
