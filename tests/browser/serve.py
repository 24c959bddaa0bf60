"""The page that `reslate serve` serves in headless Chromium.

    serve.py CHROMIUM ADDRESS [--screenshots DIR]

Moves the slider of min_edge by keyboard: the page must go along, first how it went and then all of it, keep what was moved in
its address and show it again when it is loaded from there, go back on Reset, say why a value is refused, fit a phone's width
and be silent on the console. Then writes signals and filters: the page must complete what is written, underline what is wrong,
show the season without and with it, have sliders for its thresholds, switch it off, keep it over a reload, take it for text
alone, and save it as a version file. Prints how long it took from each move and each last key to the page painted with what
came of it.
"""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from report import DESKTOP, FLAGS, PHONE, check

MOVES = 5
SETTLED = "() => new Promise((done) => { const look = () => (reslateLive.isIdle && reslate.isDrawn ? done() : setTimeout(look, 5)); look(); })"
# Moves a slider by a step; the milliseconds until the page has been painted with another outcome.
MOVED = """(slider) => new Promise((done) => {
    const tiles = () => document.querySelector('.tiles').textContent;
    const [before, began] = [tiles(), performance.now()];
    new MutationObserver((_, observer) => {
        if (tiles() === before) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    }).observe(document.querySelector('#main'), { childList: true, subtree: true });
    slider.stepUp();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
})"""


# The milliseconds from a key to the totals that came of it, painted; to be pressed once this is there.
TYPED = """() => new Promise((done) => {
    const area = document.querySelector('#idea');
    const totals = () => document.querySelector('.idea table').textContent + document.querySelector('.tiles').textContent;
    area.addEventListener('input', () => {
        const [before, began] = [totals(), performance.now()];
        const painted = (_, observer) => {
            if (totals() === before) return;
            observer.disconnect();
            requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
        };
        new MutationObserver(painted).observe(document.body, { childList: true, subtree: true, characterData: true });
    }, { once: true });
})"""
# What the browser says of an answer that is a mistake in what is written.
MISTAKE = "error: Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
SIGNAL = """[signal.rested_home]
about = "OVER at home on a rested player"
when = "is_over AND is_home AND rest_days >= min_rest"
[signal.rested_home.parameters]
min_rest = 3
"""


def settled(page):
    page.evaluate(SETTLED)


def tiles(page):
    return page.evaluate("document.querySelector('.tiles').textContent")


def opened(browser, address, said, viewport=DESKTOP):
    page = browser.new_context(viewport=viewport).new_page()
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.goto(address)
    settled(page)
    return page


def moves(browser, address, screenshots):
    said = []
    page = opened(browser, address, said)
    slider = page.get_by_label("min_edge", exact=True)
    own, value = tiles(page), slider.input_value()
    check("As the version has them." in page.locator(".knobs").inner_text(), "nothing is moved at first")
    slider.focus()
    page.keyboard.press("ArrowRight")
    settled(page)
    took = [slider.evaluate(MOVED) for _ in range(MOVES)]
    settled(page)
    print(f"redrawn in {', '.join(f'{each:.0f}' for each in took)} ms")
    moved = slider.input_value()
    check(float(moved) > float(value) and tiles(page) != own, "a key moves the slider and the page")
    check(f"min_edge={moved}" in page.url, f"the address keeps what was moved: {page.url}")
    check(f"--set min_edge={moved}" in page.locator(".knobs").inner_text(), "it is said in words")
    shown = tiles(page)
    if screenshots:
        page.screenshot(path=screenshots / "serve.png")
    again = opened(browser, page.url, said)
    check(tiles(again) == shown and again.get_by_label("min_edge", exact=True).input_value() == moved, "the address shows it again")
    again.get_by_label("min_edge off").check()
    settled(again)
    check("min_edge=off" in again.url and tiles(again) != shown, "a threshold can be switched off")
    page.get_by_role("button", name="Reset").click()
    settled(page)
    check(tiles(page) == own and "?" not in page.url, "Reset goes back")
    phone = opened(browser, address, said, PHONE)
    check(not phone.get_by_label("min_edge", exact=True).is_visible(), "on a phone the sliders come when they are called")
    phone.get_by_text("Thresholds").click()
    check(phone.get_by_label("min_edge", exact=True).is_visible(), "and come")
    wide = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(wide <= 0, f"it fits a phone: {wide} too many")
    if screenshots:
        phone.screenshot(path=screenshots / "serve-phone.png")
    check(not said, f"the page is silent: {said}")
    refused = opened(browser, f"{address}?min_edge=999", said)
    check("min_edge=" in refused.locator(".knobs").inner_text(), "a value beyond the slider is brought to its end")


def editor(page):
    return page.get_by_label("Signals and filters, as in a version file")


