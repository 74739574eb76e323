# SPDX-License-Identifier: MIT
"""shot.py PAGE PICTURE.png [--dark] [--width N] [--height N] [--print] [--only SELECTOR] [--screen]
[--open SELECTOR]: how a page looks. --only: that element; --screen: one screen of --height instead of
the whole page; --open: click at these first."""
import argparse

from chromium import Chromium

BOX = """(function(){var b=document.querySelector(%r).getBoundingClientRect();
return {x:b.x+scrollX,y:b.y+scrollY,width:b.width,height:b.height};})()"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page")
    parser.add_argument("picture")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--print", action="store_true")
    parser.add_argument("--screen", action="store_true")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--only")
    parser.add_argument("--open")
    asked = parser.parse_args()
    with Chromium() as browser:
        browser.look(asked.width, asked.height, asked.dark, "print" if asked.print else "")
        browser.open(asked.page)
        if asked.open:
            browser.run(f"document.querySelectorAll({asked.open!r}).forEach(e=>e.click())")
        browser.painted()
        clip = browser.run(BOX % asked.only) if asked.only else None
        browser.screenshot(asked.picture, whole=not asked.screen, clip=clip)


if __name__ == "__main__":
    main()
