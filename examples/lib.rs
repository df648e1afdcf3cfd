//! Examples of crypten; run them with `cargo run --release --example hello`, `--example private_digits` or
//! `--example paillier_columns`.
