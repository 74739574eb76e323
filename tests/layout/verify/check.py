#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare what layout_dump prints with what compilers and another reader of DWARF say.

check.py asserts DUMP LANGUAGE PATTERN  static assertions for the types declared in files
                                        whose path has PATTERN in it, one a line
check.py judge ERRORS ASSERTS           the compiler's errors about these
check.py records DUMP                   beside `readelf --debug-dump=info`, on stdin
check.py values DUMP                    beside what a program says of itself, on stdin:
                                        "size NAME S A", "offset NAME FIELD O", tab-separated
Each ends with a line "N types, M facts, D differences" and fails if there are differences.
"""
import re
import sys


def bare(name):
    return re.sub(r"^(struct|union|class|enum) ", "", name)


def read_dump(path):
    types = []
    for line in open(path, errors="surrogateescape"):
        part = line.rstrip("\n").split("\t")
        if part[0] == "type":
            kind, language, size, align, name, alias, file = part[1:8]
            types.append(dict(kind=kind, language=int(language), size=int(size),
                              align=int(align), name=name, alias=alias, file=file, members=[]))
        else:
            at, bits, size, name, marks = part[1:6]
            types[-1]["members"].append((int(at), int(bits), int(size), name, marks))
    return types


def finish(types, facts, differences):
    for text in differences[:20]:
        print("differs:", text)
    print(f"{types} types, {facts} facts, {len(differences)} differences")
    sys.exit(1 if differences or not facts else 0)


# ---- the compiler's word ----

def asserts(path, language, pattern):
    word, align = (("static_assert", "alignof") if language == "c++"
                   else ("_Static_assert", "_Alignof"))
    number = {"c": 1, "c++": 2}[language]
    count = 0
    dump = read_dump(path)
    shared = [type["name"] for type in dump]
    for type in dump:
        name = type["name"] or type["alias"]
        if type["language"] != number or pattern not in type["file"] or not name:
            continue
        # What a source keeps to itself, or shares a name with another's: beside readelf only.
        if language == "c" and (not type["file"].endswith(".h") or shared.count(name) > 1):
            continue
        # What functions and lambdas declare has a name that nobody else can write.
        if re.search(r"anonymous|lambda|\{|\(|unnamed", name):
            continue
        # A short name, as offsetof is a macro to commas.
        count += 1
        print(f"typedef {name} t{count}; {word}(sizeof(t{count}) == {type['size']}, \"\"); "
              f"{word}({align}(t{count}) == {type['align']}, \"\");")
        for at, bits, _, member, marks in type["members"]:
            if bits or not member or "a" in marks or "b" in marks:
                continue
            print(f"{word}(__builtin_offsetof(t{count}, {member}) == {at // 8}, \"\");")


def judge(errors, source):
    lines = open(source, errors="surrogateescape").read().split("\n")
    unwritable, wrong = set(), []
    for line in open(errors, errors="surrogateescape"):
        found = re.match(re.escape(source) + r":(\d+):\d+: error: (.*)", line)
        if found and "static assertion failed" in found[2]:
            wrong.append(lines[int(found[1]) - 1])
        elif found:
            unwritable.add(int(found[1]) - 1)
    facts = types = lost = 0
    for number, line in enumerate(lines):
        count = len(re.findall(r"(?:_S|s)tatic_assert\(", line))
        if number in unwritable:
            lost += count
            continue
        types += line.startswith("typedef")
        facts += count
    print(f"{lost} facts are of names that cannot be written")
    finish(types, facts, wrong)


# ---- another reader's word ----

HEAD = re.compile(r" <([0-9a-f]+)><([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)")
ATTRIBUTE = re.compile(r"    <[0-9a-f]+>   DW_AT_(\w+)\s*: ?(.*)")
STRING = re.compile(r"^\((?:alt )?ind(?:irect|exed)[^)]*\): ?(.*)$")
RECORDS = ("structure_type", "class_type", "union_type", "interface_type")


def read_dies(stream):
    """Records and their direct members, as readelf prints them."""
    names, records, open_records, die = {}, [], {}, None
    for line in stream:
        found = HEAD.match(line)
        if found:
            depth, tag = int(found[1]), found[3]
            die = dict(tag=tag, at={}, members=[], offset=int(found[2], 16))
            if tag in RECORDS:
                records.append(die)
            names[die["offset"]] = die if tag in RECORDS else None
            if tag in ("member", "inheritance") and depth - 1 in open_records:
                parent = open_records[depth - 1]
                if parent:
                    parent["members"].append(die)
            open_records[depth] = die if tag in RECORDS else None
            continue
        found = ATTRIBUTE.match(line)
        if found and die:
            text = found[2].strip()
            string = STRING.match(text)
            die["at"][found[1]] = string[1] if string else text
    return names, records


def number(die, attribute):
    try:
        return int(die["at"][attribute].split()[0], 0)
    except (KeyError, ValueError, IndexError):
        return None


def name_of(die, names):
    for _ in range(4):
        if die is None or "name" in die["at"]:
            break
        reference = re.search(r"<(0x[0-9a-f]+)>", die["at"].get("specification", ""))
        die = names.get(int(reference[1], 16)) if reference else None
    return die["at"].get("name", "") if die else ""


def members_of(die):
    """Bit positions and names; None for what only an object knows."""
    members = set()
    for member in die["members"]:
        at = member["at"]
        if "declaration" in at or "external" in at or "virtuality" in at:
            continue
        place = number(member, "data_member_location")
        bits = number(member, "bit_size") or 0
        start = number(member, "data_bit_offset")
        position = start if start is not None else (place or 0) * 8
        from_top = number(member, "bit_offset")  # as DWARF 2 has it and clang 14 writes it
        if from_top is not None:
            position += (number(member, "byte_size") or 0) * 8 - from_top - bits
        name = "" if member["tag"] == "inheritance" else at.get("name", "")
        members.add((position, bits, re.sub(r"^__(\d)", r"\1", name)))
    return frozenset(members)


def records(path):
    names, dies = read_dies(sys.stdin)
    theirs = {}
    for die in dies:
        size = number(die, "byte_size")
        if size is None or "declaration" in die["at"] or "signature" in die["at"]:
            continue
        theirs.setdefault((size, members_of(die)), set()).add(name_of(die, names))
    ours = {}
    for type in read_dump(path):
        members = frozenset((at, bits, name) for at, bits, _, name, marks in type["members"]
                            if "v" not in marks and name != "(variant)")
        ours.setdefault((type["size"], members), set()).add(bare(type["name"]))
    differences, types, facts = [], 0, 0
    for key, wanted in theirs.items():
        for name in wanted:
            known = ours.get(key, ())
            types += 1
            facts += 1 + len(key[1])
            if not name or any(own.endswith(name) for own in known):
                continue
            if name.startswith("struct {") and known:
                continue # long names of Go are cut
            differences.append(f"{name or '(unnamed)'}: {key[0]} bytes, {sorted(key[1])[:6]} "
                               "is not in the dump")
    for key, known in ours.items():
        if key not in theirs:
            differences.append(f"{sorted(known)[0]}: {key[0]} bytes, {sorted(key[1])[:6]} is in "
                               "the dump only")
    finish(types, facts, differences)


# ---- a program's own word ----

def values(path):
    types = {}
    for type in read_dump(path):
        for name in (bare(type["name"]), type["alias"]):
            if name:
                types.setdefault(name, []).append(type)
    differences, facts, seen = [], 0, set()
    for line in sys.stdin:
        part = line.rstrip("\n").split("\t")
        known = types.get(part[1], [])
        seen.add(part[1])
        facts += 1
        if part[0] == "size":
            facts += 1
            fits = any((t["size"], t["align"]) == (int(part[2]), int(part[3])) for t in known)
        else:
            fits = any(m[3] == part[2] and m[0] == 8 * int(part[3])
                       for t in known for m in t["members"])
        if not fits:
            have = [(t["size"], t["align"]) for t in known]
            differences.append(f"{' '.join(part)}: the dump has {have}")
    finish(len(seen), facts, differences)


def main():
    commands = dict(asserts=asserts, judge=judge, records=records, values=values)
    commands[sys.argv[1]](*sys.argv[2:])


main()
