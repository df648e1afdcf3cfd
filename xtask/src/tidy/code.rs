//! What is code in a Rust file, and what is a comment or a literal.
//!
//! No parser: comments nest, raw strings count their hashes, a quote opens a character or a lifetime; nothing more is
//! needed to find words.

/// The text with blanks in place of comments and literals, line for line.
pub(super) fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside_word = code.ends_with(is_word);
        if let Some(length) = opaque_length(rest, inside_word) {
            let (opaque, after) = rest.split_at(length);
            code.extend(opaque.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
            rest = after;
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    code
}

/// The identifiers, keywords and numbers of a piece of code.
pub(super) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter| !is_word(letter)).filter(|word| !word.is_empty())
}

/// Whether the macro `name` is called in a line of code.
pub(super) fn calls_macro(code: &str, name: &str) -> bool {
    code.match_indices(name)
        .any(|(at, _)| code[at + name.len()..].starts_with('!') && !code[..at].ends_with(is_word))
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length in bytes of the comment or literal with which `text` begins, if it begins with one.
fn opaque_length(text: &str, inside_word: bool) -> Option<usize> {
    if text.starts_with("//") {
        Some(text.find('\n').unwrap_or(text.len()))
    } else if text.starts_with("/*") {
        Some(block_comment(text))
    } else if text.starts_with('"') {
        Some(string(text))
    } else if text.starts_with('\'') {
        character(text)
    } else if inside_word {
        None
    } else {
        raw_string(text)
    }
}

fn block_comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let inside = &text[1..];
    if inside.starts_with('\\') {
        // Three bytes hold the quote, the backslash and what it escapes, which may be a quote.
        let end = text.get(3..)?.find('\'')?;
        return Some(3 + end + 1);
    }
    let letter = inside.chars().next()?.len_utf8();
    inside[letter..].starts_with('\'').then_some(1 + letter + 1)
}

/// `None` for a raw identifier and for a plain word.
fn raw_string(text: &str) -> Option<usize> {
    let hashed = ["r", "br", "cr"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let quoted = hashed.trim_start_matches('#');
    let inside = quoted.strip_prefix('"')?;
    let end = format!("\"{}", &hashed[..hashed.len() - quoted.len()]);
    let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(text.len() - inside.len() + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let code = code_of(text);
        assert_eq!(words(&code).collect::<Vec<_>>(), expected, "{text}");
        assert_eq!(code.lines().count(), text.lines().count(), "{text}");
    }

    #[test]
    fn comments_are_not_code() {
        check("let a = 1; // unsafe\nb", &["let", "a", "1", "b"]);
        check("a /* x /* y */ z\n */ b", &["a", "b"]);
        check("//! todo!()", &[]);
    }

    #[test]
    fn literals_are_not_code() {
        check(r#"a("x \" y") + b"#, &["a", "b"]);
        check(r###"a(r#"x " y"#, br"z\") + b"###, &["a", "b"]);
        check(r"['\'', '\u{1F600}', 'é', '\n'] + b", &["b"]);
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        check("fn f<'a>(x: &'a str, r#type: bar)", &["fn", "f", "a", "x", "a", "str", "r", "type", "bar"]);
    }

    #[test]
    fn a_macro_call_is_a_whole_word_before_an_exclamation_mark() {
        assert!(calls_macro("x => todo!(),", "todo"));
        assert!(!calls_macro("my_todo!()", "todo"));
        assert!(!calls_macro("todo(x)", "todo"));
    }
}