def words(page):
    """The words that are listed; none where the list is closed."""
    return page.locator(".editor .words:visible [role=option] b").all_inner_texts()


def opened_to_write(browser, address, said, viewport=DESKTOP):
    page = opened(browser, address, said, viewport)
    page.get_by_text("Try an idea").click()
    return page


def completes(browser, address, said):
    page = opened_to_write(browser, address, said)
    editor(page).focus()
    page.keyboard.type('[filter.few]\nval')
    check(words(page) == ["value"], f"a key is completed: {words(page)}")
    page.keyboard.press("Enter")
    page.keyboard.type('"CASE WHEN is_ov')
    check(words(page)[0] == "is_over" and editor(page).get_attribute("aria-activedescendant"), f"a column is completed: {words(page)}")
    page.keyboard.press("Tab")
    page.keyboard.type(" THEN minutes_avg")
    check(words(page)[:2] == ["minutes_avg_last_3", "minutes_avg_season"], f"columns of the same beginning: {words(page)}")
    page.keyboard.press("ArrowDown")
    check("minutes_avg_season" in page.locator("[aria-selected=true]").inner_text(), "an arrow goes to the next")
    page.keyboard.press("Enter")
    page.keyboard.type(" EN")
    page.keyboard.press("Escape")
    check(words(page) == [], "Escape closes the list")
    page.keyboard.type('D"\nblocks = "bel')
    page.keyboard.press("Enter")
    page.keyboard.type('"\nthreshold = 20\nunless = "has(\'high_e')
    check(words(page) == ["high_edge"], f"a tag is completed: {words(page)}")
    page.keyboard.press("Enter")
    page.keyboard.type("')\"\n")
    check(words(page) == [], "an empty line lists nothing")
    page.keyboard.press("Control+Space")
    check("blocks" in words(page), "unless it is asked for")
    page.keyboard.press("Escape")
    wanted = '[filter.few]\nvalue = "CASE WHEN is_over THEN minutes_avg_season END"\nblocks = "below"\nthreshold = 20\nunless = "has(\'high_edge\')"\n'
    check(editor(page).input_value() == wanted, f"all of it is written: {editor(page).input_value()}")
    settled(page)
    check(page.evaluate("reslateLive.mistake") is None, "and can be decided by")
    page.keyboard.press("Tab")
    check(page.evaluate("document.activeElement.textContent") == "Add a signal", "Tab goes on where nothing is listed")
    page.keyboard.press("Control+z")
    editor(page).focus()
    page.keyboard.press("Control+z")
    check(editor(page).input_value() != wanted, "what was written can be undone")
    editor(page).fill("")
    editor(page).focus()
    page.keyboard.type('[feature.recent]\nfrom = "gam')
    check(words(page) == ["games"], f"where the rows of a feature are from: {words(page)}")
    page.keyboard.press("Enter")
    page.keyboard.type('"\nvalue = "minutes_pl')
    check(words(page) == ["minutes_played"], f"a column of such a row: {words(page)}")
    page.keyboard.press("Enter")
    page.keyboard.type('"\ntake = "av')
    page.keyboard.press("Enter")
    page.keyboard.type('"\nlast = "3"\n[signal.fresh]\nwhen = "is_over AND rece')
    check(words(page)[0] == "recent", f"a feature of the text: {words(page)}")
    page.keyboard.press("Enter")
    page.keyboard.type(' < 20"\n')
    settled(page)
    check(page.evaluate("reslateLive.mistake") is None, f"a feature decides: {page.evaluate('reslateLive.mistake')}")


