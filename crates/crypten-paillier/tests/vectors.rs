//! Ciphertexts of python-paillier decrypt here; `vectors/check.py` shows that ours decrypt there.

use std::str::FromStr;

use crypten_paillier::{Ciphertext, KeyPair};
use num_bigint::{BigInt, BigUint};
use serde_json::{Value, json};

fn text<T: FromStr<Err: std::fmt::Debug>>(value: &Value) -> T {
    value.as_str().expect("a string").parse().expect("a number")
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/phe.json")).expect("the vectors are JSON")
}

fn keys(vectors: &Value) -> KeyPair {
    KeyPair::from_primes(&text(&vectors["p"]), &text(&vectors["q"])).expect("python-paillier makes keys")
}

fn list<'a>(vectors: &'a Value, name: &str) -> &'a [Value] {
    vectors[name].as_array().expect("a list")
}

#[test]
fn what_python_paillier_encrypts_decrypts_here() {
    let vectors = vectors();
    let keys = keys(&vectors);
    let decrypted = |raw: &Value| {
        let ciphertext = Ciphertext::from_raw(&keys.public, &text::<BigUint>(raw), 0).expect("a ciphertext");
        keys.secret.decrypt_plain(&ciphertext).expect("in range").value().clone()
    };
    let ciphertexts = list(&vectors, "ciphertexts");
    let number = |index: &Value| -> BigInt {
        text(&ciphertexts[index.as_u64().expect("an index") as usize]["number"])
    };
    for vector in ciphertexts {
        assert_eq!(decrypted(&vector["raw"]), text::<BigInt>(&vector["number"]));
    }
    for sum in list(&vectors, "sums") {
        assert_eq!(decrypted(&sum["raw"]), number(&sum["left"]) + number(&sum["right"]));
    }
    for product in list(&vectors, "products") {
        assert_eq!(decrypted(&product["raw"]), text::<BigInt>(&product["factor"]) * number(&product["of"]));
    }
}

#[test]
fn sums_and_products_are_the_same_numbers_as_python_paillier_s() {
    let vectors = vectors();
    let keys = keys(&vectors);
    let ciphertext = |index: usize| {
        let raw = text::<BigUint>(&list(&vectors, "ciphertexts")[index]["raw"]);
        Ciphertext::from_raw(&keys.public, &raw, 0).expect("a ciphertext")
    };
    for sum in list(&vectors, "sums") {
        let [left, right] =
            ["left", "right"].map(|side| ciphertext(sum[side].as_u64().expect("an index") as usize));
        assert_eq!((&left + &right).expect("one key").raw(), text(&sum["raw"]));
    }
    for product in list(&vectors, "products") {
        let of = ciphertext(product["of"].as_u64().expect("an index") as usize);
        assert_eq!(
            (&of * text::<BigInt>(&product["factor"])).expect("in range").raw(),
            text(&product["raw"])
        );
    }
}

/// Encrypts the same numbers, checks them, and writes them where `CRYPTEN_VECTORS` says, for `vectors/check.py`.
#[test]
fn what_is_encrypted_here_is_written_for_python_paillier() {
    let vectors = vectors();
    let keys = keys(&vectors);
    let mut ours = Vec::new();
    for vector in list(&vectors, "ciphertexts") {
        let number: BigInt = text(&vector["number"]);
        let ciphertext = keys.public.encrypt(number.clone()).expect("in range");
        assert_eq!(*keys.secret.decrypt_plain(&ciphertext).expect("in range").value(), number);
        assert_ne!(ciphertext.raw(), text::<BigUint>(&vector["raw"]), "noise is fresh");
        ours.push(json!({ "number": number.to_string(), "raw": ciphertext.raw().to_string() }));
    }
    if let Some(path) = std::env::var_os("CRYPTEN_VECTORS") {
        let vectors = json!({ "p": vectors["p"], "q": vectors["q"], "ciphertexts": ours });
        std::fs::write(path, vectors.to_string()).expect("the file can be written");
    }
}
