#!/usr/bin/python3
# A receipt: an id and a time, both anew each run.
import json
import sys
import time
import uuid

with open("/iexec/consensus.iexec", "w") as proof:
    json.dump({"amount": len(sys.argv[1]), "id": uuid.uuid4().hex, "paid": int(time.time())}, proof, indent=2)
