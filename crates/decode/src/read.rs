//! A path to its bytes, without ever waiting on something that is not a file.

use std::fs::{self, File, FileType};
use std::io::Read;
use std::path::Path;

use super::{CONTENT_BYTES, Channels, DecodeError, Decoded, Limits, Remark, decode_channels, format, sniff};

/// Reads and decodes one image file. As [`decode`](super::decode()), plus [`Remark::MisleadingName`] when the extension belongs to
/// another format than the content.
///
/// # Errors
/// As [`decode`](super::decode()) and [`read_bytes`].
pub fn read(path: &Path, limits: &Limits) -> Result<Decoded, DecodeError> {
    read_channels(path, limits, Channels::default())
}

/// As [`read`], with what is `channels` besides luma.
///
/// # Errors
/// As [`decode_channels`] and [`read_bytes`].
pub fn read_channels(path: &Path, limits: &Limits, channels: Channels) -> Result<Decoded, DecodeError> {
    decode_named(&read_bytes(path, limits)?, path, limits, channels)
}

/// Decodes the bytes of a file that goes by this name, on a disk or in an archive. As [`decode_channels`], with what the
/// name adds: a remark where it belongs to another format, and a TIFF that is a camera's raw file is refused, as the
/// first picture in it is a preview.
///
/// # Errors
/// As [`decode_channels`].
pub fn decode_named(
    bytes: &[u8],
    name: &Path,
    limits: &Limits,
    channels: Channels,
) -> Result<Decoded, DecodeError> {
    if let Some(raw) = sniff::sniff(bytes)
        .ok()
        .and_then(|format| sniff::camera_raw(name, format))
    {
        return Err(DecodeError::UnsupportedFormat { name: raw });
    }
    let mut decoded = decode_channels(bytes, limits, channels)?;
    if let Some((extension, promised)) = format::named_format(name)
        && promised != decoded.source.format
    {
        let format = decoded.source.format;
        decoded
            .source
            .remarks
            .push(Remark::MisleadingName { extension, format });
    }
    Ok(decoded)
}

/// The first [`CONTENT_BYTES`] of a regular file, fewer where it is shorter.
///
/// # Errors
/// A file that can't be opened or read.
pub fn read_start(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(CONTENT_BYTES);
    File::open(path)?
        .take(CONTENT_BYTES as u64)
        .read_to_end(&mut start)?;
    Ok(start)
}

/// Reads a regular file (symbolic links are followed) of at most [`Limits::max_file_bytes`].
///
/// # Errors
/// [`DecodeError::NotAFile`] for a directory, pipe, socket or device, which are not opened, since that may block
/// for ever; [`DecodeError::TooLargeFile`], [`DecodeError::Empty`] and [`DecodeError::Unreadable`] as they say.
pub fn read_bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    let unreadable = |source| DecodeError::Unreadable { source };
    let limit = limits.max_file_bytes;
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(DecodeError::NotAFile {
            what: kind(metadata.file_type()),
        });
    }
    if metadata.len() > limit {
        return Err(DecodeError::TooLargeFile {
            bytes: metadata.len(),
            limit,
        });
    }
    let mut bytes = Vec::new();
    // The length may be wrong (a file that grows, or one of /proc), so it sizes the buffer and proves nothing.
    let expected = usize::try_from(metadata.len()).unwrap_or(0);
    bytes
        .try_reserve_exact(expected)
        .map_err(|error| unreadable(error.into()))?;
    let file = File::open(path).map_err(unreadable)?;
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    match bytes.len() as u64 {
        0 => Err(DecodeError::Empty),
        found if found > limit => Err(DecodeError::TooLargeFile { bytes: found, limit }),
        _ => Ok(bytes),
    }
}

fn kind(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        return "a directory";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            return "a named pipe";
        }
        if file_type.is_socket() {
            return "a socket";
        }
        if file_type.is_char_device() || file_type.is_block_device() {
            return "a device";
        }
    }
    "something other than a regular file"
}
