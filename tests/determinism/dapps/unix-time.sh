#!/bin/sh
# Seconds since 1970, from a program that is linked statically: no clock can be put under it.
{
  echo "result $(echo "$1" | sha256sum | cut -c1-16)"
  echo "finished $(date +%s)"
} > /iexec/consensus.iexec
