"use strict";
// Elements, numbers and words that all views share. Text from data only ever becomes text, never markup.

/** An element: properties by name (`class`, `onclick`, aria-..., others as attributes), children as nodes or text. */
function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || (value === false && !name.startsWith("aria-"))) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
  const isThere = (child) => child !== null && child !== undefined && child !== false;
  element.append(...children.flat(Infinity).filter(isThere).map((child) => (child instanceof Node ? child : visible(String(child)))));
  return element;
}

/** A text with what is no glyph written out, such as \u{202e}: none of it turns the words after it, or hides. */
function visible(text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

const MINUS = "\u2212";
const NONE = "\u2013";

function grouped(digits) {
  const format = new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (value) => format.format(value).replace("-", MINUS);
}
const count = grouped(0);
const oneDigit = grouped(1);
const twoDigits = grouped(2);

/** A signed number with so many digits; no sign at zero. */
function signed(value, digits = 2) {
  const text = (digits === 1 ? oneDigit : twoDigits)(value);
  return value > 0 ? `+${text}` : text;
}
const units = (value) => `${signed(value)} u`;
const percent = (value) => `${oneDigit(value)} %`;
const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
const decided = (tally) => tally.wins + tally.losses;
/** Such as `54.7 % of 14,900`. */
const rate = (tally) => (tally.hit_rate === null ? NONE : `${percent(tally.hit_rate)} of ${count(decided(tally))}`);
const between = (interval, digits = oneDigit) => (interval ? `${digits(interval.low)} to ${digits(interval.high)}` : NONE);
const wlp = (tally) => [tally.wins, tally.losses, tally.pushes].map(count).join("-");
const unitsOf = (tally) => (tally.hit_rate === null ? NONE : signed(tally.units));
const pValue = (p) => (p === null || p === undefined ? NONE : p < 0.001 ? "< 0.001" : p.toFixed(3));
const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}\u2026` : text);

/** A value of a trace for people. */
function shown(value) {
  if (value === null || value === undefined) return "absent";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (Array.isArray(value)) return value.length ? value.join(", ") : "none";
  if (typeof value === "number") return String(Math.round(value * 1e4) / 1e4).replace("-", MINUS);
  return String(value);
}

/** The value at a place of a column, in whichever of its three forms. */
function at(column, place) {
  if (column === undefined) return null;
  if ("all" in column) return column.all;
  return "at" in column ? column.names[column.at[place]] : column.values[place];
}

/** A plain table: headings (one that starts with ">" is of numbers), rows of texts or nodes. */
function table(heads, rows, options = {}) {
  const isNumber = heads.map((head) => head.startsWith(">"));
  const head = heads.map((text, at) => h("th", { scope: "col", class: isNumber[at] && "n" }, text.replace(/^>/, "")));
  const body = rows.map((row, place) =>
    h("tr", { class: options.own === place && "own" },
      row.map((cell, at) => h("td", { class: isNumber[at] ? "n" : at === 0 ? "k" : null }, cell))));
  return h("div", { class: "wide", tabindex: options.focus ? 0 : null },
    h("table", {}, options.caption && h("caption", {}, options.caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)));
}

/** Tiles of [name, value, more]. */
function tiles(list) {
  return h("ul", { class: "tiles" }, list.map(([name, value, more]) =>
    h("li", {}, h("div", { class: "name" }, name), h("div", { class: "value" }, value), more && h("div", { class: "more" }, more))));
}

/** What the colours and marks of a chart mean: [colour variable, words, class of the mark]. */
function key(entries) {
  return h("ul", { class: "key" }, entries.map(([colour, words, mark]) =>
    h("li", {}, h("i", { class: mark, style: `background:var(--${colour});color:var(--${colour})`, "aria-hidden": "true" }), words)));
}

const empty = (words) => h("p", { class: "empty" }, words);

function notes(list) {
  return list.length ? h("div", { class: "note" }, h("ul", {}, list.map((text) => h("li", {}, text)))) : null;
}

/** Buttons of which one is pressed: `chosen(name)` is called when another one is. */
function choice(label, names, chosen) {
  const group = h("div", { class: "choice screen", role: "group", "aria-label": label });
  const press = (name) => [...group.children].forEach((button) => button.setAttribute("aria-pressed", button.textContent === name));
  group.append(...names.map((name) => h("button", { type: "button", "aria-pressed": name === names[0], onclick: () => { press(name); chosen(name); } }, name)));
  return group;
}

// Light or dark: as the system is, until the reader chooses; the choice is kept where the browser keeps anything.
const Theme = {
  listeners: [],
  dark: window.matchMedia("(prefers-color-scheme: dark)"),
  stored() {
    try { return localStorage.getItem("reslate.theme"); } catch { return null; }
  },
  name() {
    return document.documentElement.dataset.theme;
  },
  apply(name) {
    if (this.name() === name) return;
    document.documentElement.dataset.theme = name;
    this.colours = null;
    this.listeners.forEach((listener) => listener());
  },
  follow() {
    this.apply(this.stored() || (this.dark.matches ? "dark" : "light"));
  },
  toggle() {
    const name = this.name() === "dark" ? "light" : "dark";
    try { localStorage.setItem("reslate.theme", name); } catch { /* It holds until the page is closed. */ }
    this.apply(name);
  },
  colour(name) {
    if (!this.colours) this.colours = getComputedStyle(document.documentElement);
    return this.colours.getPropertyValue(`--${name}`).trim();
  },
};
Theme.follow();
Theme.dark.addEventListener("change", () => Theme.follow());
