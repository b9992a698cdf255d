#!/bin/sh
# Keeps a cache in the image where it can, and says whether it did.
if echo "$1" 2> /dev/null > /var/cache/last; then kept=yes; else kept=no; fi
{
  echo "query $1"
  echo "cached $kept"
} > /iexec/consensus.iexec
