//! The bytes of a strip or tile to those that were packed into it.

use std::borrow::Cow;
use std::convert::Infallible;
use std::io::Read;

use fax::Color;
use fax::decoder::{DecodeStatus, Group4Decoder, pels};
use flate2::read::ZlibDecoder;
use weezl::BitOrder;
use weezl::decode::Decoder as LzwDecoder;

use super::error::{corrupt, truncated, unsupported};
use super::layout::{Compression, Layout};
use crate::DecodeError;

/// The first `rows` rows of strip or tile number `chunk`, `row_bytes` bytes each, as they were before they were packed.
/// Not for JPEG.
pub(super) fn unpacked<'a>(
    layout: &Layout<'a>,
    chunk: usize,
    rows: usize,
    row_bytes: usize,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    let size = rows * row_bytes;
    let data = stored(layout, chunk, size)?;
    let data = if layout.is_bit_reversed {
        Cow::Owned(data.iter().map(|byte| byte.reverse_bits()).collect())
    } else {
        Cow::Borrowed(data)
    };
    if layout.compression == Compression::None {
        return Ok(data);
    }
    let mut unpacked = vec![0; size];
    let filled = match layout.compression {
        Compression::Lzw => lzw(&data, &mut unpacked)?,
        Compression::Deflate => deflate(&data, &mut unpacked)?,
        Compression::PackBits => pack_bits(&data, &mut unpacked),
        Compression::Group4 => group4(&data, layout.chunk_width, rows, &mut unpacked)?,
        Compression::None | Compression::Jpeg => 0,
    };
    if filled < size {
        return Err(truncated("a strip or tile has fewer pixels than are due"));
    }
    Ok(Cow::Owned(unpacked))
}

/// The bytes of strip or tile number `chunk` as they lie in the file; of samples that are not packed the `size` that are
/// needed. What is said to lie beyond the file's end is left out.
pub(super) fn stored<'a>(layout: &Layout<'a>, chunk: usize, size: usize) -> Result<&'a [u8], DecodeError> {
    let (offset, count) = (layout.offsets.get(chunk), layout.byte_counts.get(chunk));
    let (Some(offset), Some(count)) = (offset, count) else {
        return Err(corrupt("a strip or tile without a place"));
    };
    if count == 0 {
        return Err(truncated("a strip or tile is left out"));
    }
    let within = layout.file.size().saturating_sub(offset).min(count);
    match layout.compression {
        Compression::None if within < size as u64 => {
            Err(truncated("a strip or tile has fewer pixels than are due"))
        }
        Compression::None => layout.file.slice(offset, size as u64),
        _ => layout.file.slice(offset, within),
    }
}

/// Unpacks as much as there is room for, and says how much that was.
fn lzw(data: &[u8], out: &mut [u8]) -> Result<usize, DecodeError> {
    // Before TIFF 6.0 codes began with their lowest bit.
    if let [0, second, ..] = data
        && second & 1 == 1
    {
        return Err(unsupported("compression by LZW as before TIFF 6.0"));
    }
    let mut decoder = LzwDecoder::with_tiff_size_switch(BitOrder::Msb, 8);
    let (mut read, mut filled) = (0, 0);
    while filled < out.len() {
        let step = decoder.decode_bytes(&data[read..], &mut out[filled..]);
        read += step.consumed_in;
        filled += step.consumed_out;
        match step.status {
            Err(error) => return Err(corrupt(error)),
            Ok(_) if step.consumed_in == 0 && step.consumed_out == 0 => break,
            Ok(_) => {}
        }
    }
    Ok(filled)
}

/// As [`lzw`].
fn deflate(data: &[u8], out: &mut [u8]) -> Result<usize, DecodeError> {
    let mut decoder = ZlibDecoder::new(data);
    let mut filled = 0;
    while filled < out.len() {
        match decoder.read(&mut out[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(corrupt(error)),
        }
    }
    Ok(filled)
}

/// As [`lzw`] (TIFF 6.0, section 9).
fn pack_bits(mut data: &[u8], out: &mut [u8]) -> usize {
    let mut filled = 0;
    while let [head, rest @ ..] = data {
        let room = out.len() - filled;
        match *head as i8 {
            literal @ 0.. => {
                let count = (literal as usize + 1).min(rest.len());
                let copied = count.min(room);
                out[filled..filled + copied].copy_from_slice(&rest[..copied]);
                filled += copied;
                data = &rest[count..];
            }
            -128 => data = rest,
            repeat => {
                let [value, rest @ ..] = rest else { break };
                let count = (1 - isize::from(repeat)) as usize;
                let copied = count.min(room);
                out[filled..filled + copied].fill(*value);
                filled += copied;
                data = rest;
            }
        }
        if filled == out.len() {
            break;
        }
    }
    filled
}

/// As [`lzw`]: a black pixel is a set bit, whatever black stands for (TIFF 6.0, section 11).
fn group4(data: &[u8], width: u32, rows: usize, out: &mut [u8]) -> Result<usize, DecodeError> {
    let width = u16::try_from(width).map_err(|_| unsupported("fax compression of so wide a picture"))?;
    let bytes = data.iter().copied().map(Ok::<u8, Infallible>);
    let broken = || corrupt("the fax compression makes no sense");
    let mut decoder = Group4Decoder::new(bytes, width).map_err(|_| broken())?;
    let row_bytes = usize::from(width).div_ceil(8);
    for (row, bits) in out.chunks_exact_mut(row_bytes).enumerate().take(rows) {
        if decoder.advance().map_err(|_| broken())? == DecodeStatus::End {
            return Ok(row * row_bytes);
        }
        for (x, colour) in pels(decoder.transition(), width).enumerate() {
            bits[x / 8] |= u8::from(colour == Color::Black) << (7 - x % 8);
        }
    }
    Ok(out.len())
}
