//! Strips and tiles to 8-bit samples of the whole picture.

use super::compression::unpacked;
use super::jpeg;
use super::layout::{Colour, Compression, Layout};
use crate::luma::rgb_of_ycbcr;
use crate::{DecodeError, Remark};

/// Samples of the whole picture, interleaved: those of the colour, and alpha if there is one. Places in a palette stay
/// as they are, all else is spread over 0..=255 or cut to its high 8 bits.
pub(super) struct Samples {
    pub values: Vec<u8>,
    /// A pixel's samples.
    pub per_pixel: usize,
}

/// A part of the picture on its way into the whole: rows of the strip's or tile's width.
struct Part {
    values: Vec<u8>,
    per_pixel: usize,
}

/// Reads all strips or tiles. The samples of YCbCr are Y alone or, where colour is wanted, Y and then R, G, B.
pub(super) fn read(
    layout: &Layout,
    wants_rgb: bool,
    remarks: &mut Vec<Remark>,
) -> Result<Samples, DecodeError> {
    let per_pixel = match layout.colour {
        Colour::YCbCr { .. } if wants_rgb => 4,
        Colour::YCbCr { .. } => 1,
        colour => colour.samples() + usize::from(layout.has_alpha),
    };
    let (width, height) = (layout.width as usize, layout.height as usize);
    let (chunk_width, chunk_height) = (layout.chunk_width as usize, layout.chunk_height as usize);
    let (across, down) = layout.chunks();
    let mut whole = Samples {
        values: vec![0; width * height * per_pixel],
        per_pixel,
    };
    let planes = if layout.is_planar { per_pixel } else { 1 };
    for plane in 0..planes {
        for row in 0..down {
            for column in 0..across {
                let chunk = (plane * down + row) * across + column;
                let (x, y) = (column * chunk_width, row * chunk_height);
                let rows = chunk_height.min(height - y);
                let part = match layout.compression {
                    Compression::Jpeg => of_jpeg(layout, chunk, rows, wants_rgb, remarks)?,
                    _ => of_bits(layout, chunk, rows, wants_rgb)?,
                };
                let columns = chunk_width.min(width - x);
                whole.place(&part, (x, y, plane), (width, columns, chunk_width));
            }
        }
    }
    Ok(whole)
}

impl Samples {
    /// Writes a part whose first pixel is at (x, y), its first sample the pixel's sample number `plane`.
    fn place(
        &mut self,
        part: &Part,
        (x, y, plane): (usize, usize, usize),
        (width, columns, chunk_width): (usize, usize, usize),
    ) {
        let kept = part.per_pixel.min(self.per_pixel - plane);
        for (row, samples) in part.values.chunks_exact(chunk_width * part.per_pixel).enumerate() {
            let start = ((y + row) * width + x) * self.per_pixel;
            let target = self.values[start..]
                .chunks_exact_mut(self.per_pixel)
                .take(columns);
            for (target, pixel) in target.zip(samples.chunks_exact(part.per_pixel)) {
                target[plane..plane + kept].copy_from_slice(&pixel[..kept]);
            }
        }
    }
}

fn of_jpeg(
    layout: &Layout,
    chunk: usize,
    rows: usize,
    wants_rgb: bool,
    remarks: &mut Vec<Remark>,
) -> Result<Part, DecodeError> {
    let is_ycbcr = matches!(layout.colour, Colour::YCbCr { .. });
    let decoded = jpeg::decode(layout, chunk, rows as u32, wants_rgb && is_ycbcr)?;
    for remark in decoded.source.remarks {
        // Of a colour space the TIFF has its own word.
        if remark != Remark::RgbJpeg && !remarks.contains(&remark) {
            remarks.push(remark);
        }
    }
    let luma = decoded.luma.into_raw();
    let (mut values, per_pixel) = match decoded.rgb {
        None => (luma, 1),
        Some(rgb) if is_ycbcr => {
            let colours = rgb.as_raw().as_chunks::<3>().0;
            let pixels = luma.iter().zip(colours);
            (pixels.flat_map(|(y, [r, g, b])| [*y, *r, *g, *b]).collect(), 4)
        }
        Some(rgb) => (rgb.into_raw(), 3),
    };
    values.truncate(rows * layout.chunk_width as usize * per_pixel);
    Ok(Part { values, per_pixel })
}

