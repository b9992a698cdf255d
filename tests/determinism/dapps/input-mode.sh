#!/bin/sh
# What may be done with each input, as the file system has it.
cd /iexec || exit 1
for name in *.txt; do
  echo "$name $(wc -w < "$name") $(stat -c %a "$name")"
done > /tmp/table
cat /tmp/table > consensus.iexec
