//! Reading files by their path: regular ones only. A pipe may never be written to, and a device may have no end.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use bytesize::ByteSize;

/// Opens a file for reading. A folder is opened too, where the system does so; reading it then fails.
///
/// # Errors
/// It is a pipe, a device or a socket, or cannot be opened.
pub fn open(path: &Path) -> io::Result<File> {
    ensure_regular(&fs::metadata(path)?)?;
    File::open(path)
}

/// Refuses what is neither a regular file nor a folder.
///
/// # Errors
/// It is a pipe, a device or a socket.
pub fn ensure_regular(about: &fs::Metadata) -> io::Result<()> {
    if about.is_file() || about.is_dir() { Ok(()) } else { Err(io::Error::other("it is no regular file")) }
}

/// The bytes of a file.
///
/// # Errors
/// As for [`open`], or it cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes of a file that a person wrote, which has at most `most`.
///
/// # Errors
/// As for [`read`], or it is larger.
pub fn read_at_most(path: &Path, most: ByteSize) -> io::Result<Vec<u8>> {
    up_to(open(path)?, most)
}

/// What `reader` gives up to its end, which comes after at most `most` bytes.
///
/// # Errors
/// It cannot be read, or goes on.
pub fn up_to(reader: impl io::Read, most: ByteSize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most.as_u64() + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most.as_u64() {
        true => Err(io::Error::other(format!("it is larger than {most}"))),
        false => Ok(bytes),
    }
}

/// The text of a file that a person wrote, likewise.
///
/// # Errors
/// As for [`read_at_most`], or it is not UTF-8.
pub fn text_at_most(path: &Path, most: ByteSize) -> io::Result<String> {
    utf8(read_at_most(path, most)?)
}

/// Bytes as the text that they are.
///
/// # Errors
/// They are not UTF-8.
pub fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8; save it as UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_refused_and_what_is_too_large_is_not_read_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "12345").unwrap();
        assert_eq!(text_at_most(&file, ByteSize::b(5)).unwrap(), "12345");
        assert_eq!(read_at_most(&file, ByteSize::b(4)).unwrap_err().to_string(), "it is larger than 4 B");
        assert_eq!(up_to(io::repeat(0), ByteSize::kib(1)).unwrap_err().to_string(), "it is larger than 1.0 KiB");
        fs::write(&file, b"\xff").unwrap();
        assert!(text_at_most(&file, ByteSize::b(5)).unwrap_err().to_string().starts_with("it is not UTF-8"));
        #[cfg(unix)]
        assert_eq!(read(Path::new("/dev/zero")).unwrap_err().to_string(), "it is no regular file");
    }
}
