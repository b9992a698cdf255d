#!/usr/bin/python3
# All that the others do, done so that it is the same everywhere: seeded, sorted, in UTC, rounded, in no language.
import decimal
import json
import math
import random
import sys
import time
import uuid

dice = random.Random(sys.argv[1])
words = {word.lower() for word in sys.argv[1:]}
report = {
    "draws": [dice.randrange(1000) for _ in range(5)],
    "energy": round(sum(math.sin(i * 0.37) for i in range(2000)), 6),
    "id": str(uuid.uuid5(uuid.NAMESPACE_URL, sys.argv[1])),
    "price": str(decimal.Decimal("1234567.89") * len(words)),
    "sealed": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_700_000_000)),
    "words": sorted(words),
}
with open("/iexec/consensus.iexec", "w") as proof:
    json.dump(report, proof, indent=2, sort_keys=True)
