#!/bin/sh
# Says what processor computed it.
{
  echo "score ${#1}"
  grep -m 1 'model name' /proc/cpuinfo
} > /iexec/consensus.iexec
