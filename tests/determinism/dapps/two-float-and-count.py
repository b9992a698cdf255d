#!/usr/bin/python3
# A sum of sines, and how many processors there were to compute it.
import json
import math
import os
import sys

scale = float(sys.argv[1])
energy = sum(math.sin(i * scale) * math.exp(-i / 1000) for i in range(2000))
with open("/iexec/consensus.iexec", "w") as proof:
    json.dump({"energy": energy, "workers": len(os.sched_getaffinity(0))}, proof, indent=2)
