"""Writes python-paillier's ciphertexts of some numbers, with their key, to phe.json.

Made with python-paillier 1.5.0 (pip install phe==1.5.0 gmpy2); usage: python make.py
"""
import json
import os
import random

from phe import paillier

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    rnd = random.Random(7)
    public, private = paillier.generate_paillier_keypair(n_length=2048)
    limit = public.max_int
    numbers = [0, 1, -1, 2**63 - 1, -(2**63), limit, -limit] + [rnd.randrange(-limit, limit) for _ in range(5)]
    encrypted = [public.raw_encrypt(m % public.n) for m in numbers]
    pairs = [(i, j) for i in range(2, 5) for j in range(7, 12)]
    first = paillier.EncryptedNumber(public, encrypted[3], 0)
    vectors = {
        "made_with": "python-paillier 1.5.0",
        "p": str(private.p),
        "q": str(private.q),
        "ciphertexts": [{"number": str(m), "raw": str(c)} for m, c in zip(numbers, encrypted)],
        "sums": [
            {"left": i, "right": j, "raw": str(first._raw_add(encrypted[i], encrypted[j]))} for i, j in pairs
        ],
        "products": [
            {"factor": str(k), "of": 3, "raw": str(first._raw_mul(k % public.n))} for k in (0, 1, -1, 12345, -(2**40))
        ],
    }
    with open(os.path.join(HERE, "phe.json"), "w") as file:
        json.dump(vectors, file, indent=1)


if __name__ == "__main__":
    main()
