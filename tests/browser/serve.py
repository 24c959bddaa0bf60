"""The page that `reslate serve` serves in headless Chromium.

    serve.py CHROMIUM ADDRESS [--screenshots DIR]

Moves the slider of min_edge by keyboard: the page must go along, first how it went and then all of it, keep what was moved in
its address and show it again when it is loaded from there, go back on Reset, say why a value is refused, fit a phone's width
and be silent on the console. Prints how long it took from each move to the page painted with what came of it.
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chromium")
    parser.add_argument("address")
    parser.add_argument("--screenshots", type=Path)
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=FLAGS)
        moves(browser, arguments.address, arguments.screenshots)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
