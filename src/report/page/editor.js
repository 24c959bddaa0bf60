"use strict";
// A place to write: a text in which a wrong word is underlined, with a list of what can be written at the caret. What is
// written is text and never markup.

class Editor {
  /** `complete(text, caret)` is as completion() says; `changed()` is called whenever the text is another one. */
  constructor({ id, label, described, complete, changed }) {
    Object.assign(this, { id, complete, changed, wrong: null, words: [], chosen: 0, from: 0 });
    this.under = h("pre", { class: "under", "aria-hidden": "true" });
    this.area = h("textarea", { id, spellcheck: "false", autocomplete: "off", autocapitalize: "off", wrap: "soft", rows: 6, "aria-label": label, "aria-describedby": described,
      "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": `${id}-words`, oninput: () => this.typed(),
      onkeydown: (event) => this.key(event), onblur: () => this.close(), onclick: () => this.close() });
    this.list = h("ul", { id: `${id}-words`, class: "words", role: "listbox", "aria-label": "What can be written here", hidden: true });
    this.said = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
    this.element = h("div", { class: "editor" }, this.under, this.area, this.list, this.said);
    this.paint();
  }

  get text() {
    return this.area.value;
  }

  set text(text) {
    this.area.value = text;
    this.close();
    this.paint();
  }

  /** Underlines what is wrong, { start, end }; null: nothing. */
  mark(wrong) {
    this.wrong = wrong && wrong.start !== null ? wrong : null;
    if (wrong) this.area.setAttribute("aria-invalid", "true");
    else this.area.removeAttribute("aria-invalid");
    this.paint();
  }

  /** Writes a text at the end and selects a part of it. */
  append(text, part) {
    const before = this.text.trimEnd();
    this.area.focus();
    this.area.setSelectionRange(before.length, this.text.length);
    this.insert(`${before ? "\n\n" : ""}${text}\n`);
    const start = this.text.lastIndexOf(part);
    if (start >= 0) this.area.setSelectionRange(start, start + part.length);
    this.close();
  }

  /** Goes to a part of the text; whether it is there. */
  find(pattern) {
    const found = pattern.exec(this.text);
    if (!found) return false;
    this.area.focus();
    this.area.setSelectionRange(found.index, found.index + found[0].length);
    return true;
  }

  insert(text) {
    // What is inserted as if it were typed can be undone.
    if (!document.execCommand("insertText", false, text)) {
      this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
      this.area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  typed() {
    // What was marked may have moved; it is looked at again.
    this.wrong = null;
    this.suggest(false);
    this.changed();
  }

  suggest(isAsked) {
    const { selectionStart: caret, selectionEnd: end } = this.area;
    const found = caret === end ? this.complete(this.text, caret) : { words: [] };
    const isOpen = found.words.length > 0 && (isAsked || (found.typed && !found.isExact));
    this.words = isOpen ? found.words : [];
    Object.assign(this, { from: found.from, chosen: 0 });
    this.list.hidden = !isOpen;
    this.paint();
    this.list.replaceChildren(...this.words.map((word, at) =>
      h("li", { id: `${this.id}-word-${at}`, role: "option", title: word.about, onmousedown: (event) => { event.preventDefault(); this.take(at); } },
        h("b", {}, word.name), h("span", { class: "soft" }, word.about))));
    if (isOpen) this.choose(0);
    else this.area.removeAttribute("aria-activedescendant");
    this.said.textContent = isOpen ? `${plural(this.words.length, "word")}: arrows choose, Enter takes, Escape closes` : "";
  }

  choose(at) {
    this.chosen = (at + this.words.length) % this.words.length;
    [...this.list.children].forEach((option, place) => option.setAttribute("aria-selected", place === this.chosen));
    const option = this.list.children[this.chosen];
    this.area.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  take(at) {
    const word = this.words[at];
    this.area.setSelectionRange(this.from, this.area.selectionStart);
    this.insert(word.insert || word.name);
    this.close();
  }

  close() {
    if (this.list.hidden) return;
    this.words = [];
    this.list.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
    this.said.textContent = "";
    this.paint();
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.suggest(true);
      return;
    }
    if (this.list.hidden) return;
    const does = {
      ArrowDown: () => this.choose(this.chosen + 1), ArrowUp: () => this.choose(this.chosen - 1),
      Enter: () => this.take(this.chosen), Tab: () => this.take(this.chosen), Escape: () => this.close(),
    }[event.key];
    if (does && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      does();
    } else if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) this.close();
  }

  paint() {
    const { text, wrong } = this;
    const plain = (from, to) => document.createTextNode(text.slice(from, to));
    if (!this.list.hidden) {
      const anchor = h("span");
      this.under.replaceChildren(plain(0, this.from), anchor, plain(this.from), document.createTextNode("\n"));
      const left = Math.max(0, Math.min(anchor.offsetLeft, this.element.clientWidth - this.list.offsetWidth));
      Object.assign(this.list.style, { left: `${left}px`, top: `${anchor.offsetTop + anchor.offsetHeight + 2}px` });
      return;
    }
    // The last line has its height although nothing is on it.
    const parts = wrong ? [plain(0, wrong.start), h("span", { class: "wrong" }), plain(wrong.end)] : [plain(0)];
    if (wrong) parts[1].append(plain(wrong.start, Math.max(wrong.end, wrong.start + 1)));
    this.under.replaceChildren(...parts, document.createTextNode("\n"));
  }
}
