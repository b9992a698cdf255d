#!/bin/sh
# A cache as large as a quarter of the memory that the kernel names.
kilobytes=$(awk '/MemTotal/ { print $2 }' /proc/meminfo)
{
  echo "input $1"
  echo "cache $((kilobytes / 4)) kB"
} > /iexec/consensus.iexec
