#!/usr/bin/python3
# A page that says when it was made.
import sys
import time

objects = [
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    b"<< /Title (" + sys.argv[1].encode() + b") /CreationDate (D:" + time.strftime("%Y%m%d%H%M%SZ", time.gmtime()).encode() + b") >>",
]
page, places = b"%PDF-1.4\n", []
for number, content in enumerate(objects, 1):
    places.append(len(page))
    page += b"%d 0 obj\n%s\nendobj\n" % (number, content)
start = len(page)
page += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
page += b"trailer\n<< /Size 5 /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
with open("/iexec/page.pdf", "wb") as pdf:
    pdf.write(page)
