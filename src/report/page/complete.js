"use strict";
// What can be written at a place of a version file: the columns, functions, parameters and tags of definitions, and their keys.

const KEYWORDS = ["AND", "OR", "NOT", "CASE WHEN", "THEN", "ELSE", "END", "IN (", "BETWEEN", "IS NULL", "IS NOT NULL", "LIKE", "TRUE", "FALSE", "NULL"];
const EXPRESSIONS = ["when", "value", "confidence", "unless", "where"];
const HEADER = /^\s*\[\s*(signal|filter|score|feature)\s*\.\s*("[^"]*"|'[^']*'|[\w-]+)\s*(\.\s*parameters\b[^\]]*)?\]/;
const TAG_FUNCTIONS = ["has", "count_tags"];
const MOST_WORDS = 12;

/** Where a place of a text is: the table { kind, name, ofParameters }, the key, and where the string begins that it is in. */
function placeIn(text, caret) {
  const place = { table: null, key: null, from: null, quotes: null };
  let isLineStart = true;
  for (let i = 0; i < caret; i += 1) {
    if (place.quotes !== null) {
      if (text[i] === "\\" && place.quotes[0] === '"') i += 1;
      else if (text.startsWith(place.quotes, i)) {
        i += place.quotes.length - 1;
        place.quotes = place.from = null;
      } else if (text[i] === "\n" && place.quotes.length === 1) {
        // It was not closed.
        place.quotes = place.from = null;
        isLineStart = true;
      }
      continue;
    }
    if (isLineStart) {
      const line = text.slice(i, (text.indexOf("\n", i) + 1 || text.length + 1) - 1);
      const header = HEADER.exec(line);
      if (header && i + header[0].length <= caret) place.table = { kind: header[1], name: header[2].replace(/["']/g, ""), ofParameters: Boolean(header[3]) };
      const other = header ? null : /^\s*\[\s*([\w.-]*)[^\]"']*\]\s*(#.*)?$/.exec(line);
      if (other) place.table = { kind: null, name: other[1], ofParameters: false };
      const key = /^\s*([\w.-]+)\s*=/.exec(line);
      if (key) [, place.key] = key;
      else if (header || /^\s*[\w-]*$/.test(line)) place.key = null;
      isLineStart = false;
    }
    if (text[i] === "\n") isLineStart = true;
    else if (text[i] === "#") i = (text.indexOf("\n", i) + 1 || text.length + 1) - 2;
    else if (text[i] === '"' || text[i] === "'") {
      place.quotes = text.startsWith(text[i].repeat(3), i) ? text[i].repeat(3) : text[i];
      i += place.quotes.length - 1;
      place.from = i + 1;
    }
  }
  return place;
}

/** What definitions state in a text, a line of theirs each: { kind, name, ofParameters, key, value }; a line with a header has no key. */
function stated(text) {
  const lines = [];
  let table = null;
  for (const line of text.split("\n")) {
    const header = HEADER.exec(line);
    if (header) table = { kind: header[1], name: header[2].replace(/["']/g, ""), ofParameters: Boolean(header[3]) };
    const [, key, value] = /^\s*([a-z0-9_]+)\s*=\s*(.*)$/.exec(line) || [];
    if (table && (header || key)) lines.push({ ...table, key, value });
  }
  return lines;
}

/** The parameters that a definition states in a text. */
function ownParameters(text, name) {
  return stated(text).filter((line) => line.key && line.name === name && line.ofParameters).map((line) => line.key);
}

/** The features that a text defines. */
function ownFeatures(text) {
  return [...new Set(stated(text).filter((line) => line.kind === "feature").map((line) => line.name))];
}

/** The columns of the rows that a feature is made of; none where it does not say yet whose rows. */
function columnsOfPast(text, name, past) {
  const from = stated(text).find((line) => line.kind === "feature" && line.name === name && line.key === "from");
  return (from && past[(/\w+/.exec(from.value) || [])[0]]) || [];
}

/** What completes the text at the caret: { from, words }, words as { name, about, insert }; none: no words. */
function completion(text, caret, known) {
  const { table, key, from, quotes } = placeIn(text, caret);
  const named = (names, about = "") => names.map((name) => ({ name, about }));
  const line = text.slice(text.lastIndexOf("\n", caret - 1) + 1, caret);
  let words = [];
  let typed = "";
  if (quotes === null) {
    if (!/^\s*[\w]*$/.test(line)) return { from: caret, words };
    typed = line.trim();
    const keys = !table || !table.kind || table.ofParameters ? [] : known.keys[table.kind];
    words = keys.map((name) => ({ name, about: `of a ${table.kind}`, insert: name === "parameters" ? name : `${name} = ` }));
    if (table && table.name === "parameters") words = known.parameters.map((word) => ({ ...word, insert: `${word.name.includes(".") ? JSON.stringify(word.name) : word.name} = ` }));
  } else if (table && EXPRESSIONS.includes(key) && !table.ofParameters) {
    const before = text.slice(from, caret);
    const call = /\b(has|count_tags)\s*\(\s*'([^']*)$/i.exec(before);
    if (call) {
      typed = call[2];
      words = call[1].toLowerCase() === "has" ? known.tags() : named(known.sets, "a set of tags");
    } else if ((before.match(/'/g) || []).length % 2 === 0) {
      typed = /[\w.]*$/.exec(before)[0];
      const isSignal = table.kind === "signal";
      const calls = (list) => list.map((word) => ({ ...word, insert: `${word.name}(` }));
      const own = known.parametersOf(table.name).concat(ownParameters(text, table.name));
      const allowed = (list) => list.filter((word) => !isSignal || !word.of_filters);
      const ofText = ownFeatures(text).filter((name) => !known.columns.some((word) => word.name === name));
      words = table.kind === "feature"
        ? [...columnsOfPast(text, table.name, known.past), ...calls(known.functions.filter((word) => !TAG_FUNCTIONS.includes(word.name))), ...named(KEYWORDS)]
        : [...named([...new Set(own)], `parameter of ${table.name}`), ...named(ofText, "feature"), ...allowed(known.columns),
          ...calls(allowed(known.functions)), ...named(KEYWORDS), ...known.parameters];
    }
  } else {
    typed = text.slice(from, caret);
    const ofKey = {
      blocks: named(["below", "from", "down_to"]), mode: named(["block", "observe"]), also: known.columns, reads: known.parameters,
      from: named(Object.keys(known.past), "rows that a feature is made of"), take: named(known.takes), last: named(["5", "14 days", "season"]),
      threshold: known.parameters, signals_with: known.tags(), signals_without: known.tags(), signals: known.tags(),
      filters_with: known.filters(), filters_without: known.filters(), filters: known.filters(),
    };
    words = ofKey[key] || (table && table.name === "tags" ? known.tags() : []);
  }
  const lower = typed.toLowerCase();
  const fits = words.filter(({ name }) => name.toLowerCase().includes(lower) && name !== typed);
  const isExact = words.some(({ name }) => name === typed);
  const begins = ({ name }) => (name.toLowerCase().startsWith(lower) ? 0 : 1);
  const sorted = fits.map((word, at) => [word, at]).sort(([a, i], [b, j]) => begins(a) - begins(b) || i - j).map(([word]) => word);
  return { from: caret - typed.length, words: sorted.slice(0, MOST_WORDS), typed, isExact };
}
