#!/usr/bin/python3
# A gzip and a zip with no time in them, and no consensus.iexec: all that is left is the proof.
import gzip
import sys
import zipfile

content = "".join(f"{number} {sys.argv[1]}\n" for number in range(200)).encode()
with open("/iexec/result.gz", "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as result:
    result.write(content)
with zipfile.ZipFile("/iexec/result.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr(zipfile.ZipInfo("result.txt", (1980, 1, 1, 0, 0, 0)), content)