def writes(browser, address, screenshots):
    said = []
    completes(browser, address, said)
    page = opened_to_write(browser, address, said)
    own = tiles(page)
    check(page.locator(".idea table").count() == 0, "there is nothing to compare at first")
    page.get_by_role("button", name="Add a filter").click()
    settled(page)
    check("[filter.my_filter]" in editor(page).input_value() and tiles(page) != own, "a filter is added and decides")
    shown = page.locator(".idea table").inner_text()
    check("Picks" in shown and "Difference" in shown, f"it stands beside the version without it: {shown}")
    check(page.locator(".idea .slider").get_by_label("my_filter.threshold", exact=True).is_visible(), "its threshold has a slider")
    # From the last key to the totals, each time of another threshold.
    editor(page).press("Control+End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    took = []
    for digit in "1234567":
        page.keyboard.press("Backspace")
        settled(page)
        waiting = page.evaluate_handle(f"({{ took: ({TYPED})() }})")
        page.keyboard.press(digit)
        took.append(waiting.evaluate("(waiting) => waiting.took"))
        settled(page)
    print(f"decided by what is written in {', '.join(f'{each:.0f}' for each in took)} ms")
    # A slider of what is written, and its address.
    slider = page.get_by_label("my_filter.threshold", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    settled(page)
    check("my_filter.threshold=" in page.url, f"its slider moves: {page.url}")
    moved = tiles(page)
    page.get_by_role("button", name="Add a signal").click()
    settled(page)
    check("[signal.my_signal]" in editor(page).input_value(), "a signal is added")
    page.reload()
    settled(page)
    check("[filter.my_filter]" in editor(page).input_value() and page.locator(".idea").get_attribute("open") is not None, "what is written survives a reload")
    check(tiles(page) == moved, "and so does what was moved and came of it")
    if screenshots:
        page.screenshot(path=screenshots / "serve-idea.png")
    # On and off.
    page.get_by_text("Signals and filters, on and off").click()
    page.get_by_label("my_filter", exact=True).uncheck()
    settled(page)
    check("filter.my_filter=off" in page.url and page.get_by_label("my_filter.threshold", exact=True).count() == 0, "it is switched off")
    page.get_by_label("edge_floor", exact=True).uncheck()
    settled(page)
    check("filter.edge_floor=off" in page.url and tiles(page) != own, "as are filters of the version")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as TOML").click()
    saved = Path(download.value.path()).read_text()
    check(download.value.suggested_filename == "v314-edited.toml", "what is saved has a name")
    for line in ['extends = "v314"', "filters_without", "edge_floor", "[signal.my_signal]", "[filter.my_filter]"]:
        check(line in saved, f"{line} is saved: {saved}")
    page.get_by_role("button", name="Edit filter anti_pattern").click()
    check("[filter.anti_pattern]" in editor(page).input_value(), "what the version has can be edited")
    settled(page)
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Reset").click()
    settled(page)
    check(tiles(page) == own and "?" not in page.url and page.locator(".idea table").count() == 0, "nothing of it stays when it is cleared")
    page.reload()
    settled(page)
    check(editor(page).input_value() == "", "nor in the browser")
    errs(browser, address, screenshots)
    phone = opened_to_write(browser, address, said, PHONE)
    editor(phone).fill(SIGNAL)
    settled(phone)
    wide = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(wide <= 0, f"it fits a phone: {wide} too many")
    if screenshots:
        phone.screenshot(path=screenshots / "serve-idea-phone.png")
    others = [each for each in said if each != MISTAKE]
    check(not others, f"the page is silent but for what is mistaken on the way: {others}")


def errs(browser, address, screenshots):
    """What is wrong is underlined and said, and what is written is never more than text."""
    said = []
    page = opened_to_write(browser, address, said)
    editor(page).fill(SIGNAL)
    settled(page)
    decided = tiles(page)
    editor(page).fill(SIGNAL.replace("rest_days", "rest_dys"))
    settled(page)
    check(page.locator(".editor .wrong").inner_text() == "rest_dys", "the word that is wrong is underlined")
    wrong = page.locator("#idea-wrong").inner_text()
    check(wrong.startswith("Line 3: signal rested_home: when:") and "did you mean 'rest_days'" in wrong, f"it is said: {wrong}")
    check(editor(page).get_attribute("aria-invalid") == "true", "also to who does not see it")
    check(tiles(page) == decided, "what could be decided stays")
    if screenshots:
        page.screenshot(path=screenshots / "serve-idea-wrong.png")
    page.get_by_role("button", name="Save as TOML").click()
    settled(page)
    check(page.locator("#idea-wrong").inner_text() == wrong, "and nothing is saved")
    editor(page).fill("[signal.a]\nwhen = ")
    settled(page)
    check("Line 2" in page.locator("#idea-wrong").inner_text(), "what is no TOML is said")
    editor(page).fill(SIGNAL)
    settled(page)
    check(page.locator("#idea-wrong").inner_text() == "" and page.locator(".editor .wrong").count() == 0, "what is put right is right")
    evil = "<img src=x onerror='window.ran=1'></script><script>window.ran=1</script>"
    editor(page).fill(SIGNAL.replace("OVER at home", evil).replace("is_home", "is_hme") + f"# {evil}\n")
    settled(page)
    editor(page).fill(SIGNAL.replace("OVER at home", evil) + f"# {evil}\n")
    settled(page)
    page.reload()
    settled(page)
    check(evil in editor(page).input_value(), "what looks like markup is kept")
    check(page.evaluate("window.ran") is None and page.locator("img").count() == 0, "and never run")
    others = [each for each in said if each != MISTAKE]
    check(not others, f"the page is silent but for what is mistaken: {others}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chromium")
    parser.add_argument("address")
    parser.add_argument("--screenshots", type=Path)
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=FLAGS)
        moves(browser, arguments.address, arguments.screenshots)
        writes(browser, arguments.address, arguments.screenshots)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
