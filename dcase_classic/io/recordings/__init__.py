"""Recordings: finding, naming, decoding, checking, unpacking and downloading them."""