fn of_bits(layout: &Layout, chunk: usize, rows: usize, wants_rgb: bool) -> Result<Part, DecodeError> {
    let width = layout.chunk_width as usize;
    if let Colour::YCbCr { across, down } = layout.colour {
        let unit = (across as usize, down as usize);
        return of_units(layout, chunk, (width, rows), unit, wants_rgb);
    }
    let per_pixel = if layout.is_planar { 1 } else { layout.samples };
    let row_bytes = (width * per_pixel * layout.bits as usize).div_ceil(8);
    let bytes = unpacked(layout, chunk, rows, row_bytes)?;
    let is_place = matches!(layout.colour, Colour::Palette(_));
    let mut values = Vec::with_capacity(rows * width * per_pixel);
    let mut wide = Vec::with_capacity(width * per_pixel);
    for row in bytes.chunks_exact(row_bytes) {
        wide.clear();
        numbers(layout, row, width * per_pixel, &mut wide);
        if layout.is_differenced {
            add_differences(&mut wide, per_pixel, layout.bits);
        }
        values.extend(wide.iter().map(|value| match layout.bits {
            8 => *value as u8,
            bits @ 9.. => (value >> (bits - 8)) as u8,
            _ if is_place => *value as u8,
            bits => {
                let most = (1 << bits) - 1;
                ((u32::from(*value) * 255 + most / 2) / most) as u8
            }
        }));
    }
    Ok(Part { values, per_pixel })
}

/// Appends the first `count` numbers of a row. Those that are no whole bytes have their high bits first.
fn numbers(layout: &Layout, row: &[u8], count: usize, out: &mut Vec<u16>) {
    match layout.bits {
        8 => out.extend(row.iter().take(count).map(|byte| u16::from(*byte))),
        16 => {
            let number = if layout.file.is_little_endian() {
                u16::from_le_bytes
            } else {
                u16::from_be_bytes
            };
            out.extend(
                row.as_chunks::<2>()
                    .0
                    .iter()
                    .take(count)
                    .map(|pair| number(*pair)),
            );
        }
        bits => {
            let mut bytes = row.iter();
            let (mut held, mut available) = (0u32, 0);
            out.extend((0..count).map(|_| {
                while available < bits {
                    held = held << 8 | bytes.next().map_or(0, |byte| u32::from(*byte));
                    available += 8;
                }
                available -= bits;
                (held >> available & ((1 << bits) - 1)) as u16
            }));
        }
    }
}

/// Undoes the predictor of TIFF 6.0, section 14.
fn add_differences(row: &mut [u16], per_pixel: usize, bits: u32) {
    let most = ((1u32 << bits) - 1) as u16;
    for i in per_pixel..row.len() {
        row[i] = row[i].wrapping_add(row[i - per_pixel]) & most;
    }
}

/// YCbCr in units: the Ys of a rectangle of pixels by rows, then its Cb and its Cr (TIFF 6.0, section 21).
fn of_units(
    layout: &Layout,
    chunk: usize,
    (width, rows): (usize, usize),
    (across, down): (usize, usize),
    wants_rgb: bool,
) -> Result<Part, DecodeError> {
    let unit_bytes = across * down + 2;
    let row_bytes = width.div_ceil(across) * unit_bytes;
    let mut bytes = unpacked(layout, chunk, rows.div_ceil(down), row_bytes)?;
    if layout.is_differenced {
        for row in bytes.to_mut().chunks_exact_mut(row_bytes) {
            for i in unit_bytes..row_bytes {
                row[i] = row[i].wrapping_add(row[i - unit_bytes]);
            }
        }
    }
    let per_pixel = if wants_rgb { 4 } else { 1 };
    let mut values = vec![0; rows * width * per_pixel];
    for (unit_row, units) in bytes.chunks_exact(row_bytes).enumerate() {
        for (unit_column, unit) in units.chunks_exact(unit_bytes).enumerate() {
            let (lumas, chroma) = unit.split_at(across * down);
            for (place, luma) in lumas.iter().enumerate() {
                let (x, y) = (
                    unit_column * across + place % across,
                    unit_row * down + place / across,
                );
                if x >= width || y >= rows {
                    continue;
                }
                let pixel = &mut values[(y * width + x) * per_pixel..][..per_pixel];
                pixel[0] = *luma;
                if wants_rgb {
                    pixel[1..].copy_from_slice(&rgb_of_ycbcr([*luma, chroma[0], chroma[1]]));
                }
            }
        }
    }
    Ok(Part { values, per_pixel })
}
