# SPDX-License-Identifier: MIT
# Sourced after lib.sh: what every page must keep to.

# good_page FILE: elements nest, ids are unique, pictures have words, inputs have labels, headings
# do not skip levels, tables have headings, and nothing points out of the page.
good_page() {
    python3 - "$1" <<'PYTHON'
import re, sys
from html.parser import HTMLParser

VOID = {"meta", "input", "br", "img", "hr", "rect", "path", "line", "circle"}
wrong = []

class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.levels, self.figures = [], [], [], [], []
        self.scripts, self.text, self.lang, self.title = 0, [], None, False

    def complain(self, what):
        wrong.append(f"line {self.getpos()[0]}: {what}")

    def handle_startendtag(self, tag, attributes):
        if tag not in VOID:
            self.handle_starttag(tag, attributes)
            self.handle_endtag(tag)

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if len(names) != len(attributes):
            self.complain(f"an attribute twice on {tag}")
        for name, value in attributes:
            if name.startswith("on"):
                self.complain(f"{tag} has {name}")
            if name in ("src", "href", "action", "data", "poster") and not value.startswith("#"):
                self.complain(f"{tag} points out of the page: {value[:60]}")
        if "id" in names:
            self.ids.append(names["id"])
        if tag == "a":
            self.links.append(names.get("href", "")[1:])
        if tag == "html":
            self.lang = names.get("lang")
        if tag == "input" and "label" not in self.open:
            self.complain("an input without a label")
        if tag == "svg" and not (names.get("aria-label") or names.get("role") != "img"):
            self.complain("a picture without a name")
        if tag == "iframe":
            if names.get("sandbox") != "allow-scripts" or not names.get("title"):
                self.complain("a frame without sandbox or title")
        if tag == "figure":
            self.figures.append(False)
        if tag == "figcaption":
            self.figures[-1] = True
        if tag == "table":
            self.headings = 0
        if tag == "th":
            self.headings += 1
            if "scope" not in names:
                self.complain("a heading of a table without scope")
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.scripts += tag == "script"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.complain(f"</{tag}> closes {self.open[-1:]}")
            return
        self.open.pop()
        if tag == "figure" and not self.figures.pop():
            self.complain("a figure without words")
        if tag == "table" and not self.headings:
            self.complain("a table without headings")

    def handle_data(self, data):
        if self.open[-1:] not in (["script"], ["style"]):
            self.text.append(data)

text = open(sys.argv[1], encoding="utf-8").read()
page = Page()
page.feed(text)
page.close()
if page.open:
    wrong.append(f"left open: {page.open}")
if page.lang != "en":
    wrong.append("no language")
for name in {i for i in page.ids if page.ids.count(i) > 1}:
    wrong.append(f"id {name} twice")
for link in page.links:
    if link not in page.ids:
        wrong.append(f"link to #{link} leads nowhere")
for before, after in zip(page.levels, page.levels[1:]):
    if after > before + 1:
        wrong.append(f"h{after} behind h{before}")
if page.scripts > 2:
    wrong.append(f"{page.scripts} scripts")
if re.search("[\x00-\x08\x0b-\x1f\x7f]", text):
    wrong.append("control characters")
for line in wrong[:8]:
    print(line)
sys.exit(1 if wrong else 0)
PYTHON
}
