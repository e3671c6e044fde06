"""Holds documents against a JSON Schema: check_schema.py SCHEMA DOCUMENTS, of which each line is one.

Prints a line for each: empty if it fits, or what is wrong first. The schema itself is held against that of its language.
"""

import json
import sys

from jsonschema import Draft202012Validator

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
with open(sys.argv[2], encoding="utf-8") as file:
    for line in file:
        error = next(validator.iter_errors(json.loads(line)), None)
        print("" if error is None else f"{error.json_path}: {error.message}"[:200].replace("\n", " "))
