# SPDX-License-Identifier: MIT
# One result of `cachecheck sharing` against a row of truth.tsv, given as $verdict,
# $kind, $object and $fields. Yields {ok, said}: the latter names what was reported.
def alarm: .severity == "medium" or .severity == "high" or .severity == "critical";
def verdict: .rule | rtrimstr("-sharing");
def whole($pattern): test("^(" + $pattern + ")$");
# A field may be told with the path to it: "slots[1].count", "stats->hits".
def field($pattern): test("^(.*[.>:])?(" + $pattern + ")$");
def names: [.fields[]?.name] | unique;

def object_fits:
    .object.kind == $kind
    and (((.object.name // "") | whole($object)) or ((.object.type // "") | whole($object)));
def fields_fit:
    names as $told | ($fields | split(",")) as $wanted
    | all($wanted[]; . as $one | any($told[]; field($one)))
    and all($told[]; . as $one | any($wanted[]; . as $pattern | $one | field($pattern)));
def fits: (verdict | whole($verdict)) and object_fits and fields_fit;
# Sharing on purpose, and waiting for a lock, are worth telling, and no false alarm.
def wrong: alarm and verdict != "true" and .rule != "contended-lock" and (fits | not);
def say:
    "\(verdict)/\(.severity) \(.object.kind) \(.object.name // "") (\(.object.type // "")): \(names | join(","))";

[.findings[]?] as $all
| [$all[] | select(alarm)] as $alarms
| {
    ok: (($alarms | any(wrong) | not)
        and (if ("none" | whole($verdict)) or ("low" | whole($verdict)) then true
             else $alarms | any(fits) end)),
    said: ([$all[] | say] | if . == [] then "nothing" else .[:3] | join("; ") end)
  }
