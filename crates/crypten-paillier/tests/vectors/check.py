"""Decrypts with python-paillier what this crate encrypted: the other direction of phe.json.

Usage: CRYPTEN_VECTORS=ours.json cargo test -p crypten-paillier --test vectors, then: python check.py ours.json
"""
import json
import sys

from phe import paillier


def main():
    with open(sys.argv[1]) as file:
        vectors = json.load(file)
    p, q = int(vectors["p"]), int(vectors["q"])
    public = paillier.PaillierPublicKey(p * q)
    private = paillier.PaillierPrivateKey(public, p, q)
    for vector in vectors["ciphertexts"]:
        residue = private.raw_decrypt(int(vector["raw"]))
        found = residue if residue <= public.max_int else residue - public.n
        assert found == int(vector["number"]), vector["number"]
    print(f"python-paillier decrypts all {len(vectors['ciphertexts'])} ciphertexts")


if __name__ == "__main__":
    main()
