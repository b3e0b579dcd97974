//! Pixels that a BMP compressed by run lengths skips.

/// How many pixels a run-length coded BMP leaves out, at its end or on the way, or 0; counted as far as the data make
/// sense, since what makes none is the decoder's to refuse. As \[MS-WMF\] 3.1.6 has it, data may jump right and up and may
/// end before the picture does; the pixels passed over have no value.
pub(super) fn skipped_pixels(bytes: &[u8]) -> u64 {
    count(bytes).unwrap_or(0)
}

fn count(bytes: &[u8]) -> Option<u64> {
    let number = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk::<4>()?));
    let (start, width, height) = (number(10)? as usize, u64::from(number(18)?), number(22)?);
    let height = u64::from((height as i32).unsigned_abs());
    // RLE8 and RLE4; the header of 12 bytes knows no compression.
    let bits = match (number(14)?, number(30)?, bytes.get(28)?) {
        (12, ..) => return Some(0),
        (_, 1, 8) => 8,
        (_, 2, 4) => 4,
        _ => return Some(0),
    };
    let mut data = bytes.get(start..)?;
    let (mut x, mut y, mut stored) = (0, 0, 0);
    while let [count, value, rest @ ..] = data
        && y < height
    {
        data = rest;
        let run = match (*count, *value) {
            (0, 0) => {
                (x, y) = (0, y + 1);
                0
            }
            (0, 1) => break,
            (0, 2) => {
                let [right, up, rest @ ..] = data else { break };
                (x, y) = (x + u64::from(*right), y + u64::from(*up));
                data = rest;
                0
            }
            (0, literal) => {
                let length = (usize::from(literal) * bits).div_ceil(8).next_multiple_of(2);
                data = data.get(length..).unwrap_or_default();
                u64::from(literal)
            }
            (run, _) => u64::from(run),
        };
        stored += run.min(width.saturating_sub(x));
        x += run;
    }
    Some((width * height).saturating_sub(stored))
}
