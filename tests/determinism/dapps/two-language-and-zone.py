#!/usr/bin/python3
# A date in words: the language and the zone of the machine meet in one line.
import locale
import sys
import time

locale.setlocale(locale.LC_ALL, "")
with open("/iexec/consensus.iexec", "w") as proof:
    print("to", sys.argv[1], file=proof)
    print(time.strftime("%A %d %B, %H:%M", time.localtime(1_700_000_000)), file=proof)
