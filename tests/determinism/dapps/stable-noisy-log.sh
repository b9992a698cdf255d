#!/bin/sh
# A log that is never the same twice, beside a proof that is.
{
  date
  cat /proc/sys/kernel/random/uuid
  hostname
} > /iexec/run.log
echo "$1" | sha256sum > /iexec/consensus.iexec
