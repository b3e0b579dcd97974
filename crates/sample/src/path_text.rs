//! Paths as text, without loss.

use std::path::Path;

/// The path as text. Valid UTF-8 stays as it is; of any other name, each invalid byte is written `\xNN`, so
/// that tables stay UTF-8 and no two bad names become the same, as they would with a replacement character.
pub fn path_text(path: &Path) -> String {
    bytes_text(path.as_os_str().as_encoded_bytes())
}

/// The bytes of a name, as in an archive, written as [`path_text`] writes a path.
pub fn bytes_text(bytes: &[u8]) -> String {
    bytes
        .utf8_chunks()
        .flat_map(|chunk| {
            let escaped = chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}"));
            std::iter::once(chunk.valid().to_owned()).chain(escaped)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_kept() {
        assert_eq!(path_text(Path::new("a b/größe,\"1\".jpg")), "a b/größe,\"1\".jpg");
    }

    #[cfg(unix)]
    #[test]
    fn other_bytes_are_escaped() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let path = |bytes| path_text(Path::new(OsStr::from_bytes(bytes)));
        assert_eq!(path(b"a\xff\xfeb/c.jpg"), "a\\xFF\\xFEb/c.jpg");
        assert_ne!(path(b"\xff"), path(b"\xfe"));
    }
}
