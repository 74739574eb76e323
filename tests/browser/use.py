# SPDX-License-Identifier: MIT
"""use.py PAGE: a page of 10,000 findings, used by keyboard alone: filter by typing, open a finding, sort."""
import sys

from chromium import Chromium

SHOWN = "Array.from(document.querySelectorAll('.finding')).filter(e=>!e.hidden).length"
faults = 0


def expect(what, got, wanted):
    global faults
    good = got == wanted
    print(f"{'ok' if good else 'not ok'} - {what}{'' if good else f': {got!r}, not {wanted!r}'}")
    faults += not good


def waits(browser, condition):
    """Until it holds, at most some seconds: filters wait for a pause in typing."""
    browser.run(f"""new Promise(function(done){{var start=Date.now();(function look(){{
        if(({condition})||Date.now()-start>5000)done();else setTimeout(look,20);}})();}})""")


with Chromium() as browser:
    browser.look()
    browser.open(sys.argv[1])
    expect("nothing on the console, nothing from the network", browser.complaints(), [])
    browser.press("/")
    expect("/ goes to the filter", browser.run("document.activeElement.tagName"), "INPUT")
    browser.type("STRUCT s9999")
    waits(browser, SHOWN + "===1")
    expect("typing leaves one of 10,000", browser.run(SHOWN), 1)
    expect("and says so", browser.run("document.querySelector('output').textContent"), "1 of 10000")
    browser.press("Escape")
    browser.run("document.activeElement.value='';document.activeElement.dispatchEvent(new Event('input'))")
    waits(browser, SHOWN + "===10000")
    expect("emptied: all again", browser.run(SHOWN), 10000)
    browser.run("document.querySelectorAll('details.finding:not([open]) summary')[0].focus()")
    browser.press("Enter")
    expect("Enter unfolds a finding",
           browser.run("document.activeElement.closest('details').open"), True)
    browser.run("document.querySelector('#numbers-0 th button').focus()")
    cell = "document.querySelector('#numbers-0 table').tBodies[0].rows[0].cells[0].textContent"
    browser.press("Enter")
    down = browser.run(cell)
    browser.press("Enter")
    up = browser.run(cell)
    expect("Enter on a heading sorts, down and up", down > up, True)
    expect("and screen readers are told which",
           browser.run("document.querySelector('#numbers-0 th').getAttribute('aria-sort')"), "ascending")
    expect("still nothing on the console", browser.complaints(), [])
sys.exit(1 if faults else 0)
