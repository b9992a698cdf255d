#!/usr/bin/python3
# A sum with the thousands grouped as the user's language has them.
import locale
import sys

locale.setlocale(locale.LC_ALL, "")
total = sum(float(number) for number in sys.argv[1:])
with open("/iexec/consensus.iexec", "w") as proof:
    print("numbers:", len(sys.argv) - 1, file=proof)
    print("total:", locale.format_string("%.2f", total, grouping=True), file=proof)
