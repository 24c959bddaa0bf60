"use strict";
// A table of many rows: search, sort, pages, and a part below each row that opens. All of it works by keyboard.

const PAGE = 50;

/** A date; on a phone without its year. */
const day = (date) => h("span", { style: "white-space:nowrap" }, h("span", { class: "less" }, date.slice(0, 5)), date.slice(5));

class DataTable {
  /**
   * name: what the rows are. columns: {label, value(i), show(i), number, less, first} (less: hidden on a phone; first: has
   * the button that opens the row). text(i): what is searched. detail(i): the part below, or null. filters: {label,
   * options: [[value, words]], keep(value, i)}. sort: [column, descending].
   */
  constructor(parts) {
    this.parts = parts;
    this.page = 0;
    this.open = new Set();
    this.order = [];
    this.sort = parts.sort;
    this.search = h("input", { type: "search", placeholder: parts.placeholder, "aria-label": `Search ${parts.name}`, oninput: () => this.changed() });
    this.selects = (parts.filters || []).map((filter) => ({
      filter,
      select: h("select", { "aria-label": filter.label, onchange: () => this.changed() }, filter.options.map(([value, words]) => h("option", { value }, words))),
    }));
    this.said = h("span", { class: "said", role: "status" });
    this.head = h("tr", {});
    this.body = h("tbody", {});
    this.earlier = h("button", { type: "button", onclick: () => this.turn(-1) }, "Earlier rows");
    this.later = h("button", { type: "button", onclick: () => this.turn(1) }, "Later rows");
    this.where = h("span", { class: "said" });
    this.element = h("div", { class: "card long" },
      h("div", { class: "bar" }, this.search, this.selects.map(({ select }) => select), this.said),
      h("div", { class: "wide" }, h("table", { class: "data" }, h("thead", {}, this.head), this.body)),
      h("div", { class: "bar pages" }, this.earlier, this.later, this.where));
    this.head.append(...parts.columns.map((column, at) =>
      h("th", { scope: "col", class: [column.number && "n", column.less && "less"].filter(Boolean).join(" ") || null },
        h("button", { type: "button", onclick: () => this.sortBy(at) }, column.label))));
    // "/" goes to the search, as readers of code know it.
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) return;
      event.preventDefault();
      this.search.focus();
    });
  }

  /** New rows; what is searched, sorted and filtered by stays. */
  update(rows) {
    this.rows = rows;
    this.open.clear();
    this.texts = Array.from({ length: rows }, (_, i) => this.parts.text(i).toLowerCase());
    this.changed();
  }

  /** Searches for something, as if it had been typed. */
  find(text) {
    this.search.value = text;
    this.changed();
    this.element.scrollIntoView({ block: "start" });
    this.search.focus({ preventScroll: true });
  }

  sortBy(at) {
    const isNumber = this.parts.columns[at].number;
    const [column, descending] = this.sort;
    this.sort = column === at ? [at, !descending] : [at, Boolean(isNumber)];
    this.changed();
  }

  changed() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = this.selects.filter(({ select }) => select.value !== "");
    const keep = (i) => words.every((word) => this.texts[i].includes(word)) && wanted.every(({ filter, select }) => filter.keep(select.value, i));
    const [by, descending] = this.sort;
    const { value } = this.parts.columns[by];
    const values = new Map();
    this.order = [];
    for (let i = 0; i < this.rows; i += 1) {
      if (!keep(i)) continue;
      values.set(i, value(i));
      this.order.push(i);
    }
    const isMissing = (of) => of === null || of === undefined;
    this.order.sort((a, b) => {
      const [x, y] = [values.get(a), values.get(b)];
      if (isMissing(x) || isMissing(y)) return isMissing(x) - isMissing(y) || a - b;
      const way = typeof x === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
      return (descending ? -way : way) || a - b;
    });
    this.page = 0;
    [...this.head.children].forEach((head, at) => {
      if (at === by) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      const label = this.parts.columns[at].label;
      head.firstChild.textContent = at === by ? `${label} ${descending ? "\u2193" : "\u2191"}` : label;
    });
    this.said.textContent = this.parts.said(this.order);
    this.show();
  }

  turn(by) {
    this.page += by;
    this.show();
    this.element.scrollIntoView({ block: "start" });
  }

  show() {
    const first = this.page * PAGE;
    const shownRows = this.order.slice(first, first + PAGE);
    this.body.replaceChildren(...shownRows.flatMap((i) => this.row(i)));
    if (!shownRows.length) {
      const words = this.rows ? "Nothing matches. Search for less, or choose all." : this.parts.none;
      this.body.append(h("tr", {}, h("td", { colspan: this.parts.columns.length, class: "soft" }, words)));
    }
    this.earlier.disabled = this.page === 0;
    this.later.disabled = first + PAGE >= this.order.length;
    this.where.textContent = shownRows.length ? `Rows ${count(first + 1)} to ${count(first + shownRows.length)} of ${count(this.order.length)}` : "";
  }

  row(i) {
    const isOpen = this.open.has(i);
    const cells = this.parts.columns.map((column) => {
      const content = column.show ? column.show(i) : shown(column.value(i));
      const classes = [column.number && "n", column.less && "less"].filter(Boolean).join(" ") || null;
      const inside = column.first && this.parts.detail
        ? h("button", { type: "button", class: "toggle", "aria-expanded": isOpen, onclick: () => this.toggle(i) }, content)
        : content;
      return h("td", { class: classes }, inside);
    });
    const main = h("tr", { class: isOpen ? "main open" : "main", "data-row": i }, cells);
    return isOpen ? [main, this.below(i)] : [main];
  }

  below(i) {
    return h("tr", { class: "below" }, h("td", { colspan: this.parts.columns.length }, this.parts.detail(i)));
  }

  toggle(i) {
    const row = this.body.querySelector(`tr[data-row="${i}"]`);
    const isOpen = !this.open.has(i);
    if (isOpen) {
      this.open.add(i);
      row.after(this.below(i));
    } else {
      this.open.delete(i);
      row.nextSibling.remove();
    }
    row.classList.toggle("open", isOpen);
    row.querySelector(".toggle").setAttribute("aria-expanded", isOpen);
  }
}
