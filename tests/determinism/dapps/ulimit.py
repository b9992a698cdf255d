#!/usr/bin/python3
# As many shards as files may be open at once.
import resource
import sys

files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
with open("/iexec/consensus.iexec", "w") as proof:
    print("key", sys.argv[1], "shard", sum(sys.argv[1].encode()) % files, "of", files, file=proof)
