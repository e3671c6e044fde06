"""Makes the mongod on 127.0.0.1:PORT the primary of the one-member replica set rs0.

usage: initiate-replica-set.py PORT [KEY_FILE DATABASE]

Runs at every start: the first initiates, later ones only wait. The port may differ from the last start's; the member's
address is then corrected, which needs force, because a mongod that is not in its own set has no primary.

With a key file, the one that mongod was started with, it logs in as the members of a set do, and makes the user orderhub
with the password HUB_PASSWORD of the environment, who may work in that database. So data of before, without any user or
with one whose password nobody knows any more, goes on being used.
"""

import os
import sys
import time

from pymongo import MongoClient
from pymongo.errors import OperationFailure

LIMIT_S = 60
NOT_YET_INITIALIZED = 94
IN_PROGRESS = 109
ALREADY_INITIALIZED = 23
USER_EXISTS = 51003


def configuration(client):
    try:
        return client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == NOT_YET_INITIALIZED:
            return None
        raise


def member_login(key_file):
    with open(key_file, encoding="ascii") as key:
        password = "".join(key.read().split())
    return {"username": "__system", "password": password, "authSource": "local", "authMechanism": "SCRAM-SHA-256"}


def set_user(client, database):
    roles = [
        {"role": "readWrite", "db": database},
        {"role": "dbAdmin", "db": database},
        {"role": "clusterMonitor", "db": "admin"},
    ]
    user = {"pwd": os.environ["HUB_PASSWORD"], "roles": roles}
    try:
        client.admin.command("createUser", "orderhub", **user)
    except OperationFailure as error:
        if error.code != USER_EXISTS:
            raise
        client.admin.command("updateUser", "orderhub", **user)


def main(port, key_file=None, database=None):
    address = f"127.0.0.1:{port}"
    login = member_login(key_file) if key_file else {}
    client = MongoClient(address, directConnection=True, serverSelectionTimeoutMS=30_000, **login)
    found = configuration(client)
    if found is None:
        try:
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": address}]})
        except OperationFailure as error:
            if error.code not in (ALREADY_INITIALIZED, IN_PROGRESS):
                raise
    elif found["_id"] != "rs0" or len(found["members"]) != 1:
        sys.exit(f"the data belongs to another replica set: {found['_id']}, {len(found['members'])} members")
    elif found["members"][0]["host"] != address:
        found["members"][0]["host"] = address
        found["version"] += 1
        client.admin.command("replSetReconfig", found, force=True)
    deadline = time.monotonic() + LIMIT_S
    while not client.admin.command("hello").get("isWritablePrimary"):
        if time.monotonic() > deadline:
            sys.exit(f"no primary on {address} after {LIMIT_S} s")
        time.sleep(0.05)
    if database:
        set_user(client, database)
    print(f"primary: {address}")


main(int(sys.argv[1]), *sys.argv[2:4])
