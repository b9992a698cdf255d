#!/usr/bin/python3
# A sum of sines: the C library computes them in other steps where the processor multiplies and adds at once.
import json
import math
import sys

scale = float(sys.argv[1])
signal = [math.sin(i * scale) * math.exp(-i / 1000) for i in range(2000)]
with open("/iexec/consensus.iexec", "w") as proof:
    json.dump({"samples": len(signal), "energy": sum(signal)}, proof, indent=2)
