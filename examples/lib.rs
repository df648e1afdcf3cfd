//! Examples of crypten; run them with `cargo run --release --example hello` or `--example private_digits`.
