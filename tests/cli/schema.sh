# SPDX-License-Identifier: MIT
# Sourced after lib.sh: checks documents by a validator that is not ours.

# valid SCHEMA FILE: whether FILE holds what docs/schema/SCHEMA asks for.
valid() {
    if ! python3 -c 'import jsonschema' 2>/dev/null; then
        echo "# no validator here (package python3-jsonschema)"
        return 0
    fi
    python3 - "$SOURCE/docs/schema/$1" "$2" <<'PYTHON'
import json, sys
from jsonschema import Draft202012Validator as Validator
schema = json.load(open(sys.argv[1]))
Validator.check_schema(schema)
errors = list(Validator(schema).iter_errors(json.load(open(sys.argv[2]))))
for error in errors[:5]:
    print(error.json_path, error.message[:300])
sys.exit(1 if errors else 0)
PYTHON
}
