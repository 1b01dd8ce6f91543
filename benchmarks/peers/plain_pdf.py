"""The least that gives the text of a PDF with pdfplumber."""

from __future__ import annotations

import sys

import pdfplumber

with pdfplumber.open(sys.argv[1]) as pdf:
    print(sum(len(page.extract_text()) for page in pdf.pages))
