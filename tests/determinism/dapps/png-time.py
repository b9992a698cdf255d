#!/usr/bin/python3
# A picture that says when it was drawn.
import struct
import sys
import time
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


width = int(sys.argv[1])
rows = b"".join(b"\0" + bytes((x * y) % 256 for x in range(width)) for y in range(16))
with open("/iexec/picture.png", "wb") as picture:
    picture.write(b"\x89PNG\r\n\x1a\n")
    picture.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, 16, 8, 0, 0, 0, 0)))
    picture.write(chunk(b"tIME", struct.pack(">HBBBBB", *time.gmtime()[:6])))
    picture.write(chunk(b"IDAT", zlib.compress(rows)))
    picture.write(chunk(b"IEND", b""))
