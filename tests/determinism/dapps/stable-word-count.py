#!/usr/bin/python3
# The words of all inputs, counted, sorted.
import collections
import os

count = collections.Counter()
for name in os.listdir("/iexec"):
    if name.endswith(".txt"):
        with open("/iexec/" + name, encoding="utf-8") as text:
            count.update(text.read().split())
with open("/iexec/consensus.iexec", "w", encoding="utf-8") as proof:
    for word, times in sorted(count.items()):
        print(word, times, file=proof)
