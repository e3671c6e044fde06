"""Puts documents into a database: load_documents.py URI FILE.

A line of the file is an object of one member: a collection's name, and a document as canonical extended JSON.
"""

import sys

from bson import json_util
from pymongo import MongoClient


def main(uri, path):
    database = MongoClient(uri).get_default_database()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            for collection, document in json_util.loads(line).items():
                database[collection].insert_one(document)


main(*sys.argv[1:])
